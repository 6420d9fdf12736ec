/** A sealed package of many files, written at once. */
import { open } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { canonical, sha256 } from "../../../src/json.ts";
import { writeZip, type ZipInput } from "../../../src/package/zip/writer.ts";

export interface Made {
  /** The text of each file but the handler; all have the same. */
  readonly text: Uint8Array;
  readonly count: number;
}

/** Writes the archive to `file`; its entry point answers requests. */
export async function writePackage(file: string, { text, count }: Made): Promise<void> {
  const handler = Buffer.from("export default () => ({ body: 'ok' });\n");
  const paths = Array.from({ length: count }, (_, i) => `function/lib/${i % 200}/m${i}.js`);
  const all = [...paths.map((path) => ({ path, bytes: text })), { path: "function/index.js", bytes: handler }];
  all.sort((a, b) => (a.path < b.path ? -1 : 1));
  const digests = new Map([text, handler].map((bytes) => [bytes, sha256(bytes)]));
  const manifest = {
    kind: "FunctionPackage",
    specVersion: "1.0",
    name: "acme/large",
    version: "1.0.0",
    profile: "nodejs",
    signature: { type: "http" },
    requires: {},
    entryPoint: { module: "index.js", export: "default" },
    files: all.map(({ path, bytes }) => ({ path, size: bytes.byteLength, digest: digests.get(bytes) })),
    dependencies: { packages: [] },
  };
  const checksums = new Map([text, handler].map((bytes) => [bytes, crc32(bytes)]));
  const entries = all.map(({ path, bytes }): ZipInput => {
    const read = async function* () {
      yield bytes;
    };
    const body = { method: 0, crc32: checksums.get(bytes) ?? 0, compressedSize: bytes.byteLength, bytes: read } as const;
    return { path, size: bytes.byteLength, body };
  });
  const handle = await open(file, "wx");
  try {
    await writeZip([{ path: "function-package.json", body: Buffer.from(canonical(manifest)) }, ...entries], {
      write: (chunk) => handle.writeFile(chunk),
    });
  } finally {
    await handle.close();
  }
}
