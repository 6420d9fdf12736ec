/** What the tests of the nodejs profile share: folders, tarballs, lock files, a loopback registry, packages in memory. */
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { crc32, gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { afterAll } from "vitest";
import { FnpkgError } from "../../../src/errors.ts";
import { sha256 } from "../../../src/json.ts";
import type { AuthorFile } from "../../../src/package/author.ts";
import { bytesOf, type ContentFile } from "../../../src/package/content.ts";
import type { Dependency, Manifest } from "../../../src/package/manifest.ts";
import type { OpenPackage } from "../../../src/package/open.ts";
import type { SealInput, Sealed, SourceFile } from "../../../src/profiles/profile.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A fresh folder with the given files; a trailing `*` on a path marks it executable. */
export async function folder(files: Readonly<Record<string, string | Uint8Array>> = {}): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "fnpkg-nodejs-"));
  cleanups.push(() => rm(root, { recursive: true, force: true }));
  await write(root, files);
  return root;
}

export async function write(root: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const target = join(root, path.replace(/\*$/, ""));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content, { mode: path.endsWith("*") ? 0o755 : 0o644 });
  }
}

export interface TarEntry {
  readonly name: string;
  readonly content?: string | Uint8Array;
  readonly mode?: number;
  readonly type?: "file" | "link" | "symlink" | "fifo" | "directory" | "character-device" | "block-device";
  readonly linkname?: string;
}

/** A gzipped tar of the entries as they are. */
export async function tarball(entries: readonly TarEntry[]): Promise<Buffer> {
  const tar = pack();
  for (const { name, content = "", mode = 0o644, type = "file", linkname } of entries) {
    tar.entry({ name, mode, type, mtime: new Date(0), ...(linkname === undefined ? {} : { linkname }) }, Buffer.from(content));
  }
  tar.finalize();
  const parts: Buffer[] = [];
  for await (const part of tar as AsyncIterable<Buffer>) parts.push(part);
  return gzipSync(Buffer.concat(parts));
}

