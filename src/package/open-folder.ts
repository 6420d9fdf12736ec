/** The folder form. */
import { crc32 } from "node:zlib";
import { FnpkgError, throwIfAny, withHint } from "../errors.ts";
import { bodyOf } from "./body.ts";
import { checked } from "./checked.ts";
import { bytesOf, type ContentFile, type StoredBody } from "./content.ts";
import { evidenceOf } from "./evidence.ts";
import { inventory } from "./inventory.ts";
import { overLimit } from "./limits.ts";
import { MANIFEST_FILE } from "./manifest.ts";
import type { OpenPackage, Opening } from "./opened.ts";
import { collisions, pathProblem } from "./paths.ts";
import { readManifest } from "./read-manifest.ts";
import { unchanged } from "./unchanged.ts";
import { walk, type WalkedFile } from "./walk.ts";

interface Held extends Omit<WalkedFile, "executable"> {
  readonly size: number;
  readonly executable: boolean | undefined;
}

/** Above it a file is stored, not deflated, when it is put into an archive from a folder. */
const DEFLATE_BYTES = 64 * 1024 * 1024;

/** Steps 1 to 7, and what of 9 to 11 needs no contents. */
export async function openFolder(location: string, { limits, deadline, identify, signal }: Opening): Promise<OpenPackage> {
  const walked = await walk(location, { limits, signal });
  deadline.check();
  throwFirst(walked.problems);
  throwFirst(walked.files.flatMap(({ path }) => pathProblem(path, { file: path }) ?? []));
  throwFirst(collisions(walked.files.map(({ path }) => path)));
  let total = 0;
  for (const { path, state } of walked.files) {
    if (state.size > limits.fileBytes) throw overLimit(`${path} is too large`, `${state.size} bytes`, "fileBytes", limits, path);
    total += state.size;
  }
  if (total > limits.totalBytes) throw overLimit("the files together are too large", `${total} bytes`, "totalBytes", limits);

  const file = walked.files.find(({ path }) => path === MANIFEST_FILE);
  if (file === undefined)
    throw new FnpkgError("E_MISSING", `${location} holds no ${MANIFEST_FILE}`, {
      file: MANIFEST_FILE,
      hint: "A package folder is made by `fnpkg pack FOLDER --out NAME/`.",
    });
  if (file.state.size > limits.manifestBytes)
    throw overLimit(`${MANIFEST_FILE} is too large`, `${file.state.size} bytes`, "manifestBytes", limits, MANIFEST_FILE);
  const bytes = await bytesOf(copies(file));
  const { manifest, digest } = readManifest(bytes, limits);
  identify({ manifest, digest });
  const held = inventory(
    walked.files.map((f): Held => ({
      ...f,
      size: f.state.size,
      executable: process.platform === "win32" ? undefined : f.executable,
    })),
    manifest,
  );
  return {
    form: "folder",
    location,
    digest,
    manifest,
    manifestBytes: bytes,
    files: held.files.map((found, index) =>
      contentOf(found, manifest.files[index]?.digest ?? "", manifest.files[index]?.executable === true),
    ),
    blobs: new Map([...held.blobs].map(([blobDigest, found]) => [blobDigest, contentOf(found, blobDigest, false)])),
    evidence: () => evidenceOf(walked.files),
    async close() {},
  };
}

function throwFirst(problems: Parameters<typeof throwIfAny>[0]): void {
  const [first] = problems;
  if (first !== undefined) throwIfAny([withHint(first)], "the folder");
}

async function* copies({ disk, state }: Pick<WalkedFile, "disk" | "state">): AsyncGenerator<Uint8Array> {
  for await (const chunk of unchanged(disk, state)) yield Buffer.from(chunk);
}

function contentOf(file: Held, digest: string, executable: boolean): ContentFile {
  const { path, size } = file;
  const read = (): AsyncIterable<Uint8Array> => checked(copies(file), { path, size, digest });
  return {
    path,
    size,
    digest,
    executable,
    read,
    stored: async (): Promise<StoredBody> => {
      if (size <= DEFLATE_BYTES) return bodyOf(await bytesOf(read()), true);
      let crc = 0;
      for await (const chunk of read()) crc = crc32(chunk, crc);
      return { method: 0, crc32: crc, compressedSize: size, bytes: read };
    },
  };
}
