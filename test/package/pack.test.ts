/** What is sealed, what is refused, and that the result depends on nothing but the content. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { canonical, sha256 } from "../../src/json.ts";
import { bytesOf } from "../../src/package/content.ts";
import { diffPackages } from "../../src/package/diff.ts";
import { inspectPackage } from "../../src/package/inspect.ts";
import { openPackage } from "../../src/package/open.ts";
import { pack } from "../../src/package/pack.ts";
import { jsonSchemas } from "../../src/package/schemas.ts";
import { verifyPackage } from "../../src/package/verify.ts";
import {
  AUTHOR,
  authorFolder,
  codeOf,
  type FileSpec,
  failure,
  HELLO,
  packed,
  plainProfile,
  temporaryFolder,
  writeFiles,
} from "./support/packing.ts";

async function sealedPaths(files: Record<string, string | FileSpec>, author: object = {}): Promise<string[]> {
  const { file } = await packed(await authorFolder({ ...HELLO, ...files }, author));
  const { manifest } = await inspectPackage(file);
  return manifest.files.map(({ path }) => path).filter((path) => !["function/index.mjs", "function/package.json"].includes(path));
}

describe("what is sealed", () => {
  it("dot files travel; the author file, configs, packages, version control and node_modules stay", async () => {
    const files = {
      ".npmrc": "registry=https://registry.example.com\n",
      ".hidden/x": "1",
      "sub/function-package.yaml": "data",
      ".git/config": "x",
      "sub/.git": "gitdir: elsewhere",
      ".svn/x": "x",
      ".fnpkg/receipts/x.json": "{}",
      "function-config.yaml": "x",
      "function-config.prod.json": "x",
      "old-1.0.0.fnpkg": "x",
      "node_modules/x/index.js": "x",
      "sub/node_modules/x/index.js": "x",
    };
    expect(await sealedPaths(files)).toEqual(["function/.hidden/x", "function/.npmrc", "function/sub/function-package.yaml"]);
  });
  it("include, exclude and .fnpkgignore", async () => {
    const files = {
      "lib/a.mjs": "a",
      "lib/.b": "b",
      "test/x.mjs": "x",
      "docs/deep/y.md": "y",
      "z.log": "z",
      "lib/z.log": "z",
      "keep.log": "k",
    };
    expect(await sealedPaths(files, { include: ["lib/**", "index.mjs"], exclude: ["**/*.log"] })).toEqual([
      "function/lib/.b",
      "function/lib/a.mjs",
    ]);
    const ignore = { ".fnpkgignore": "# comment\n*.log\n!keep.log\n/docs\ntest/\n" };
    expect(await sealedPaths({ ...files, ...ignore })).toEqual([
      "function/.fnpkgignore",
      "function/keep.log",
      "function/lib/.b",
      "function/lib/a.mjs",
    ]);
  });
  it("a name that lies on disk as NFD is sealed as NFC, with a warning", async () => {
    const { file, warnings } = await packed(await authorFolder({ ...HELLO, "cafe\u0301.txt": "x" }));
    expect(warnings).toMatchObject([{ code: "E_PATH", severity: "warning" }]);
    expect((await inspectPackage(file)).manifest.files.map(({ path }) => path)).toContain("function/caf\u00e9.txt");
    expect(await codeOf(packed(await authorFolder({ ...HELLO, "cafe\u0301.txt": "x", "caf\u00e9.txt": "y" })))).toBe(
      "E_COLLISION",
    );
  });
  it("the owner's x bit and `executables`", async () => {
    const { file } = await packed(
      await authorFolder(
        { ...HELLO, "a.sh": { content: "a", mode: 0o744 }, "b.sh": { content: "b", mode: 0o655 }, "bin/c": "c" },
        { executables: ["bin/*"] },
      ),
    );
    const { manifest } = await inspectPackage(file);
    expect(manifest.files.filter(({ executable }) => executable).map(({ path }) => path)).toEqual([
      "function/a.sh",
      "function/bin/c",
    ]);
    expect(await verifyPackage(file)).toMatchObject({ files: 5 });
  });
  it("drops entryPoint.contract where it is the default, and pack-only fields", async () => {
    const { file } = await packed(
      await authorFolder(HELLO, { entryPoint: { contract: "handler", module: "index.mjs" }, exclude: ["x"], allow: ["y"] }),
    );
    const { manifest } = await inspectPackage(file);
    expect(manifest.entryPoint).toEqual({ module: "index.mjs" });
    expect(Object.keys(manifest)).not.toContain("exclude");
    expect(Object.keys(manifest)).not.toContain("allow");
  });
  it("copies blobs under their digest, stored", async () => {
    const folder = await authorFolder();
    const disk = join(await temporaryFolder(), "x.tgz");
    await writeFile(disk, "tarball".repeat(100));
    const digest = `sha512:${createHash("sha512").update("tarball".repeat(100)).digest("hex")}`;
    const packages = [
      {
        ecosystem: "npm" as const,
        name: "x",
        version: "1.0.0",
        direct: true,
        delivery: "embedded" as const,
        artifacts: [{ digest, size: 700, filename: "x.tgz" }],
      },
    ];
    const profile = plainProfile({ dependencies: { packages }, blobs: [{ digest, size: 700, disk }] });
    for (const out of [join(await temporaryFolder(), "x.fnpkg"), `${join(await temporaryFolder(), "x")}/`]) {
      const result = await packed(folder, { out }, profile);
      await verifyPackage(result.file, { expect: { digest: result.digest } });
      const pkg = await openPackage(result.file);
      const blob = pkg.blobs.get(digest);
      expect(blob?.path).toBe(`blobs/${digest.replace(":", "/")}`);
      expect(Buffer.from(await bytesOf(blob?.read() ?? (async function* () {})())).toString()).toBe("tarball".repeat(100));
      await pkg.close();
    }
  });
});