/** A package's tarball as npm makes it. */
export function npmTarball(
  name: string,
  version: string,
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<Buffer> {
  const manifest = JSON.stringify({ name, version });
  return tarball([
    { name: "package/package.json", content: manifest },
    ...Object.entries({ "index.js": `exports.name = ${JSON.stringify(`${name}@${version}`)};\n`, ...files }).map(
      ([path, content]) => ({
        name: `package/${path.replace(/\*$/, "")}`,
        content,
        mode: path.endsWith("*") ? 0o755 : 0o644,
      }),
    ),
  ]);
}

export function sri(bytes: Uint8Array, algorithm = "sha512"): string {
  return `${algorithm}-${createHash(algorithm).update(bytes).digest("base64")}`;
}

export function digest512(bytes: Uint8Array): string {
  return `sha512:${createHash("sha512").update(bytes).digest("hex")}`;
}

/** A lock file's text; `places` maps a place to its entry. */
export function lockText(root: object, places: Readonly<Record<string, object>>, version = 3): string {
  return JSON.stringify(
    { name: "fn", lockfileVersion: version, requires: true, packages: { "": { name: "fn", ...root }, ...places } },
    undefined,
    2,
  );
}

export const base = {
  kind: "FunctionPackage",
  specVersion: "1.0",
  name: "acme/fn",
  version: "1.0.0",
  profile: "nodejs",
  signature: { type: "http" },
  requires: { runtime: { nodejs: ">=20" } },
  entryPoint: { module: "index.mjs", export: "default" },
} as const satisfies AuthorFile;

/** Every file of a folder but `node_modules`, as `pack` hands them over. */
export async function sealInput(
  root: string,
  author: Partial<AuthorFile> = {},
  more: Partial<SealInput> = {},
): Promise<SealInput> {
  const { readdirSync, statSync } = await import("node:fs");
  const files: SourceFile[] = [];
  const walk = (at: string): void => {
    for (const child of readdirSync(join(root, at), { withFileTypes: true })) {
      const path = at === "" ? child.name : `${at}/${child.name}`;
      if (child.name === "node_modules") continue;
      if (child.isDirectory()) walk(path);
      else
        files.push({
          path: `function/${path}`,
          executable: (statSync(join(root, path)).mode & 0o100) !== 0,
          from: { disk: join(root, path) },
        });
    }
  };
  if (author.build === undefined) walk("");
  return {
    folder: root,
    author: { ...base, ...author },
    files,
    cache: await folder(),
    registries: {},
    ...more,
  };
}

/** A content file over bytes. */
export function content(path: string, bytes: Uint8Array, executable = false): ContentFile {
  return {
    path,
    size: bytes.byteLength,
    digest: sha256(bytes),
    executable,
    // oxlint-disable-next-line require-await -- a generator over bytes at hand
    async *read() {
      yield bytes;
    },
    stored: () =>
      Promise.resolve({
        method: 0,
        crc32: crc32(bytes),
        compressedSize: bytes.byteLength,
        async *bytes() {
          yield await Promise.resolve(bytes);
        },
      }),
  };
}

/** What opening the sealed package would give. */
export async function opened(sealed: Sealed, requires: Manifest["requires"] = {}): Promise<OpenPackage> {
  const files = await Promise.all(
    sealed.files.map(async (file) =>
      content(file.path, "bytes" in file.from ? file.from.bytes : await readFile(file.from.disk), file.executable),
    ),
  );
  const blobs = await Promise.all(
    sealed.blobs.map(async (blob) => [blob.digest, content(blob.digest, await readFile(blob.disk))] as const),
  );
  return packageOf(files, sealed.dependencies, requires, new Map(blobs));
}

export function packageOf(
  files: readonly ContentFile[],
  dependencies: Manifest["dependencies"],
  requires: Manifest["requires"] = {},
  blobs: ReadonlyMap<string, ContentFile> = new Map(),
): OpenPackage {
  const manifest: Manifest = {
    ...base,
    requires,
    files: files.map(({ path, size, digest }) => ({ path, size, digest })),
    dependencies,
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  return {
    form: "folder",
    location: "/nowhere",
    digest: sha256(bytes),
    manifest,
    manifestBytes: bytes,
    files,
    blobs,
    close: () => Promise.resolve(),
  };
}

/** A package that references one registry version by its tarball. */
export function referencing(
  name: string,
  version: string,
  bytes: Uint8Array,
  more: { url?: string; size?: number; entry?: object; requires?: Manifest["requires"]; places?: readonly string[] } = {},
): OpenPackage {
  const places = more.places ?? [`node_modules/${name}`];
  const lock = lockText(
    { dependencies: { [name]: version } },
    Object.fromEntries(places.map((at) => [at, { name, version, integrity: sri(bytes), ...more.entry }])),
  );
  const dependency: Dependency = {
    ecosystem: "npm",
    name,
    version,
    direct: true,
    delivery: "referenced",
    artifacts: [
      {
        digest: digest512(bytes),
        filename: `${name.split("/").pop() ?? ""}-${version}.tgz`,
        ...(more.url !== undefined && { url: more.url }),
        ...(more.size !== undefined && { size: more.size }),
      },
    ],
  };
  return packageOf(
    [content("function/package-lock.json", Buffer.from(lock))],
    { lock: { path: "function/package-lock.json", format: "npm-3" }, packages: [dependency] },
    more.requires,
  );
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
}

export interface FakeRegistry {
  readonly url: string;
  readonly host: string;
  /** What was asked, in order. */
  readonly asked: Asked[];
  /** Path -> body, or a function that answers. */
  readonly routes: Map<
    string,
    Uint8Array | ((request: http.IncomingMessage, response: http.ServerResponse, turn: number) => void)
  >;
  readonly server: http.Server;
}

/** An npm registry on loopback that serves what `routes` holds. */
export async function fakeRegistry(): Promise<FakeRegistry> {
  const asked: Asked[] = [];
  const routes: FakeRegistry["routes"] = new Map();
  const turns = new Map<string, number>();
  const server = http.createServer((request, response) => {
    const path = request.url ?? "";
    asked.push({ method: request.method ?? "", path, authorization: request.headers.authorization });
    const route = routes.get(path);
    const turn = turns.get(path) ?? 0;
    turns.set(path, turn + 1);
    if (route === undefined) response.writeHead(404).end();
    else if (typeof route === "function") route(request, response, turn);
    else response.writeHead(200, { "content-type": "application/octet-stream" }).end(route);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, host: `127.0.0.1:${port}`, asked, routes, server };
}

/** Text of the content files by path. */
export async function texts(files: readonly ContentFile[]): Promise<Record<string, string>> {
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file.path, Buffer.from(await bytesOf(file.read())).toString("utf8")] as const)),
  );
}

/** The FnpkgError that the promise fails with. */
export async function failure(promise: Promise<unknown>): Promise<FnpkgError> {
  try {
    await promise;
  } catch (cause) {
    if (cause instanceof FnpkgError) return cause;
    throw cause;
  }
  throw new Error("it did not fail");
}
