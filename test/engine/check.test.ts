import { describe, expect, test } from "vitest";
import type { Limits, Manifest, RuntimeVersion, Target } from "fnpkg/adapter";
import { z } from "zod";
import { builders, checkOf, resolved, type Change, type Setup } from "./check-helper.ts";

const version = (name: string, status: RuntimeVersion["status"], more: Partial<RuntimeVersion> = {}): RuntimeVersion => ({
  version: name,
  status,
  source: "https://vendor.example/runtimes",
  checked: "2026-11-22",
  ...more,
});
const platform = { os: "linux", libc: "glibc", source: "https://vendor.example/os", checked: "2026-11-22" } as const;
const limits: Limits = {
  platforms: [
    { ...platform, architecture: "amd64" },
    { ...platform, architecture: "arm64" },
  ],
  runtimes: {
    nodejs: [
      version("26", "preview"),
      version("24", "supported"),
      version("22", "supported"),
      version("20", "deprecated", { until: "2027-02-01" }),
    ],
    python: [version("3.9", "deprecated"), version("3.12", "supported"), version("3.13", "supported")],
    java: [version("17", "supported"), version("21", "supported")],
    go: [version("binary", "supported", { any: true })],
  },
  libraries: [{ name: "libz", source: "https://vendor.example/os", checked: "2026-11-22" }],
  rows: [
    {
      id: "memory",
      type: "range",
      field: "memory",
      max: 1024,
      unit: "MiB",
      source: "https://vendor.example/limits",
      checked: "2026-11-22",
    },
  ],
};
const target: Target = {
  name: "vendor",
  contract: 1,
  config: z.looseObject({}),
  limits,
  reserved: [
    { path: "/Vendor::Function/Code" },
    { path: "/Vendor::Function/Memory", fields: ["/memory"] },
    { path: "/Vendor::Function/Cpu", fields: ["/cpu"] },
    { path: "/Vendor::Function/Tags/*/Value", fields: ["/tags"] },
  ],
};
const setup: Setup = { target, section: {} };
const needs = (range: string, profile: "nodejs" | "python" | "java" | "go" = "nodejs", more: Change = {}): Change => ({
  ...more,
  manifest: { profile, requires: { runtime: { [profile]: range } } },
});
const codes = (change: Change) => checkOf(setup, change).problems.map(({ code }) => code);

describe("the runtime", () => {
  test.each([
    [">=20", "nodejs", "24"],
    [">=20 <24", "nodejs", "22"],
    [">=22.12", "nodejs", "24"],
    ["^22.3.0", "nodejs", "22"],
    [">=3.9,<3.13", "python", "3.12"],
    ["~=3.12", "python", "3.13"],
    ["==3.12.*", "python", "3.12"],
    [">=3.9, !=3.13.*", "python", "3.12"],
    [">=17", "java", "21"],
    [">=1.22", "go", "binary"],
  ] as const)("%s on %s runs on the highest supported version, %s", (range, profile, expected) => {
    expect(checkOf(setup, needs(range, profile))).toEqual({ runtime: expected, problems: [] });
  });

  test("without a range the highest supported version runs", () => {
    expect(checkOf(setup).runtime).toBe("24");
  });

  test("a range that only a deprecated version meets runs there, with a warning and the date", () => {
    const { runtime, problems } = checkOf(setup, needs("<22"));
    expect(runtime).toBe("20");
    expect(problems).toMatchObject([
      { code: "E_RUNTIME", severity: "warning", message: expect.stringContaining("from 2027-02-01") as unknown },
    ]);
  });

  test("a preview runs only when it is pinned, with a warning", () => {
    const open = checkOf(setup, needs(">=26"));
    expect(open.runtime).toBeUndefined();
    expect(open.problems).toMatchObject([{ code: "E_RUNTIME", hint: expect.stringContaining('runtime: "26"') as unknown }]);
    expect(open.problems[0]?.severity).toBeUndefined();
    const pinned = checkOf(setup, needs(">=26", "nodejs", resolved({ runtime: "26" })));
    expect(pinned.runtime).toBe("26");
    expect(pinned.problems).toMatchObject([{ severity: "warning", message: "nodejs 26 is a preview on vendor" }]);
  });

  test("a pin is taken as it is, or refused", () => {
    expect(checkOf(setup, needs(">=20", "nodejs", resolved({ runtime: "22" }))).runtime).toBe("22");
    const unfit = checkOf(setup, needs(">=24", "nodejs", resolved({ runtime: "22" })));
    expect(unfit.runtime).toBeUndefined();
    expect(unfit.problems).toMatchObject([{ code: "E_RUNTIME", pointer: "/runtime", nearest: ["26", "24"] }]);
    const unknown = checkOf(setup, needs(">=20", "nodejs", resolved({ runtime: "23" })));
    expect(unknown.problems[0]?.message).toContain("which vendor does not have");
  });

  test.each([["<20"], [">=22 <22.5"], ["22.5.x"], ["no range"]])("%s fits nothing: both sides are named", (range) => {
    const { runtime, problems } = checkOf(setup, needs(range));
    expect(runtime).toBeUndefined();
    expect(problems).toMatchObject([{ code: "E_RUNTIME", file: "function-package.json", pointer: "/requires/runtime" }]);
    expect(problems[0]?.message).toContain(`needs nodejs ${range}, vendor has 26 (preview), 24, 22, 20 (deprecated)`);
  });

  test("a profile that the target has no runtime for", () => {
    const bare: Setup = { target: { ...target, limits: { ...limits, runtimes: {} } }, section: {} };
    expect(checkOf(bare).problems).toMatchObject([{ code: "E_RUNTIME", pointer: "/profile" }]);
    expect(checkOf(bare, { manifest: { profile: "docker" } }).problems).toEqual([]);
  });
});

