/** Items 21 to 28: names. */
import { describe, expect, it } from "vitest";
import { byUtf8, collisions, folded, pathFault, prefixFault } from "../../src/package/paths.ts";

const under = (name: string) => `function/${name}`;
const codes = (paths: string[]) => collisions(paths).map((p) => p.code);

describe("path rules (E_PATH)", () => {
  it.each(["\0", "\n", "\t", "\u007f", "\u0080", "\u009f", "\u202e", "\u202a", "\u2066", "\u2069", "\ufeff", "\ud800"])(
    "21: %j",
    (c) => {
      expect(pathFault(under(`a${c}b`))).toBeDefined();
    },
  );
  it("23: a single name in form NFD", () => {
    expect(pathFault(under("e\u0301"))).toBeDefined();
    expect(pathFault(under("\u00e9"))).toBeUndefined();
  });
  it.each([
    "CON",
    "con",
    "nul.txt",
    "com1.js",
    "COM0",
    "LPT\u00b9",
    "LPT9.tar.gz",
    "aux .txt",
    "AUX",
    "prn.",
    "CONIN$",
    "conout$.x",
    "a.",
    "a ",
    "a.b.",
    "x/NUL/y",
  ])("24: %s", (name) => {
    expect(pathFault(under(name))).toBeDefined();
  });
  it.each(["console.js", "com10", "COM", "nullable.txt", "auxiliary", "lpt.txt", ".con"])("24: %s is fine", (name) => {
    expect(pathFault(under(name))).toBeUndefined();
  });
  it.each(["file.txt:stream", "a<b", "a>b", 'a"b', "a|b", "a?b", "a*b"])("25: %s", (name) => {
    expect(pathFault(under(name))).toBeDefined();
  });
  it("26: long segments, long paths and deep folders", () => {
    expect(pathFault(under("a".repeat(255)))).toBeUndefined();
    expect(pathFault(under("a".repeat(256)))).toBeDefined();
    expect(pathFault(under("é".repeat(128)))).toBeDefined();
    const deep = (length: number) => `function/${"a".repeat(200)}/${"b".repeat(200)}/${"c".repeat(length - 9 - 402)}`;
    expect(deep(512).length).toBe(512);
    expect(pathFault(deep(512))).toBeUndefined();
    expect(pathFault(deep(513))).toBeDefined();
    expect(pathFault(under("a/".repeat(10_000)) + "x")).toBeDefined();
  });
  it.each(["-rf", "$(x)", "it's", "a b", "[id]", "(group)", "@scope/x", "..a", "a..b", "...x", ".env", "日本", "😀"])(
    "27: %s is fine",
    (name) => {
      expect(pathFault(under(name))).toBeUndefined();
    },
  );
  it.each([
    ".fnpkg/x",
    "function/.fnpkg/x",
    "function/.FNPKG/x",
    "function-package.json",
    "blobs/sha256/x",
    "other/x",
    "function",
    "Function/x",
  ])("28: %s in files[]", (path) => {
    expect(prefixFault(path)).toBeDefined();
  });
});

describe("collisions", () => {
  it.each([
    ["README", "readme"],
    ["ﬁ", "fi"],
    ["ß", "SS"],
    ["ẞ", "ss"],
    ["İ", "i\u0307"],
    ["ı", "I"],
    ["ΑΣ", "ας"],
    ["ſ", "S"],
    ["ŉ", "ʼN"],
  ])("22: %s and %s are E_COLLISION", (a, b) => {
    expect(codes([a, b])).toEqual(["E_COLLISION"]);
  });
  it("22: İ and i are not the same", () => {
    expect(folded("İ")).not.toBe(folded("i"));
  });
  it("23: NFC and NFD are E_COLLISION", () => {
    expect(codes(["\u00e9", "e\u0301"])).toEqual(["E_COLLISION"]);
  });
  it("25: a file that is another's folder is E_COLLISION, folded too", () => {
    expect(codes(["a", "a/b"])).toEqual(["E_COLLISION"]);
    expect(codes(["A", "a/b/c"])).toEqual(["E_COLLISION"]);
    expect(codes(["a/b", "a/b.c", "ab"])).toEqual([]);
  });
  it("a path that stands twice is E_DUPLICATE", () => {
    expect(codes(["a", "b", "a"])).toEqual(["E_DUPLICATE"]);
  });
});

it("sorts by UTF-8 bytes", () => {
  const names = ["\u{10000}", "\uffee", "a", "B", "é", "\ud7ff", "a/b", "a-b", "a"];
  const wanted = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  expect([...names].sort(byUtf8)).toEqual(wanted);
});
