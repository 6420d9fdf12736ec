/** Small functions, written into a site. */
import type { Site } from "./support.ts";

const echo = `export default async function handler(request, context) {
  context.log.info("called", { path: new URL(request.url).pathname });
  const body = await request.text();
  return { status: 201, headers: { "x-echo": request.headers.get("x-in") ?? "", "content-type": "text/plain" }, body: \`\${request.method} \${new URL(request.url).pathname} \${body}\` };
}
`;

export interface Sample {
  readonly name?: string;
  readonly code?: string;
  /** What it requires. */
  readonly requires?: string;
  /** More of the author file. */
  readonly author?: string;
  /** More of the configuration. */
  readonly config?: string;
  readonly triggers?: string;
  readonly signature?: string;
}

/** Writes `NAME/` and `NAME.yaml`. */
export async function writeSample(site: Site, sample: Sample = {}): Promise<void> {
  const { name = "app", code = echo, author = "", config = "", triggers = "  - { name: web, type: http }" } = sample;
  await site.write(`${name}/index.mjs`, code);
  await site.write(
    `${name}/function-package.yaml`,
    `kind: FunctionPackage
specVersion: "1.0"
name: ${name}
version: 1.0.0
profile: nodejs
entryPoint: { module: index.mjs, export: default }
signature: ${sample.signature ?? "{ type: http }"}
requires: ${sample.requires ?? '{ runtime: { nodejs: ">=20" } }'}
${author}`,
  );
  await site.write(
    `${name}.yaml`,
    `kind: FunctionConfig
specVersion: "1.0"
function: ${name}
package: { name: ${name} }
triggers:
${triggers}
${config === "" ? "targets: { local: {} }" : config}
`,
  );
}

/** Writes and packs it; the package is `NAME.fnpkg`. */
export async function packSample(site: Site, sample: Sample = {}): Promise<{ readonly digest: string }> {
  await writeSample(site, sample);
  const { name = "app" } = sample;
  return site.json(["pack", name, "--out", `${name}.fnpkg`]);
}

/** Where `NAME` is deployed. */
export const local = (name = "app") => ["--config", `${name}.yaml`, "--target", "local"] as const;

/** A handler of events. */
export const onEvents = `export default async function handler(event, context) {
  if (event.data?.fail === true) throw new Error("asked to fail");
  context.log.info("got it", { id: event.id });
}
`;