describe("what is refused", () => {
  it.each(["host.json", "fn/function.json", "samconfig.toml", "samconfig.yaml", ".vc-config.json", "bootstrap"])(
    "a vendor's file %s is E_PATH",
    async (path) => {
      expect(await codeOf(packed(await authorFolder({ ...HELLO, [path]: "{}" })))).toBe("E_PATH");
    },
  );
  const credentials: Record<string, string> = {
    ".env": "A=1",
    "sub/.env.production": "A=1",
    ".npmrc": "//registry.example.com/:_authToken=npm_x\n",
    ".pypirc": "[pypi]\nusername = a\npassword = b\n",
    "conf/settings.xml": "<settings><servers><server><password>x</password></server></servers></settings>",
    ".netrc": "machine x login y password z\n",
    "certs/key.pem": "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n",
    "certs/key2.pem": "text before\n-----BEGIN PRIVATE KEY-----\n",
    ".aws/config": "x",
    "x/.azure/y": "x",
    "gcloud/application_default_credentials.json": "{}",
  };
  it.each(Object.keys(credentials))("%s is E_CREDENTIALS unless allowed", async (path) => {
    const files = { ...HELLO, [path]: credentials[path] ?? "" };
    const error = await failure(packed(await authorFolder(files)));
    expect([error.code, error.problems[0]?.file]).toEqual(["E_CREDENTIALS", path]);
    expect(await sealedPaths({ [path]: credentials[path] ?? "" }, { allow: [path] })).toEqual([`function/${path}`]);
  });
  it("files of these names without secrets are fine", async () => {
    const files = {
      ".npmrc": "registry=https://x\n# _authToken=x\n",
      "settings.xml": "<settings/>",
      "ca.pem": "-----BEGIN CERTIFICATE-----\n",
      "environment.mjs": "x",
    };
    expect(await sealedPaths(files)).toHaveLength(4);
  });
  it("collects everything that is wrong with the folder", async () => {
    const folder = await authorFolder({ ...HELLO, ".env": "A=1", "host.json": "{}", "con.txt": "x", README: "1", readme: "2" });
    await symlink("index.mjs", join(folder, "link.mjs"));
    const { problems } = await failure(packed(folder));
    expect(problems.map((p) => p.code).sort()).toEqual(["E_COLLISION", "E_CREDENTIALS", "E_ENTRY_TYPE", "E_PATH", "E_PATH"]);
  });
  it("4, 50: links to files and folders, and pipes, are E_ENTRY_TYPE; excluded ones are nobody's business", async () => {
    const folder = await authorFolder();
    await symlink("/etc", join(folder, "etc"));
    expect(await codeOf(packed(folder))).toBe("E_ENTRY_TYPE");
    execFileSync("mkfifo", [join(folder, "pipe")]);
    await writeFile(join(folder, ".fnpkgignore"), "etc\n");
    expect(await codeOf(packed(folder))).toBe("E_ENTRY_TYPE");
    await writeFile(join(folder, ".fnpkgignore"), "etc\npipe\n");
    expect((await packed(folder)).files).toBe(3);
  });
  it.each(["python", "java", "go", "docker"])("the %s profile is E_PROFILE", async (profile) => {
    const entry = { python: { module: "app", attribute: "handler" }, java: { class: "A" }, go: { package: "./cmd" }, docker: {} }[
      profile
    ];
    const folder = await authorFolder(HELLO, {
      profile,
      entryPoint: entry,
      requires: profile === "docker" ? { platforms: [{ os: "linux", architecture: "amd64" }] } : {},
    });
    const error = await failure(pack({ folder, out: join(await temporaryFolder(), "x.fnpkg"), cache: false }, () => undefined));
    expect(error.code).toBe("E_PROFILE");
    expect(error.message).toContain("later version");
  });
  it("an entry point that is not sealed is E_ENTRY_POINT", async () => {
    expect(await codeOf(packed(await authorFolder(HELLO, { entryPoint: { module: "nope.mjs" } })))).toBe("E_ENTRY_POINT");
    expect(await codeOf(packed(await authorFolder(HELLO, { exclude: ["**"] })))).toBe("E_ENTRY_POINT");
  });
  it("limits are E_LIMIT, before anything is read", async () => {
    const folder = await authorFolder({ ...HELLO, "big.bin": "x".repeat(10_000) });
    for (const limits of [
      { fileBytes: 9999 },
      { totalBytes: 10_000 },
      { entries: 3 },
      { containerBytes: 300 },
      { manifestBytes: 100 },
    ])
      expect(await codeOf(packed(folder, { limits }))).toBe("E_LIMIT");
    execFileSync("truncate", ["-s", "10G", join(folder, "sparse.bin")]);
    expect(await codeOf(packed(folder))).toBe("E_LIMIT");
  });
  it("what verify would call a bomb is not packed", async () => {
    expect(await codeOf(packed(await authorFolder({ ...HELLO, "zeros.bin": "\0".repeat(11 * 1024 * 1024) })))).toBe("E_LIMIT");
  });
});

