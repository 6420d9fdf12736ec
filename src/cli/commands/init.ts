import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { FnpkgError, throwIfAny, wrap } from "../../errors.ts";
import { command } from "../command.ts";

export default command({
  name: "init",
  summary: "Writes an author file, a configuration and a handler that run as they are.",
  args: [{ name: "FOLDER", help: "where to write them (default here)", optional: true }],
  options: { profile: { type: "string", value: "NAME", help: "the language: nodejs (default)" } },
  async run({ args: [folder = "."], options }, io) {
    const profile = options.profile ?? "nodejs";
    if (profile !== "nodejs") {
      const known = ["python", "java", "go", "docker"].includes(profile);
      if (known) throw new FnpkgError("E_PROFILE", `the ${profile} profile can't be packed yet`);
      throw new FnpkgError("E_USAGE", `--profile ${JSON.stringify(profile)} is unknown`, { hint: "Use nodejs." });
    }
    const target = resolve(folder);
    const files = filesFor(nameOf(basename(target)));
    refuseExisting(target, folder, Object.keys(files));
    await mkdir(target, { recursive: true }).catch((cause: unknown) => {
      throw wrap(cause, "E_IO", `can't make ${folder}`, { file: folder });
    });
    for (const [name, text] of Object.entries(files)) await write(join(target, name), join(folder, name), text);
    if (io.json) io.document({ folder: target, files: Object.keys(files) });
    for (const name of Object.keys(files)) io.line(`wrote ${join(folder, name)}`);
    io.note(`\nNext: fnpkg dev ${folder} --config ${join(folder, "function-config.yaml")}`);
  },
});

/** What is there already is the user's. Nothing is written when one of the files is. */
function refuseExisting(target: string, folder: string, names: readonly string[]): void {
  throwIfAny(
    names
      .filter((name) => existsSync(join(target, name)))
      .map((name) => ({
        code: "E_USAGE",
        message: `${join(folder, name)} is there already`,
        file: join(folder, name),
        hint: "Choose another folder, or remove the file.",
      })),
    folder,
  );
}

async function write(file: string, shown: string, text: string): Promise<void> {
  await writeFile(file, text, { flag: "wx" }).catch((cause: unknown) => {
    throw wrap(cause, "E_IO", `can't write ${shown}`, { file: shown });
  });
}

/** A folder's name as a function's name. */
function nameOf(text: string): string {
  const cleaned = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "")
    .slice(0, 40)
    .replace(/-+$/, "");
  return cleaned === "" ? "hello" : cleaned;
}

function filesFor(name: string): Record<string, string> {
  return {
    "function-package.yaml": `kind: FunctionPackage
specVersion: "1.0"
name: ${name}
version: 0.1.0
profile: nodejs
entryPoint: { module: index.mjs, export: default }
signature: { type: http }
requires:
  runtime: { nodejs: ">=20" }
  env:
    - { name: GREETING, optional: true, description: the word to greet with }
`,
    "function-config.yaml": `kind: FunctionConfig
specVersion: "1.0"
function: ${name}
package: { name: ${name} }
env: { GREETING: hello }
memory: 512Mi
timeout: 30s
triggers:
  - { name: web, type: http }
targets:
  local: {}
`,
    "index.mjs": `/** Answers every request with a greeting. */
export default function handler(request, context) {
  const { pathname } = new URL(request.url);
  context.log.info("greeting", { path: pathname });
  return { headers: { "content-type": "text/plain; charset=utf-8" }, body: \`\${context.env.GREETING ?? "hello"} \${pathname}\\n\` };
}
`,
  };
}
