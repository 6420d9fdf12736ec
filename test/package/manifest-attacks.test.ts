/** Items 28 to 36: manifests. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { canonical } from "../../src/json.ts";
import { openPackage, type OpenOptions } from "../../src/package/open.ts";
import { verifyPackage } from "../../src/package/verify.ts";
import { failure, temporaryFolder } from "./support/packing.ts";
import { entriesOf, FILES, manifestOver, rawZip, type RawEntry } from "./support/zip.ts";

type Files = Record<string, string | Uint8Array>;

async function verified(manifest: string | object, options?: OpenOptions, files: Files = FILES, more: RawEntry[] = []) {
  const path = join(await temporaryFolder(), "x.fnpkg");
  const [first, ...rest] = entriesOf(files, manifest);
  const sorted = [...rest, ...more].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  await writeFile(path, rawZip([first as RawEntry, ...sorted]));
  return verifyPackage(path, options);
}
async function code(manifest: string | object, options?: OpenOptions, files?: Files, more?: RawEntry[]): Promise<string> {
  return (await failure(verified(manifest, options, files, more))).code;
}
const sound = (fields: object = {}) => manifestOver(FILES, fields);
const text = (fields: object = {}) => canonical(sound(fields));
type FileRow = { path: string; size: number; digest: string };
const withFile = (change: (file: FileRow) => FileRow) =>
  sound({ files: (sound()["files"] as FileRow[]).map((file, i) => (i === 0 ? change(file) : file)) });
const HEX = "a".repeat(64);

describe("files and digests, items 28 to 30", () => {
  it.each(["function-package.json", "blobs/sha256/x", ".fnpkg/x", "function/.fnpkg/x", "../x", "README"])(
    "28: %s in files[] is E_PATH",
    async (path) => {
      expect(await code(withFile((file) => ({ ...file, path })))).toBe("E_PATH");
    },
  );
  it("29: a wrong digest is E_DIGEST, the right one with a wrong size E_SIZE", async () => {
    expect(await code(withFile((file) => ({ ...file, digest: `sha256:${HEX}` })))).toBe("E_DIGEST");
    expect(await code(withFile((file) => ({ ...file, size: 1 })))).toBe("E_SIZE");
  });
  it.each([
    `sha256:${HEX.toUpperCase()}`,
    `sha1:${"a".repeat(40)}`,
    `md5:${"a".repeat(32)}`,
    `sha3:${HEX}`,
    `sha256:${HEX.slice(1)}`,
    `sha512:${"a".repeat(128)}`,
    HEX,
  ])("29: %s as a file's digest is E_DIGEST", async (digest) => {
    expect(await code(withFile((file) => ({ ...file, digest })))).toBe("E_DIGEST");
  });
  it("30: extra, missing, misnamed and unreferenced", async () => {
    expect(await code(sound(), {}, FILES, [{ name: "function/extra", data: "x" }])).toBe("E_EXTRA");
    expect(await code(sound(), {}, FILES, [{ name: "README", data: "x" }])).toBe("E_EXTRA");
    expect(await code(sound(), {}, { "function/index.mjs": FILES["function/index.mjs"] ?? "" })).toBe("E_MISSING");
    const dependency = {
      ecosystem: "npm",
      name: "x",
      version: "1.0.0",
      direct: true,
      delivery: "embedded",
      artifacts: [{ digest: `sha256:${HEX}`, size: 1, filename: "x.tgz" }],
    };
    const embedded = sound({ dependencies: { packages: [dependency] } });
    expect(await code(embedded)).toBe("E_MISSING");
    expect(await code(embedded, {}, FILES, [{ name: `blobs/sha256/${HEX}`, data: "x" }])).toBe("E_DIGEST");
    expect(await code(embedded, {}, FILES, [{ name: `blobs/sha256/${HEX}`, data: "xx" }])).toBe("E_SIZE");
    expect(await code(sound(), {}, FILES, [{ name: `blobs/sha256/${HEX}`, data: "x" }])).toBe("E_EXTRA");
    expect(await code(embedded, {}, FILES, [{ name: `blobs/sha256/${"b".repeat(64)}`, data: "x" }])).toBe("E_MISSING");
    const referenced = sound({ dependencies: { packages: [{ ...dependency, delivery: "referenced" }] } });
    expect(await verified(referenced)).toMatchObject({ files: 2 });
  });
  it("30: filling in a referenced blob keeps the digest", async () => {
    const { createHash } = await import("node:crypto");
    for (const algorithm of ["sha256", "sha384", "sha512"]) {
      const hex = createHash(algorithm).update("tarball").digest("hex");
      const artifact = { digest: `${algorithm}:${hex}`, size: 7, filename: "x.tgz" };
      const manifest = sound({
        dependencies: {
          packages: [
            { ecosystem: "npm", name: "x", version: "1.0.0", direct: true, delivery: "referenced", artifacts: [artifact] },
          ],
        },
      });
      const thin = await verified(manifest);
      const thick = await verified(manifest, {}, FILES, [{ name: `blobs/${algorithm}/${hex}`, data: "tarball" }]);
      expect(thick.digest).toBe(thin.digest);
    }
  });
});

describe("canonical form, items 31 and 32", () => {
  const cases: Record<string, () => string> = {
    "duplicate keys": () => text().replace('"kind":', '"kind":"X","kind":'),
    "a byte order mark": () => `\uFEFF${text()}`,
    "a final newline": () => `${text()}\n`,
    "white space": () => text().replace(",", ", "),
    comments: () => text().replace("{", "{/* x */"),
    "reordered keys": () => JSON.stringify(Object.fromEntries(Object.entries(sound()).reverse())),
    "1.0": () => text().replace('"size":84', '"size":84.0'),
    "1e2": () => text().replace('"size":84', '"size":8.4e1'),
    "-0": () => text().replace('"size":84', '"size":-0'),
    "a negative number": () => text().replace('"size":84', '"size":-84'),
    "a float": () => text().replace('"size":84', '"size":84.5'),
    NaN: () => text().replace('"size":84', '"size":NaN'),
    "2^53": () => text().replace('"size":84', '"size":9007199254740992'),
    "a lone surrogate": () => text({ description: "X" }).replace('"X"', String.raw`"\ud800"`),
    "an escape for a plain character": () => text().replace('"acme/hello"', String.raw`"acme\/hello"`),
    "an upper-case escape": () =>
      text({ description: "\u0001" }).replace(
        String.raw`\u0001`,
        String.raw`\u0001`.toUpperCase().replace("\\U", "\\u") + String.raw`\u000B`,
      ),
    "a key that is not ASCII": () => text({ annotations: { "com.é": "x" } }),
    "no JSON": () => "hello",
    nothing: () => "",
  };
  it.each(Object.keys(cases))("31: %s is E_CANONICAL", async (name) => {
    expect(await code(cases[name]?.() ?? "")).toBe("E_CANONICAL");
  });
  it("31: bytes that are not UTF-8 are E_CANONICAL", async () => {
    const path = join(await temporaryFolder(), "x.fnpkg");
    const broken = Buffer.from(text().replace("acme", "acm\u00ff"), "latin1");
    await writeFile(path, rawZip([{ name: "function-package.json", data: broken }, ...entriesOf().slice(1)]));
    expect((await failure(verifyPackage(path))).code).toBe("E_CANONICAL");
  });
  it.each(["__proto__", "constructor", "prototype"])("32: %s is E_KEY in any map", async (key) => {
    const own = (value: unknown) => JSON.parse(`{"${key}":${JSON.stringify(value)}}`) as object;
    expect(await code(sound({ annotations: own("x") }))).toBe("E_KEY");
    expect(await code(sound({ requires: own("x") }))).toBe("E_KEY");
    expect(
      await code(
        sound({
          requires: {
            env: [{ name: "A", ...JSON.parse("{}"), ...{} }],
            services: [{ name: "s", type: "t", keys: own({ env: "A" }) }],
          },
        }),
      ),
    ).toBe("E_KEY");
    const top = text().replace(/}$/, `,"zz":1}`).replace('"zz"', `"zz":{"${key}":1},"zzz"`);
    expect(await code(top)).toBe("E_KEY");
  });
});