describe("the platform", () => {
  type Platforms = NonNullable<Manifest["requires"]["platforms"]>;
  const on = (platforms: Platforms, architecture: "x86_64" | "arm64" = "x86_64"): Change => ({
    manifest: { requires: { platforms } },
    resolved: { architecture },
  });

  test("any platform of the package will do", () => {
    expect(codes(on([{ os: "linux", architecture: "arm64" }], "arm64"))).toEqual([]);
    expect(
      codes(
        on([
          { os: "linux", architecture: "arm64" },
          { os: "linux", architecture: "amd64", libc: "glibc" },
        ]),
      ),
    ).toEqual([]);
  });

  test("another architecture, C library or system is refused, with the way out", () => {
    const other = checkOf(setup, on([{ os: "linux", architecture: "arm64" }])).problems;
    expect(other).toMatchObject([
      { code: "E_CAPABILITY", pointer: "/requires/platforms", hint: expect.stringContaining("architecture: arm64") as unknown },
    ]);
    expect(codes(on([{ os: "linux", architecture: "amd64", libc: "musl" }]))).toEqual(["E_CAPABILITY"]);
    expect(codes(on([{ os: "windows", architecture: "amd64" }]))).toEqual(["E_CAPABILITY"]);
  });

  test("a library is there when the target vouches for it", () => {
    const libraries = (name: string): Change => ({ manifest: { requires: { libraries: [{ name }] } } });
    expect(codes(libraries("libz"))).toEqual([]);
    expect(checkOf(setup, libraries("libvips")).problems).toMatchObject([
      { code: "E_CAPABILITY", pointer: "/requires/libraries/0", value: "libvips" },
    ]);
  });
});

describe("raw", () => {
  const raw = (props: object, more: Change["resolved"] = {}): Change =>
    resolved({ raw: { "Vendor::Function": { ...props } }, ...more });
  const conflicts = (change: Change) => checkOf(setup, change).problems.map(({ code, pointer }) => `${code} ${pointer ?? ""}`);

  test("code is never touched, at, below or above", () => {
    expect(conflicts(raw({ Code: { S3Bucket: "b" } }))).toEqual(["E_RAW_CONFLICT /targets/vendor/raw/Vendor::Function/Code"]);
    expect(conflicts(raw({ Code: null }))).toEqual(["E_RAW_CONFLICT /targets/vendor/raw/Vendor::Function/Code"]);
    expect(conflicts(resolved({ raw: { "Vendor::Function": null } }))[0]).toBe(
      "E_RAW_CONFLICT /targets/vendor/raw/Vendor::Function",
    );
  });

  test("a key that a neutral field sets, while it is written", () => {
    expect(conflicts(raw({ Memory: 1 }))).toEqual(["E_RAW_CONFLICT /targets/vendor/raw/Vendor::Function/Memory"]);
    expect(conflicts(raw({ Cpu: 1 }))).toEqual([]);
    expect(conflicts(raw({ Cpu: 1 }, { cpu: 1 }))).toEqual(["E_RAW_CONFLICT /targets/vendor/raw/Vendor::Function/Cpu"]);
    expect(conflicts(raw({ SnapStart: {} }))).toEqual([]);
    expect(conflicts(raw({ Tags: { a: { Value: 1 }, b: {} } }, { tags: { a: "1" } }))).toEqual([
      "E_RAW_CONFLICT /targets/vendor/raw/Vendor::Function/Tags/a/Value",
    ]);
  });
});

describe("raw of a kind that the target does not make", () => {
  test("is a typing error, not a patch that goes nowhere", () => {
    const { problems } = checkOf(setup, resolved({ raw: { "Vendor::Funktion": { SnapStart: {} }, "Vendor::Function": {} } }));
    expect(problems).toMatchObject([
      {
        code: "E_UNKNOWN_FIELD",
        message: 'raw patches "Vendor::Funktion", which vendor does not make (did you mean "Vendor::Function"?)',
        pointer: "/targets/vendor/raw/Vendor::Funktion",
        target: "vendor",
      },
    ]);
  });
});

