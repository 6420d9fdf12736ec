/** Sealed once, and the same file on every target. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pack } from "../../src/index.ts";

export async function packed(folder: string, source: string, signature: object): Promise<string> {
  const author = join(folder, "author");
  await mkdir(author, { recursive: true });
  const definition = {
    kind: "FunctionPackage",
    specVersion: "1.0",
    name: "acme/tested",
    version: "1.0.0",
    profile: "nodejs",
    entryPoint: { module: "index.mjs" },
    signature,
    requires: {
      runtime: { nodejs: ">=20" },
      env: [
        { name: "GREETING", optional: true },
        { name: "OUT", optional: true },
      ],
    },
  };
  await writeFile(join(author, "function-package.yaml"), JSON.stringify(definition));
  await writeFile(join(author, "index.mjs"), source);
  const out = join(folder, "tested.fnpkg");
  await pack({ folder: author, out });
  return out;
}
