/** npm tarballs: read strictly, in memory bounds, after their digest was checked. */
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { FnpkgError, wrap } from "../../errors.ts";
import { type Limits, limitsOf, overLimit, throwIfAborted } from "../../package/limits.ts";
import { shown } from "../../package/paths.ts";

/** A file of a tarball; `path` without the top folder. */
export interface TarFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Any x bit. All other bits of the mode are ignored. */
  readonly executable: boolean;
}

export interface TarOptions {
  /** Names the tarball in messages. */
  readonly what: string;
  /** Default: the format's limits. */
  readonly limits?: Limits;
  readonly signal?: AbortSignal | undefined;
}

/** Tars older than ustar are still in registries; the types don't know the option. */
const UNKNOWN_FORMATS: object = { allowUnknownFormat: true };
const CHUNK = 256 * 1024;
/** Controls and bidi controls. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\u202A-\u202E\u2066-\u2069\\]/u;

/**
 * Gives every file of a gzipped tar in its order; the one top folder, whatever its name, is taken off, and files outside it
 * are left out, as npm does. Folders leave no trace. `onFile` is awaited before the next file is read.
 * @throws E_PATH, E_ENTRY_TYPE, E_DUPLICATE, E_COLLISION, E_LIMIT, E_RECORD (no gzipped tar, or cut off), E_INTERRUPTED
 */
export async function readTarball(
  bytes: Uint8Array,
  onFile: (file: TarFile) => Promise<void>,
  options: TarOptions,
): Promise<void> {
  const { what, signal } = options;
  const limits = options.limits ?? limitsOf();
  const paths = new Paths(what);
  const tar = extract(UNKNOWN_FORMATS);
  let entries = 0;

  const done = new Promise<void>((resolve, reject) => {
    tar.on("entry", (header, body, next) => {
      const take = async (): Promise<void> => {
        if (++entries > limits.entries)
          throw overLimit(`${what} has too many entries`, `more than ${limits.entries}`, "entries", limits, what);
        throwIfAborted(signal);
        const path = paths.check(header.name, header.type);
        const size = header.size ?? 0;
        if (path !== undefined && size > limits.fileBytes)
          throw overLimit(`${what}: ${shown(path)} is too large`, size, "fileBytes", limits, what);
        const parts: Uint8Array[] = [];
        for await (const part of body as AsyncIterable<Uint8Array>) if (path !== undefined) parts.push(part);
        if (path !== undefined)
          await onFile({ path, bytes: Buffer.concat(parts), executable: ((header.mode ?? 0) & 0o111) !== 0 });
      };
      const taken = async (): Promise<void> => {
        try {
          await take();
          next();
        } catch (cause) {
          reject(wrap(cause, "E_RECORD", `${what} can't be read`));
        }
      };
      void taken();
    });
    tar.on("finish", resolve);
    tar.on("error", reject);
    tar.on("close", () => reject(new Error("it is cut off")));
  });
  done.catch(() => undefined);

  try {
    await feed(bytes, tar, done, { what, limits, signal });
    await done;
    paths.finish();
  } catch (cause) {
    throw wrap(cause, "E_RECORD", `${what} is no gzipped tar`, { file: what, hint: "Get the artifact again from its registry." });
  } finally {
    tar.destroy();
  }
}

type Tar = ReturnType<typeof extract>;

/** Inflates into the reader, counting what comes out instead of trusting what is declared. */
async function feed(
  bytes: Uint8Array,
  tar: Tar,
  done: Promise<void>,
  { what, limits, signal }: { what: string; limits: Limits; signal: AbortSignal | undefined },
): Promise<void> {
  const gunzip = createGunzip();
  const failed = done.then(
    () => undefined,
    (cause: unknown) => {
      gunzip.destroy(cause instanceof Error ? cause : new Error(String(cause)));
      throw cause;
    },
  );
  failed.catch(() => undefined);
  let total = 0;
  const source = (async () => {
    for (let at = 0; at < bytes.byteLength && !gunzip.destroyed; at += CHUNK) {
      if (!gunzip.write(bytes.subarray(at, at + CHUNK))) await drained(gunzip);
    }
    gunzip.end();
  })();
  try {
    for await (const chunk of gunzip as AsyncIterable<Uint8Array>) {
      throwIfAborted(signal);
      total += chunk.byteLength;
      if (total > limits.totalBytes)
        throw overLimit(`${what} unpacks to too much`, `more than ${limits.totalBytes}`, "totalBytes", limits, what);
      if (total > limits.ratioFromBytes && total > limits.ratio * bytes.byteLength) {
        throw overLimit(
          `${what} unpacks to more than a real tarball would`,
          `${total} from ${bytes.byteLength} bytes`,
          "ratio",
          limits,
          what,
        );
      }
      if (!tar.write(chunk)) await Promise.race([drained(tar), failed]);
    }
    await source;
    tar.end(undefined);
  } finally {
    gunzip.destroy();
  }
}

interface Emitter {
  on(event: string, listener: () => void): unknown;
  removeListener(event: string, listener: () => void): unknown;
}

/** Room for more, or the stream's end by any way. */
function drained(stream: Emitter): Promise<void> {
  return new Promise((resolve) => {
    const events = ["drain", "close", "error"];
    const end = (): void => {
      for (const event of events) stream.removeListener(event, end);
      resolve();
    };
    for (const event of events) stream.on(event, end);
  });
}

/** The rules for entry names, over one tarball. */
class Paths {
  readonly #what: string;
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();
  #top: string | undefined;

  constructor(what: string) {
    this.#what = what;
  }

  /** The path without the top folder; undefined for folders and for files beside the top folder. */
  check(name: string, type: string | null | undefined): string | undefined {
    const refuse = (code: "E_PATH" | "E_ENTRY_TYPE" | "E_DUPLICATE" | "E_COLLISION", why: string) =>
      new FnpkgError(code, `${this.#what}: the entry ${shown(name)} ${why}`, {
        file: this.#what,
        hint: "Do not use this artifact; get the package from another version or registry.",
      });
    if (type !== "file" && type !== "contiguous-file" && type !== "directory")
      throw refuse("E_ENTRY_TYPE", `is a ${type ?? "thing of unknown type"}, not a file`);
    if (name.startsWith("/") || /^[A-Za-z]:/.test(name)) throw refuse("E_PATH", "is absolute");
    if (FORBIDDEN.test(name)) throw refuse("E_PATH", "holds a backslash or a control character");
    const segments = name.split("/").filter((segment) => segment !== "" && segment !== ".");
    if (segments.includes("..")) throw refuse("E_PATH", "leaves its folder");
    const folder = type === "directory" || name.endsWith("/");
    if (segments.length < (folder ? 1 : 2)) return undefined;
    const [top, ...rest] = segments;
    this.#top ??= top;
    if (top !== this.#top) throw refuse("E_PATH", `is outside the top folder ${shown(this.#top ?? "")}`);
    if (folder) return undefined;
    const path = rest.join("/");
    if (this.#files.has(path)) throw refuse("E_DUPLICATE", "stands in it twice");
    this.#files.add(path);
    for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
      const parent = path.slice(0, slash);
      if (this.#folders.has(parent)) break;
      this.#folders.add(parent);
    }
    return path;
  }

  /** A path that is a file and a folder; either may come first. */
  finish(): void {
    for (const path of this.#files) {
      if (this.#folders.has(path))
        throw new FnpkgError("E_COLLISION", `${this.#what}: ${shown(path)} is a file and also a folder`, { file: this.#what });
    }
  }
}