describe("problems", () => {
  const tooMuch = { memoryMiB: 2048 };

  test("carry target, place, value, nearest, hint and source", () => {
    const places = {
      at: (pointer: string) => ({ file: "function-config.yaml", line: 7, pointer: `/targets/vendor/override${pointer}` }),
    };
    expect(checkOf(setup, resolved({ ...tooMuch, places })).problems).toEqual([
      {
        code: "E_TARGET_LIMIT",
        message: "memory 2048Mi: vendor takes at most 1024Mi; nearest: 1024Mi",
        hint: "Use 1024Mi. See https://vendor.example/limits (2026-11-22).",
        file: "function-config.yaml",
        line: 7,
        pointer: "/targets/vendor/override/memory",
        target: "vendor",
        value: 2048,
        nearest: [1024],
        limit: "memory",
        source: "https://vendor.example/limits",
      },
    ]);
  });

  test("never show a value that came from the environment", () => {
    const [problem] = checkOf(setup, resolved({ ...tooMuch, sensitivePointers: ["/memory"] })).problems;
    expect(JSON.stringify(problem)).not.toContain("2048");
    expect(problem?.message).toContain("memory ***");
  });

  test("never show a runtime that came from the environment", () => {
    const { problems } = checkOf(setup, resolved({ runtime: "hunter2", sensitivePointers: ["/runtime"] }));
    expect(problems[0]).toMatchObject({ code: "E_RUNTIME", pointer: "/runtime" });
    expect(JSON.stringify(problems)).not.toContain("hunter2");
  });

  test("never show what stands where a secret's reference belongs", () => {
    const source = { source: "https://vendor.example/secrets", checked: "2026-11-22" } as const;
    const row = {
      id: "secret.id",
      type: "pattern",
      field: "secret.id",
      pattern: /^vault:/,
      expected: "a vault's name",
      ...source,
    } as const;
    const strict: Setup = { section: {}, target: { ...target, limits: { ...limits, rows: [row] } } };
    const secrets = { TOKEN: { ref: { resource: "token", id: "hunter2" } } };
    const { problems } = checkOf(strict, resolved({ secrets }));
    expect(problems.map(({ code, pointer }) => `${code} ${pointer ?? ""}`)).toEqual(["E_TARGET_LIMIT /resources/token/vendor"]);
    expect(problems[0]?.message).toBe("the secret's id ***: vendor takes a vault's name");
    expect(JSON.stringify(problems)).not.toContain("hunter2");
  });

  test("are all found at once", () => {
    const all = checkOf(setup, {
      manifest: {
        requires: {
          runtime: { nodejs: "<1" },
          libraries: [{ name: "libvips" }],
          platforms: [{ os: "darwin", architecture: "arm64" }],
        },
      },
      resolved: { ...tooMuch, raw: { "Vendor::Function": { Code: 1 } } },
    });
    expect(all.problems.map(({ code }) => code)).toEqual([
      "E_RUNTIME",
      "E_CAPABILITY",
      "E_CAPABILITY",
      "E_TARGET_LIMIT",
      "E_RAW_CONFLICT",
    ]);
  });

  test("a resource that two triggers name is one problem", () => {
    const one = builders({ queue: "q", topic: "t", container: "c", stream: "s" });
    const strict: Setup = {
      target: {
        ...target,
        limits: {
          ...limits,
          rows: [
            {
              id: "q",
              type: "pattern",
              field: "queue.source",
              pattern: /^arn/,
              expected: "an ARN",
              source: "s",
              checked: "2026-11-22",
            },
          ],
        },
      },
      section: {},
    };
    const { problems } = checkOf(strict, { triggers: [one.queue(), one.queue({ name: "jobs" })] });
    expect(problems).toMatchObject([{ pointer: "/resources/queue/vendor" }]);
  });

  test("a resource that the target has no id for makes no fact", () => {
    const one = builders({ queue: "q", topic: "t", container: "c", stream: "s" });
    expect(codes({ triggers: [one.stream({ source: { resource: "clicks", id: null } })] })).toEqual([]);
  });

  test("a variable of a service is placed where the service binds it", () => {
    const named: Setup = {
      target: {
        ...target,
        limits: {
          ...limits,
          rows: [{ id: "env", type: "reserved", field: "env.name", names: ["BUCKET"], source: "s", checked: "2026-11-22" }],
        },
      },
      section: {},
    };
    const services = [{ name: "photos", type: "object-storage", keys: { bucket: { env: "BUCKET" } } }];
    const { problems } = checkOf(named, { manifest: { requires: { services } }, resolved: { env: { BUCKET: "b" } } });
    expect(problems).toMatchObject([{ code: "E_RESERVED_ENV", pointer: "/services/photos/keys/bucket" }]);
  });
});