describe("the author file", () => {
  it("says everything that is wrong, with line, pointer and suggestion", async () => {
    const folder = await temporaryFolder();
    const yaml =
      'kind: FunctionPackage\nspecVersion: 1.0\nname: Acme/x\nversion: 1.0\nprofile: nodejs\nentryPoint: { modul: a.mjs }\nsignature:\n  type: http\n  batch: true\nrequires:\n  env:\n    - { name: A, value: x }\nmemory: 512Mi\nexclud: ["x"]\n';
    await writeFiles(folder, { "function-package.yaml": yaml });
    const error = await failure(packed(folder));
    const found: unknown = Object.fromEntries(error.problems.map((p) => [p.pointer, `${p.code}:${p.line}`]));
    expect(found).toEqual({
      "/specVersion": "E_SCHEMA:2",
      "/name": "E_SCHEMA:3",
      "/version": "E_SCHEMA:4",
      "/entryPoint/module": "E_SCHEMA:6",
      "/entryPoint/modul": "E_UNKNOWN_FIELD:6",
      "/signature/batch": "E_SCHEMA:9",
      "/requires/env/0/value": "E_UNKNOWN_FIELD:12",
      "/memory": "E_UNKNOWN_FIELD:13",
      "/exclud": "E_UNKNOWN_FIELD:14",
    });
    expect(error.problems.find((p) => p.pointer === "/exclud")?.message).toContain('did you mean "exclude"?');
    expect(error.problems.every((p) => p.file === "function-package.yaml")).toBe(true);
  });
  it("must be there once, and be sound YAML", async () => {
    const folder = await temporaryFolder();
    expect(await codeOf(packed(folder))).toBe("E_NOT_FOUND");
    expect(await codeOf(packed(join(folder, "nowhere")))).toBe("E_NOT_FOUND");
    await writeFiles(folder, { "function-package.yaml": "a: &x 1\n" });
    expect(await codeOf(packed(folder))).toBe("E_YAML");
    await writeFiles(folder, { "function-package.json": JSON.stringify(AUTHOR) });
    expect(await codeOf(packed(folder))).toBe("E_USAGE");
    expect(await codeOf(packed(await authorFolder(HELLO, { specVersion: "2.0" })))).toBe("E_SPEC_UNSUPPORTED");
    expect(await codeOf(packed(await authorFolder(HELLO, JSON.parse('{"annotations":{"__proto__":"x"}}') as object)))).toBe(
      "E_KEY",
    );
  });
  it("YAML and JSON give the same package", async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, {
      ...HELLO,
      "function-package.yaml":
        'kind: FunctionPackage\nspecVersion: "1.0"\nname: acme/hello\nversion: 1.0.0\nprofile: nodejs\nentryPoint: { module: index.mjs, export: default }\nsignature: { type: http }\nrequires:\n  runtime: { nodejs: ">=20" }\n  env: [{ name: GREETING, optional: true }]\n',
    });
    expect((await packed(folder)).digest).toBe((await packed(await authorFolder())).digest);
  });
});