describe("versions and schema, items 33 to 36", () => {
  it("33: another major is E_SPEC_UNSUPPORTED", async () => {
    for (const specVersion of ["2.0", "0.9", "10.0"]) expect(await code(sound({ specVersion }))).toBe("E_SPEC_UNSUPPORTED");
  });
  it.each(["1", 1, "1.0.0", "01.0", "v1.0", "", null, undefined])("33: %j as specVersion is E_SCHEMA", async (specVersion) => {
    expect(await code(sound({ specVersion }))).toBe("E_SCHEMA");
  });
  it("33: an unknown field is E_UNKNOWN_FIELD with a suggestion, in this minor and in a newer one", async () => {
    for (const specVersion of ["1.0", "1.99"]) {
      const error = await failure(verified(sound({ specVersion, requires: { runtime: { nodejs: ">=20" }, enw: [] } })));
      expect(error.code).toBe("E_UNKNOWN_FIELD");
      expect(error.problems[0]).toMatchObject({ pointer: "/requires/enw" });
      expect(error.message).toContain('did you mean "env"?');
    }
  });
  it("33: a newer minor may name fields as ignorable, and may annotate as it likes", async () => {
    const newer = { specVersion: "1.99", requires: { gpu: 1 } };
    expect(await code(sound(newer))).toBe("E_UNKNOWN_FIELD");
    expect(
      await verified(sound({ ...newer, ignorable: ["/requires/gpu"], annotations: { "com.acme.x": { new: 1 } } })),
    ).toMatchObject({ name: "acme/hello" });
    expect(await code(sound({ ...newer, ignorable: ["/requires/cpu"] }))).toBe("E_UNKNOWN_FIELD");
    expect(await code(sound({ ignorable: [] }))).toBe("E_UNKNOWN_FIELD");
    expect(await code(sound({ specVersion: "1.99", ignorable: ["/name"], name: "A" }))).toBe("E_SCHEMA");
  });
  it("34: size, number of files and depth are E_LIMIT before anything is parsed", async () => {
    const path = join(await temporaryFolder(), "x.fnpkg");
    await writeFile(path, rawZip([{ name: "function-package.json", data: Buffer.alloc(100 * 1024 * 1024, "["), deflate: true }]));
    expect((await failure(openPackage(path))).code).toBe("E_LIMIT");
    expect(await code("[".repeat(100_000))).toBe("E_LIMIT");
    expect(await code(`{"a":`.repeat(100_000))).toBe("E_LIMIT");
    const files = Array.from({ length: 50_001 }, (_, i) => ({
      path: `function/${String(i).padStart(6, "0")}`,
      size: 0,
      digest: `sha256:${HEX}`,
    }));
    expect(await code(sound({ files }))).toBe("E_LIMIT");
  });
  it.each(["1.0.0+build", "v1.0.0", "01.0.0", "1.0", `1.0.0-${"a".repeat(300)}`, "1.0.0-", "1.0.0-01", ""])(
    "35: the version %s is E_SCHEMA",
    async (version) => {
      expect(await code(sound({ version }))).toBe("E_SCHEMA");
    },
  );
  it.each(["Acme/x", "..", "a//b", "a/b/c/d/e", "a/", "/a", "a_", `a${"b".repeat(128)}`, ""])(
    "35: the name %s is E_SCHEMA",
    async (name) => {
      expect(await code(sound({ name }))).toBe("E_SCHEMA");
    },
  );
  it.each(["1.0.0-rc.1", "0.0.0", "1.0.0--", "1.2.3-a-b.0"])("35: the version %s is fine", async (version) => {
    expect((await verified(sound({ version }))).version).toBe(version);
  });
  it("36: another digest, name or version than asked for is E_IDENTITY", async () => {
    const { digest } = await verified(sound());
    expect(await verified(sound(), { expect: { digest, name: "acme/hello", version: "1.0.0" } })).toMatchObject({ digest });
    expect(await code(sound(), { expect: { digest: `sha256:${HEX}` } })).toBe("E_IDENTITY");
    expect(await code(sound(), { expect: { name: "acme/other" } })).toBe("E_IDENTITY");
    expect(await code(sound(), { expect: { version: "1.0.1" } })).toBe("E_IDENTITY");
    expect(await code(sound(), { expect: { digest: "sha256:short" } })).toBe("E_DIGEST");
  });
});

