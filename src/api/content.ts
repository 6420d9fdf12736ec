/** From a pure layout and the package's files to the code that is deployed. */
import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import type { Archive, Content, FileInfo, Layout } from "../contract.ts";
import { FnpkgError, throwIfAny, wrap } from "../errors.ts";
import { sha256 } from "../json.ts";
import type { ContentFile, StoredBody } from "../package/content.ts";
import { byUtf8, collisions, pathProblem } from "../package/paths.ts";
import { tidyLeft } from "../package/store.ts";
import { type ZipInput, writeZip } from "../package/zip/writer.ts";

type Entry = FileInfo & { read(): AsyncIterable<Uint8Array>; zip(): Promise<ZipInput> };

/**
 * Joins a layout with the bytes it names. Nothing is read: sealed files have their digests, generated ones are hashed.
 * `folder` is where the archive is built, when it is.
 * @throws E_CONTRACT when the layout names a file that the package has not, or a path twice; E_PATH, E_COLLISION
 */
export function contentOf(layout: Layout, files: readonly ContentFile[], folder: string): Content {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const entries = layout.map((entry): Entry => {
    const from = "file" in entry.from ? byPath.get(entry.from.file) : new Generated(entry.path, entry.from.bytes);
    if (from === undefined)
      throw new FnpkgError(
        "E_CONTRACT",
        `the layout names ${JSON.stringify("file" in entry.from ? entry.from.file : entry.path)}, which the package has not`,
      );
    const { size, digest } = from;
    const executable = entry.executable ?? from.executable;
    return {
      path: entry.path,
      size,
      digest,
      executable,
      read: () => from.read(),
      zip: async () => ({ path: entry.path, executable, size, body: await from.stored() }),
    };
  });
  entries.sort((a, b) => byUtf8(a.path, b.path));
  const paths = entries.map((entry) => entry.path);
  throwIfAny([...paths.flatMap((path) => pathProblem(path) ?? []), ...collisions(paths)], "the archive's paths");
  let archive: Promise<Archive> | undefined;
  return {
    // Lists of texts and truth values are canonical as they are.
    digest: sha256(JSON.stringify(entries.map((e) => [e.path, e.executable, e.digest]))),
    size: entries.reduce((sum, e) => sum + e.size, 0),
    entries,
    archive: () => (archive ??= build(entries, folder)),
  };
}

/** A file that the adapter made; it is stored as it is. */
class Generated implements ContentFile {
  readonly path: string;
  readonly raw: Uint8Array;
  readonly size: number;
  readonly digest: string;
  readonly executable = false;

  constructor(path: string, raw: Uint8Array) {
    this.path = path;
    this.raw = raw;
    this.size = raw.byteLength;
    this.digest = sha256(raw);
  }

  async *read(): AsyncIterable<Uint8Array> {
    yield this.raw;
  }

  async stored(): Promise<StoredBody> {
    const { raw } = this;
    return { method: 0, crc32: crc32(raw), compressedSize: raw.byteLength, bytes: () => this.read() };
  }
}

/** Copies compressed entries into a zip beside its final place, which is named by its digest. */
async function build(entries: readonly Entry[], folder: string): Promise<Archive> {
  await mkdir(folder, { recursive: true });
  // Archives of earlier deploys too: none is read again.
  await tidyLeft(folder, () => true);
  const partial = join(folder, `${randomUUID()}.partial`);
  try {
    const { sha256: hex, size } = await writeArchive(entries, partial);
    const file = join(folder, `${hex}.zip`);
    await rename(partial, file);
    return { file, sha256: hex, size };
  } catch (cause) {
    await rm(partial, { force: true });
    throw wrap(cause, "E_IO", `can't write the archive in ${dirname(partial)}`);
  }
}

async function writeArchive(entries: readonly Entry[], file: string): Promise<{ sha256: string; size: number }> {
  const handle = await open(file, "wx");
  const hash = createHash("sha256");
  try {
    const inputs = (async function* () {
      for (const entry of entries) yield await entry.zip();
    })();
    const { size } = await writeZip(inputs, {
      async write(chunk) {
        hash.update(chunk);
        await handle.writeFile(chunk);
      },
    });
    return { sha256: hash.digest("hex"), size };
  } finally {
    await handle.close();
  }
}