describe("determinism", () => {
  const files: Record<string, string | FileSpec> = {
    ...HELLO,
    "b/é.txt": "x".repeat(5000),
    "b/a.txt": "y",
    "\u{1F600}.txt": "z",
    "\uFFEE.txt": "w",
    "bin/run": { content: "#!/bin/sh\n", mode: 0o755 },
  };
  it("two folders, other times, a mask of 077, a reversed order of listing and another zone give the same bytes", async () => {
    const reference = await packed(await authorFolder(files));
    const bytes = await readFile(reference.file);
    const before = { TZ: process.env["TZ"], LC_ALL: process.env["LC_ALL"], mask: process.umask(0o077) };
    try {
      process.env["TZ"] = "Pacific/Kiritimati";
      process.env["LC_ALL"] = "tr_TR.UTF-8";
      const folder = await temporaryFolder();
      const reversed = Object.fromEntries(Object.entries(files).reverse());
      await writeFiles(folder, { ...reversed, "function-package.json": canonical(AUTHOR) });
      await utimes(join(folder, "index.mjs"), 0, 0);
      const other = await packed(folder);
      expect(sha256(await readFile(other.file))).toBe(sha256(bytes));
      const stored = [await packed(folder, { store: true }), await packed(await authorFolder(files), { store: true })];
      expect(sha256(await readFile(stored[0]?.file ?? ""))).toBe(sha256(await readFile(stored[1]?.file ?? "")));
      expect(stored[0]?.digest).toBe(reference.digest);
    } finally {
      process.umask(before.mask);
      for (const key of ["TZ", "LC_ALL"] as const)
        if (before[key] === undefined) delete process.env[key];
        else process.env[key] = before[key];
    }
  });
  it("threads and cache change nothing; bodies come from the cache, and a damaged cache is not believed", async () => {
    const many = Object.fromEntries(
      Array.from({ length: 60 }, (_, i) => [`lib/m${i}.js`, `export const x${i} = ${i};\n`.repeat(12_000)]),
    );
    const folder = await authorFolder({
      ...HELLO,
      ...many,
      "large.bin": Buffer.alloc(17 * 1024 * 1024, "0123456789abcdefghijklmnop").toString(),
    });
    const cache = await temporaryFolder();
    const options = { cache, limits: { ratio: 2000 } };
    const first = await packed(folder, options);
    const bytes = sha256(await readFile(first.file));
    expect((await verifyPackage(first.file, { limits: options.limits })).digest).toBe(first.digest);
    expect(sha256(await readFile((await packed(folder, options)).file))).toBe(bytes);
    expect(sha256(await readFile((await packed(folder, { ...options, cache: false })).file))).toBe(bytes);
    const bodies = await readdir(join(cache, "bodies"));
    expect(bodies.map((name) => name.slice(name.lastIndexOf("."))).sort()).toEqual([".bin", ".json"]);
    const segment = join(cache, "bodies", bodies.find((name) => name.endsWith(".bin")) ?? "");
    const damaged = await readFile(segment);
    damaged[100] = (damaged[100] ?? 0) ^ 1;
    await writeFile(segment, damaged);
    expect(sha256(await readFile((await packed(folder, options)).file))).toBe(bytes);
    expect(await readdir(join(cache, "bodies"))).toEqual([]);
  });
  it("packing again over an unchanged archive reads nothing, and notices every change", async () => {
    const folder = await authorFolder();
    const cache = await temporaryFolder();
    const out = join(await temporaryFolder(), "x.fnpkg");
    const old = new Date(Date.now() - 60_000);
    const file = join(folder, "index.mjs");
    // The files' ctime can't be set, so the first run is too early to be remembered.
    await packed(folder, { cache, out });
    expect(await readdir(join(cache, "packed")).catch(() => [])).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 2100));
    const first = await packed(folder, { cache, out });
    const read: string[] = [];
    const onProgress = ({ path }: { path: string }) => read.push(path);
    expect(await packed(folder, { cache, out, onProgress })).toEqual(first);
    expect(read).toEqual([]);
    await writeFile(out, "damaged");
    expect(await packed(folder, { cache, out })).toEqual(first);
    expect(await verifyPackage(out)).toMatchObject({ digest: first.digest });
    await writeFile(file, HELLO["index.mjs"].replace("hello", "HELLO"));
    await utimes(file, old, old);
    expect((await packed(folder, { cache, out })).digest).not.toBe(first.digest);
    expect((await packed(folder, { cache, out, store: true })).bytes).toBe(1048);
  });
  it("a changed file is noticed though its size and mtime are the old ones", async () => {
    const folder = await authorFolder();
    const cache = await temporaryFolder();
    const file = join(folder, "index.mjs");
    const old = new Date(Date.now() - 60_000);
    await utimes(file, old, old);
    const first = await packed(folder, { cache });
    await writeFile(file, HELLO["index.mjs"].replace("hello", "HELLO"));
    await utimes(file, old, old);
    expect((await packed(folder, { cache })).digest).not.toBe(first.digest);
  });
});

