import { describe, expect, it } from "vitest";
import { FnpkgError } from "../../src/errors.ts";
import { parseStrict } from "../../src/yaml.ts";

function failureOf(input: string | Uint8Array): FnpkgError {
  try {
    parseStrict(input, { file: "function-package.yaml" });
  } catch (error) {
    expect(error).toBeInstanceOf(FnpkgError);
    return error as FnpkgError;
  }
  throw new Error("was accepted");
}

describe("item 43: the strict YAML reader", () => {
  it.each([
    ["anchor", "a: &x 1\n"],
    ["alias", "a: &x 1\nb: *x\n"],
    ["billion laughs", `a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n`],
    ["merge key", "a:\n  <<: { b: 1 }\n"],
    ["custom tag", "a: !!js/function 'x'\n"],
    ["python tag", "a: !!python/object:os.system ls\n"],
    ["core tag", "a: !!str 1\n"],
    ["duplicate key", "a: 1\na: 2\n"],
    ["duplicate key in JSON", '{"a":1,"a":2}'],
    ["second document", "a: 1\n---\nb: 2\n"],
    ["tab indentation", "a:\n\tb: 1\n"],
    ["YAML 1.1 directive", "%YAML 1.1\n---\na: no\n"],
    ["tag directive", "%TAG ! tag:example.com,2000:\n---\na: 1\n"],
    ["depth in flow", `${"[".repeat(40)}${"]".repeat(40)}`],
    ["depth in block", Array.from({ length: 40 }, (_, i) => `${" ".repeat(i)}a:`).join("\n")],
    ["unclosed depth bomb", "[".repeat(500_000)],
    ["keys in keys in flow", `{${"a: ".repeat(100_000)}}`],
    ["keys in keys in flow, brackets between", `{a: ${"[1, 2]: ".repeat(50_000)}}`],
    ["dash bomb", "- ".repeat(500_000)],
    ["number key", "1: a\n"],
    ["integer beyond 2^53", "a: 9007199254740993\n"],
    ["not a number", "a: .nan\n"],
    ["lone surrogate", String.raw`{"a":"\ud800"}`],
    ["nul", "a: \0\n"],
  ])("refuses %s", (_, text) => {
    expect(failureOf(text).code).toBe("E_YAML");
  });

  it("refuses UTF-16, with and without a mark, and bytes that are no UTF-8", () => {
    expect(failureOf(Buffer.from("\uFEFFa: 1", "utf16le")).code).toBe("E_YAML");
    expect(failureOf(Buffer.from("a: 1", "utf16le")).message).toContain("UTF-16");
    expect(failureOf(Uint8Array.of(0x61, 0x3a, 0x20, 0xff)).code).toBe("E_YAML");
  });

  it.each(["__proto__", "constructor", "prototype"])("refuses the key %s with E_KEY, at any level", (key) => {
    const error = failureOf(`a:\n  - b: { "${key}": 1 }\n`);
    expect(error.code).toBe("E_KEY");
    expect(error.problems[0]).toMatchObject({
      pointer: `/a/0/b/${key}`,
      line: 2,
      file: "function-package.yaml",
    });
  });

  it("refuses more than 1 MiB with E_LIMIT", () => {
    expect(failureOf(`a: ${"x".repeat(1024 * 1024)}`).code).toBe("E_LIMIT");
  });

  it("reads what YAML 1.2's core schema says", () => {
    const { value } = parseStrict("a: no\nb: 0o17\nc: 1:30\nd: 0x1F\ne: yes\nf: ~\ng: 1e3\nh: 'x'\ni: true\n");
    expect(value).toEqual({
      a: "no",
      b: 15,
      c: "1:30",
      d: 31,
      e: "yes",
      f: null,
      g: 1000,
      h: "x",
      i: true,
    });
  });

  it("takes a byte order mark, CRLF and JSON with tabs", () => {
    expect(parseStrict("\uFEFFa: 1\r\nb:\r\n  - c\r\n").value).toEqual({ a: 1, b: ["c"] });
    expect(parseStrict(Buffer.from("\uFEFFa: 1\n")).value).toEqual({ a: 1 });
    expect(parseStrict('{\n\t"a": {\n\t\t"b": [1, 2,\n\t\t3],\n\t\t"c": "\\ud83d\\ude00\\/"\n\t}\n}\n').value).toEqual({
      a: { b: [1, 2, 3], c: "😀/" },
    });
  });

  it("counts levels, not the entries of a flow map that stands in one line", () => {
    const entries = Array.from({ length: 500 }, (_, i) => `k${i}: v`).join(", ");
    expect(Object.keys(parseStrict(`a: { ${entries} }\nb: [ { ${entries} }, { ${entries} } ]\n`).value as object)).toEqual([
      "a",
      "b",
    ]);
    expect(parseStrict(`{${Array.from({ length: 500 }, (_, i) => `"k${i}":${i}`).join(",")}}`).value).toHaveProperty("k499", 499);
  });

  it("locates keys, items and, for what is missing, the nearest parent", () => {
    const { locate } = parseStrict("a:\n  b~/c:\n    - x\n    - y\n");
    expect(locate("/a")).toEqual({ line: 1, column: 1 });
    expect(locate("/a/b~0~1c/1")).toEqual({ line: 4, column: 7 });
    expect(locate("/a/zzz/0")).toEqual({ line: 1, column: 1 });
    expect(locate("")).toEqual({ line: 1, column: 1 });
  });

  it("collects every problem with its line", () => {
    expect(failureOf("a: &x 1\nb: !t 2\nc: *x\n").problems.map((p) => p.line)).toEqual([1, 2, 3]);
  });
});
