/**
 * The cache folder: content by digest. It is safe to delete, safe between processes (every file appears by one rename) and
 * never believed: what is read is hashed again.
 */
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, mkdir, open, readdir, readFile, rename, rm, unlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { FnpkgError, wrap } from "../errors.ts";
import { sha256, type Digest } from "../json.ts";

/** `$XDG_CACHE_HOME/fnpkg`, else `~/.cache/fnpkg`. A relative XDG_CACHE_HOME is ignored, as its specification says. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const base = env["XDG_CACHE_HOME"];
  return join(base !== undefined && isAbsolute(base) ? base : join(env["HOME"] || homedir(), ".cache"), "fnpkg");
}

/** Where a digest's bytes lie. @throws FnpkgError E_DIGEST for a malformed digest. */
export function blobPath(cache: string, digest: Digest): string {
  const match = /^(sha256|sha384|sha512):([0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$/.exec(digest);
  if (match === null) throw new FnpkgError("E_DIGEST", `${JSON.stringify(digest)} is not a digest`);
  return join(cache, "blobs", match[1] ?? "", match[2] ?? "");
}

/** A name beside `path`, on the same file system, that nobody else uses. */
export function temporaryBeside(path: string): string {
  return `${path}.${process.pid}-${randomBytes(6).toString("hex")}.tmp`;
}

/** Removes what a failed run would leave behind; that it can't be removed must not hide the failure. */
export async function discard(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(() => undefined);
}

/** Another process may still write what is younger. */
const leftAfterMs = 86_400_000;
const tidied = new Set<string>();

/**
 * Removes files of a cache's folder that have not been written for a day: what a run that was killed left there. Each folder is
 * looked at once in a process. That one can't be removed is no failure.
 */
export async function tidyLeft(folder: string, isLeft: (name: string) => boolean = isTemporary): Promise<void> {
  if (tidied.has(folder)) return;
  tidied.add(folder);
  const names: string[] = await readdir(folder).catch(() => []);
  for (const path of names.filter(isLeft).map((name) => join(folder, name))) {
    const { mtimeMs } = (await lstat(path).catch(() => undefined)) ?? { mtimeMs: Date.now() };
    if (Date.now() - mtimeMs > leftAfterMs) await discard(path);
  }
}

function isTemporary(name: string): boolean {
  return /\.\d+-[0-9a-f]{12}\.tmp$/.test(name);
}

/** Writes a whole file by one rename: readers see the old one, the new one or none. @throws FnpkgError E_IO. */
export async function writeAtomically(path: string, content: Uint8Array | string | AsyncIterable<Uint8Array>): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    await mkdir(dirname(path), { recursive: true });
    await tidyLeft(dirname(path));
    await writeFile(temporary, content, { flag: "wx" });
    await rename(temporary, path);
  } catch (cause) {
    await discard(temporary);
    throw wrap(cause, "E_IO", `${path} can't be written`, { file: path });
  }
}

/**
 * Puts bytes into the cache under their digest, hashing them on the way.
 * @returns the path of the file.
 * @throws FnpkgError E_DIGEST when the bytes have another digest; nothing stays behind. E_IO.
 */
export async function putBlob(cache: string, digest: Digest, content: Uint8Array | AsyncIterable<Uint8Array>): Promise<string> {
  const path = blobPath(cache, digest);
  const hash = createHash(algorithmOf(digest));
  const chunks = content instanceof Uint8Array ? [content] : content;
  const checked = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
    const found = `${algorithmOf(digest)}:${hash.digest("hex")}`;
    if (found !== digest) throw new FnpkgError("E_DIGEST", `the bytes have the digest ${found}; expected ${digest}`);
  };
  await writeAtomically(path, checked());
  return path;
}

/** The path of a digest's bytes in the cache, hashed again now; a file that does not match is removed. */
export async function findBlob(cache: string, digest: Digest): Promise<string | undefined> {
  const path = blobPath(cache, digest);
  try {
    if (!(await lstat(path)).isFile()) return undefined;
    if ((await digestOfFile(path, algorithmOf(digest))) === digest) return path;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw wrap(cause, "E_IO", `${path} can't be read`, { file: path });
  }
  await rm(path, { force: true });
  return undefined;
}

/** A digest's bytes from the cache, or undefined; for what is known to be small. */
export async function getBlob(cache: string, digest: Digest): Promise<Uint8Array | undefined> {
  const bytes = await readFile(blobPath(cache, digest)).catch(() => undefined);
  if (bytes === undefined) return undefined;
  return `${algorithmOf(digest)}:${createHash(algorithmOf(digest)).update(bytes).digest("hex")}` === digest ? bytes : undefined;
}

export function algorithmOf(digest: Digest): string {
  return digest.slice(0, digest.indexOf(":"));
}

async function digestOfFile(path: string, algorithm: string): Promise<Digest> {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
  return `${algorithm}:${hash.digest("hex")}`;
}

/** Saves a small document with its own digest in the first line. Failing to is no failure: a cache may be read-only. */
export async function saveDocument(path: string, value: unknown): Promise<void> {
  const text = Buffer.from(JSON.stringify(value));
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from(`${sha256(text)}\n`);
    yield text;
  };
  await writeAtomically(path, chunks()).catch(() => undefined);
}

/** A document that `saveDocument` wrote, or undefined when it is absent, cut off or changed. */
export async function loadDocument(path: string): Promise<unknown> {
  const text = await readFile(path, "utf8").catch(() => "");
  const end = text.indexOf("\n");
  if (end < 0 || sha256(text.slice(end + 1)) !== text.slice(0, end)) return undefined;
  return JSON.parse(text.slice(end + 1)) as unknown;
}

/** Whether files can be made in `folder`; makes the folder. */
export async function isWritable(folder: string): Promise<boolean> {
  const probe = temporaryBeside(join(folder, "probe"));
  try {
    await mkdir(folder, { recursive: true });
    await (await open(probe, "wx")).close();
    await unlink(probe);
    return true;
  } catch {
    return false;
  }
}