describe("50: a folder that moves, and a run that ends early", () => {
  it("a file that changes, grows or goes while it is packed is E_CHANGED; nothing stays behind", async () => {
    for (const change of [
      (f: string) => writeFile(f, "longer than before, much longer"),
      (f: string) => writeFile(f, "x"),
      async (f: string) => execFileSync("rm", [f]),
      async (f: string) => void execFileSync("ln", ["-sf", "/etc/passwd", f]),
    ]) {
      const folder = await authorFolder({ ...HELLO, "data.txt": "0123456789" });
      const outFolder = await temporaryFolder();
      const profile = plainProfile();
      const moving = {
        ...profile,
        seal: async (input: Parameters<typeof profile.seal>[0]) => {
          await change(join(folder, "data.txt"));
          return profile.seal(input);
        },
      };
      expect(await codeOf(packed(folder, { out: join(outFolder, "x.fnpkg") }, moving))).toBe("E_CHANGED");
      expect(await readdir(outFolder)).toEqual([]);
    }
  });
  it("a folder that becomes a link between stat and open is E_CHANGED", async () => {
    const folder = await authorFolder({ ...HELLO, "sub/data.txt": "0123456789" });
    const elsewhere = await temporaryFolder();
    await writeFile(join(elsewhere, "data.txt"), "9876543210");
    const profile = plainProfile();
    const moving = {
      ...profile,
      seal: async (input: Parameters<typeof profile.seal>[0]) => {
        execFileSync("rm", ["-r", join(folder, "sub")]);
        await symlink(elsewhere, join(folder, "sub"));
        return profile.seal(input);
      },
    };
    expect(await codeOf(packed(folder, {}, moving))).toBe("E_CHANGED");
  });
  it("an abort is E_INTERRUPTED and leaves nothing, before and while reading", async () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`m${i}.bin`, String(i).repeat(400_000)]));
    const folder = await authorFolder({ ...HELLO, ...many });
    const outFolder = await temporaryFolder();
    const cache = await temporaryFolder();
    expect(await codeOf(packed(folder, { out: join(outFolder, "x.fnpkg"), signal: AbortSignal.abort() }))).toBe("E_INTERRUPTED");
    for (const form of ["archive", "folder"] as const) {
      const controller = new AbortController();
      const out = join(outFolder, "x");
      const run = packed(folder, { out, form, cache, signal: controller.signal, onProgress: () => controller.abort() });
      expect(await codeOf(run)).toBe("E_INTERRUPTED");
      expect(await readdir(outFolder)).toEqual([]);
    }
    expect((await readdir(join(cache, "bodies"))).filter((name) => !name.endsWith(".json") && !name.endsWith(".bin"))).toEqual(
      [],
    );
  });
  it("an output that can't be written is a clear error, and an existing file stays as it is", async () => {
    const folder = await authorFolder();
    const outFolder = await temporaryFolder();
    await mkdir(join(outFolder, "dir"));
    expect(await codeOf(packed(folder, { out: join(outFolder, "dir") }))).toBe("E_USAGE");
    await writeFile(join(outFolder, "file"), "old");
    expect(await codeOf(packed(folder, { out: join(outFolder, "file", "x.fnpkg") }))).toBe("E_IO");
    expect(await codeOf(packed(folder, { out: join(outFolder, "file"), limits: { containerBytes: 100 } }))).toBe("E_LIMIT");
    expect(await readFile(join(outFolder, "file"), "utf8")).toBe("old");
    expect((await readdir(outFolder)).sort()).toEqual(["dir", "file"]);
  });
  it("an output that is a device or a pipe is refused, and stays what it is", async () => {
    const folder = await authorFolder(HELLO);
    const pipe = join(await temporaryFolder(), "out.fnpkg");
    execFileSync("mkfifo", [pipe]);
    const error = await failure(packed(folder, { out: pipe }));
    expect([error.code, error.message]).toEqual(["E_USAGE", `${pipe} is no regular file`]);
    expect((await stat(pipe)).isFIFO()).toBe(true);
  });

  it("the folder form replaces a package and nothing else", async () => {
    const folder = await authorFolder();
    const outFolder = await temporaryFolder();
    const out = `${join(outFolder, "pkg")}/`;
    await packed(folder, { out });
    await packed(folder, { out });
    expect(await verifyPackage(out)).toMatchObject({ files: 2 });
    expect(await codeOf(packed(folder, { out: `${folder}/` }))).toBe("E_USAGE");
    const other = await authorFolder();
    expect(await codeOf(packed(folder, { out: `${other}/` }))).toBe("E_USAGE");
    expect(await readdir(outFolder)).toEqual(["pkg"]);
  });
});