describe("rules beyond the schema", () => {
  const cases: [string, string, () => object][] = [
    ["a missing field", "E_SCHEMA", () => sound({ requires: undefined })],
    ["unsorted files", "E_SCHEMA", () => sound({ files: [...(sound()["files"] as unknown[])].reverse() })],
    [
      "a path twice",
      "E_DUPLICATE",
      () => sound({ files: [...(sound()["files"] as FileRow[]), (sound()["files"] as FileRow[])[1]] }),
    ],
    ["executable: false", "E_SCHEMA", () => withFile((file) => ({ ...file, executable: false }) as FileRow)],
    ["an entry point that is not there", "E_ENTRY_POINT", () => sound({ entryPoint: { module: "nope.mjs" } })],
    ["an entry point outside", "E_PATH", () => sound({ entryPoint: { module: "../x.mjs" } })],
    [
      "another profile's entry point",
      "E_UNKNOWN_FIELD",
      () => sound({ entryPoint: { module: "index.mjs", attribute: "handler" } }),
    ],
    ["another profile's runtime", "E_SCHEMA", () => sound({ requires: { runtime: { python: ">=3.12" } } })],
    ["two runtimes", "E_SCHEMA", () => sound({ requires: { runtime: { nodejs: ">=20", go: ">=1.22" } } })],
    ["http with events", "E_SCHEMA", () => sound({ signature: { type: "http", events: [{ type: "x" }] } })],
    [
      "cloudevent with response",
      "E_SCHEMA",
      () => sound({ signature: { type: "cloudevent", events: [{ type: "x" }], response: "streaming" } }),
    ],
    ["cloudevent without events", "E_SCHEMA", () => sound({ signature: { type: "cloudevent", events: [] } })],
    [
      "a dataSchema that is not there",
      "E_MISSING",
      () => sound({ signature: { type: "cloudevent", events: [{ type: "x", dataSchema: "s.json" }] } }),
    ],
    [
      "a lock that is not there",
      "E_MISSING",
      () => sound({ dependencies: { lock: { path: "function/package-lock.json", format: "npm-3" }, packages: [] } }),
    ],
    ["an SBOM that is not there", "E_MISSING", () => sound({ sbom: { path: "meta/sbom.cdx.json", format: "cyclonedx-1.6" } })],
    ["an env name twice", "E_SCHEMA", () => sound({ requires: { env: [{ name: "A" }, { name: "A" }] } })],
    [
      "a service twice",
      "E_SCHEMA",
      () => sound({ requires: { services: [1, 2].map(() => ({ name: "s", type: "t", keys: {} })) } }),
    ],
    ["an env name that is none", "E_ENV", () => sound({ requires: { env: [{ name: "A=B" }] } })],
    ["an env value", "E_UNKNOWN_FIELD", () => sound({ requires: { env: [{ name: "A", value: "x" }] } })],
    ["an env default", "E_UNKNOWN_FIELD", () => sound({ requires: { env: [{ name: "A", default: "x" }] } })],
    ["a memory setting", "E_UNKNOWN_FIELD", () => sound({ memory: "512Mi" })],
    ["triggers", "E_UNKNOWN_FIELD", () => sound({ triggers: [] })],
    [
      "a reference without digest",
      "E_UNPINNED",
      () =>
        sound({
          dependencies: {
            packages: [
              {
                ecosystem: "npm",
                name: "x",
                version: "1.0.0",
                direct: true,
                delivery: "referenced",
                artifacts: [{ filename: "x.tgz" }],
              },
            ],
          },
        }),
    ],
    ...["../x.tgz", "a/b.tgz", "..", "a\\b.tgz", "x\n.tgz"].map((filename): [string, string, () => object] => [
      `an artifact's file name that is a path: ${JSON.stringify(filename)}`,
      "E_PATH",
      () => {
        const artifacts = [{ filename, digest: `sha512:${"a".repeat(128)}` }];
        const listed = { ecosystem: "npm", name: "x", version: "1.0.0", direct: true, delivery: "referenced", artifacts };
        return sound({ dependencies: { packages: [listed] } });
      },
    ]),
    ...["^1.0.0", "1.x", "latest", "git+ssh://git@github.com/a/b.git", "file:../x"].map(
      (version): [string, string, () => object] => [
        `a dependency's version that is none: ${version}`,
        "E_UNPINNED",
        () => {
          const artifacts = [{ filename: "x.tgz", digest: `sha512:${"a".repeat(128)}` }];
          return sound({
            dependencies: {
              packages: [{ ecosystem: "npm", name: "x", version, direct: true, delivery: "referenced", artifacts }],
            },
          });
        },
      ],
    ),
    ["a runtime that is no range", "E_SCHEMA", () => sound({ requires: { runtime: { nodejs: "banana" } } })],
    [
      "a sha1 artifact",
      "E_DIGEST",
      () =>
        sound({
          dependencies: {
            packages: [
              {
                ecosystem: "npm",
                name: "x",
                version: "1.0.0",
                direct: true,
                delivery: "bundled",
                artifacts: [{ filename: "x.tgz", digest: `sha1:${"a".repeat(40)}` }],
              },
            ],
          },
        }),
    ],
    [
      "unsorted dependencies",
      "E_SCHEMA",
      () =>
        sound({
          dependencies: {
            packages: ["b", "a"].map((name) => ({
              ecosystem: "npm",
              name,
              version: "1.0.0",
              direct: true,
              delivery: "bundled",
              artifacts: [],
            })),
          },
        }),
    ],
    ["a docker package without platforms", "E_SCHEMA", () => sound({ profile: "docker", entryPoint: {}, requires: {} })],
    ["an unknown capability", "E_SCHEMA", () => sound({ requires: { capabilities: ["gpu"] } })],
  ];
  it.each(cases)("%s is %s", async (_, expected, manifest) => {
    expect(await code(manifest())).toBe(expected);
  });
});
