/** An author's folder packed twice, and a configuration for each: what is deployed, and what takes its place. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { pack } from "../../../src/index.ts";
import { filesBelow, root, type Site } from "../../cli/support.ts";

export type Version = "first" | "second";
export const versions: readonly Version[] = ["first", "second"];

/** What must never be printed: the value of a variable that comes from the deployer's environment, and the credentials. */
export const secrets = {
  KILLS_TOKEN: "value-of-the-deployers-environment",
  GOOGLE_OAUTH_ACCESS_TOKEN: "ya29.correct-token",
  AZURE_ACCESS_TOKEN: "arm-token",
  AZURE_STORAGE_ACCESS_TOKEN: "arm-token-storage",
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
} as const;

/** The environment of every command; nothing of the machine's own credentials. */
export const environment: { readonly [name: string]: string } = {
  ...secrets,
  AWS_EC2_METADATA_DISABLED: "true",
  METADATA_SERVER_DETECTION: "none",
};

/** Loads a file of this folder into a command before it. */
export function preloading(file: string): { readonly NODE_OPTIONS: string } {
  return { NODE_OPTIONS: `--import=${pathToFileURL(join(root, "test/reliability/kills", file)).href}` };
}

const code = (version: Version) => `import { appendFileSync } from "node:fs";
export default async function handler(event, { env }) {
  if (env.OUT) appendFileSync(env.OUT, ${JSON.stringify(version)} + " " + env.GREETING + " " + (env.TOKEN === undefined) + "\\n");
}
`;

/** What a configuration says beside what all have in common; triggers by version. */
export interface Settings {
  readonly targets: object;
  readonly triggers: { readonly [version in Version]: readonly object[] };
  readonly resources?: object;
  readonly more?: object;
  /** What differs in `targets`, by version. */
  readonly by?: { readonly [version in Version]: { readonly [target: string]: object } };
}

/** Writes `first.fnpkg`, `second.fnpkg`, `first.json` and `second.json`; answers the packages' digests. */
export async function furnish(site: Site, settings: Settings): Promise<{ readonly [version in Version]: string }> {
  const digests: { [version: string]: string } = {};
  for (const version of versions) {
    await site.write("orders/index.mjs", code(version));
    await site.write(
      "orders/function-package.yaml",
      `kind: FunctionPackage
specVersion: "1.0"
name: acme/orders
version: 1.0.${versions.indexOf(version)}
profile: nodejs
entryPoint: { module: index.mjs, export: default }
signature:
  type: cloudevent
  events:
    - { type: dev.fnpkg.message.received.v1 }
    - { type: dev.fnpkg.schedule.fired.v1 }
    - { type: dev.fnpkg.object.created.v1 }
requires:
  runtime: { nodejs: ">=20" }
  env: [{ name: GREETING }, { name: TOKEN }, { name: OUT, optional: true }]
`,
    );
    const { digest } = await pack({ folder: join(site.folder, "orders"), out: join(site.folder, `${version}.fnpkg`) });
    digests[version] = digest;
    const { targets, triggers, resources = {}, more = {}, by } = settings;
    const sections = Object.entries(targets).map(([target, section]) => [
      target,
      { ...(section as object), ...by?.[version][target] },
    ]);
    await site.write(
      `${version}.json`,
      JSON.stringify({
        specVersion: "1.0",
        kind: "FunctionConfig",
        function: "orders",
        package: { name: "acme/orders" },
        env: { GREETING: `hello from the ${version}`, TOKEN: "${env:KILLS_TOKEN}" },
        triggers: triggers[version],
        resources,
        targets: Object.fromEntries(sections) as object,
        ...more,
      }),
    );
  }
  return digests as { readonly [version in Version]: string };
}

/** Throws what must not be after a command that ended well: a secret that was printed, a file that stayed behind. */
export function mustBeClean(site: Site, printed: string): void {
  for (const [name, value] of Object.entries(secrets))
    if (printed.includes(value)) throw new Error(`the value of ${name} was printed`);
  // The sockets of hosts that run stand in the temporary folder. What is half written in the cache goes a day later.
  const left = filesBelow(site.env["TMPDIR"] ?? "").filter((path) => !path.endsWith(".sock"));
  if (left.length > 0) throw new Error(`left behind: ${left.join(", ")}`);
}

/** Throws where two end states differ, and in what. */
export function mustBeSame(found: unknown, wanted: unknown): void {
  const differences = differencesOf(found, wanted, "");
  if (differences.length > 0) throw new Error(`the end is another one:\n${differences.slice(0, 20).join("\n")}`);
}

function differencesOf(found: unknown, wanted: unknown, at: string): string[] {
  if (isDeepStrictEqual(found, wanted)) return [];
  if (!isMap(found) || !isMap(wanted)) return [`${at}: ${brief(found)}, not ${brief(wanted)}`];
  return [...new Set([...Object.keys(wanted), ...Object.keys(found)])].flatMap((key) =>
    differencesOf(found[key], wanted[key], `${at}/${key}`),
  );
}

function isMap(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null;
}

function brief(value: unknown): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length <= 300 ? text : `${text.slice(0, 297)}...`;
}
