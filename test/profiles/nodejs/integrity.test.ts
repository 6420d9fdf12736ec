import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkBytes, digestOfIntegrity } from "../../../src/profiles/nodejs/integrity.ts";
import { sri } from "./world.ts";

const bytes = Buffer.from("hello");
const hex = (algorithm: string) => createHash(algorithm).update(bytes).digest("hex");

describe("integrity strings", () => {
  test("the strongest accepted algorithm counts", () => {
    expect(digestOfIntegrity(`${sri(bytes, "sha1")} ${sri(bytes, "sha256")} ${sri(bytes, "sha512")}?opt`)).toEqual({
      digest: `sha512:${hex("sha512")}`,
    });
    expect(digestOfIntegrity(`${sri(bytes, "sha256")} ${sri(bytes, "sha384")}`)).toEqual({ digest: `sha384:${hex("sha384")}` });
  });

  test.each([
    ["only sha1", sri(bytes, "sha1"), /only sha1/],
    ["only md5", sri(bytes, "md5"), /only md5/],
    ["empty", "", /empty/],
    ["cut off", sri(bytes).slice(0, -6), /malformed/],
    ["not base64", "sha512-!!!!", /malformed/],
    ["two different ones", `${sri(bytes)} ${sri(Buffer.from("other"))}`, /two different/],
    ["a prototype's name", "constructor-abc", /only constructor/],
  ])("%s is refused", (_, text, message) => {
    const found = digestOfIntegrity(text);
    expect("problem" in found && found.problem).toMatch(message);
  });

  test("any bytes come back as their digest, in any company", () => {
    fc.assert(
      fc.property(
        fc.uint8Array(),
        fc.constantFrom("sha256", "sha384", "sha512"),
        fc.array(fc.constantFrom("sha1-abc", "md5-x", "junk")),
        (data, algorithm, company) => {
          const found = digestOfIntegrity([...company, sri(data, algorithm)].join(" "));
          expect(found).toEqual({ digest: `${algorithm}:${createHash(algorithm).update(data).digest("hex")}` });
        },
      ),
    );
  });

  test("any text gives an answer", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const found = digestOfIntegrity(text);
        expect("digest" in found || "problem" in found).toBe(true);
      }),
    );
  });

  test("size is checked before the digest", () => {
    const digest = `sha256:${hex("sha256")}`;
    expect(() => checkBytes(bytes, { digest, size: 5 }, "x")).not.toThrow();
    expect(() => checkBytes(bytes, { digest, size: 6 }, "x")).toThrow(expect.objectContaining({ code: "E_SIZE" }));
    expect(() => checkBytes(Buffer.from("hallo"), { digest }, "x")).toThrow(expect.objectContaining({ code: "E_DIGEST" }));
    expect(() => checkBytes(bytes, { digest: `sha1:${hex("sha1")}` }, "x")).toThrow(
      expect.objectContaining({ code: "E_DIGEST" }),
    );
  });
});