describe("looking inside and comparing", () => {
  it("inspects", async () => {
    const { file, digest } = await packed(await authorFolder());
    expect(await inspectPackage(file)).toMatchObject({
      digest,
      bytes: 117,
      largest: [{ path: "function/index.mjs", size: 84 }, { path: "function/package.json" }],
    });
  });
  it("compares", async () => {
    const a = await packed(await authorFolder({ ...HELLO, "gone.txt": "1", "same.txt": "1" }));
    const b = await packed(
      await authorFolder(
        { ...HELLO, "new.txt": "1", "same.txt": "1", "package.json": "{}" },
        { version: "1.1.0", license: "MIT" },
      ),
    );
    expect(await diffPackages(a.file, b.file)).toMatchObject({
      same: false,
      fields: [
        { path: "/license", from: null, to: "MIT" },
        { path: "/version", from: "1.0.0", to: "1.1.0" },
      ],
      files: { added: ["function/new.txt"], removed: ["function/gone.txt"], changed: ["function/package.json"] },
      dependencies: { added: [], removed: [], changed: [] },
    });
    expect((await diffPackages(a.file, a.file)).same).toBe(true);
  });
  it("stays readable as ContentFile and StoredBody in both forms", async () => {
    const folder = await authorFolder({ ...HELLO, "big.txt": "0123456789".repeat(1000) });
    for (const options of [{}, { store: true }, { out: `${join(await temporaryFolder(), "f")}/` }]) {
      const pkg = await openPackage((await packed(folder, options)).file);
      for (const file of pkg.files) {
        const bytes = await bytesOf(file.read());
        expect(sha256(bytes)).toBe(file.digest);
        const body = await file.stored();
        const stored = await bytesOf(body.bytes());
        expect(stored.byteLength).toBe(body.compressedSize);
      }
      await pkg.close();
    }
  });
  it("gives closed JSON Schemas", () => {
    const { manifest, author } = jsonSchemas();
    for (const schema of [manifest, author])
      expect(schema).toMatchObject({
        $schema: "https://json-schema.org/draft/2020-12/schema",
        type: "object",
        additionalProperties: false,
      });
  });
  it("the file's mode and name", async () => {
    const { file } = await packed(await authorFolder(), { out: join(await temporaryFolder(), "a", "b.fnpkg") });
    expect((await stat(file)).isFile()).toBe(true);
  });
});
