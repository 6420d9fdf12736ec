import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diff, fromNothing, touches } from "../../src/engine/diff.ts";
import { matches, redactChanges, redactProps, scrubber, secretsIn } from "../../src/engine/redact.ts";
import { isReference, resolve } from "../../src/engine/references.ts";
import { FnpkgError } from "../../src/errors.ts";
import type { JsonObject } from "../../src/json.ts";

describe("diff", () => {
  it("counts only what the wanted props name, at every depth", () => {
    const live = { Memory: 128, Role: "r", Env: { A: "1", THEIRS: "x" }, Vpc: { Subnets: ["a", "b"], Id: "v" } };
    expect(diff({ Memory: 128, Env: { A: "1" }, Vpc: { Subnets: ["a", "b"] } }, live)).toEqual([]);
    expect(diff({ Memory: 256, Env: { A: "2", B: "3" }, Vpc: { Subnets: ["b", "a"] } }, live)).toEqual([
      { path: "/Memory", from: 128, to: 256 },
      { path: "/Env/A", from: "1", to: "2" },
      { path: "/Env/B", from: null, to: "3" },
      { path: "/Vpc/Subnets", from: ["a", "b"], to: ["b", "a"] },
    ]);
  });

  it("compares whole maps entirely", () => {
    const live = { Env: { A: "1", OLD: "x" }, Sets: { a: { K: 1, L: 2 } } };
    expect(diff({ Env: { A: "1" } }, live, { whole: ["/Env"] })).toEqual([{ path: "/Env/OLD", from: "x", to: null }]);
    expect(diff({ Sets: { a: { K: 1 } } }, live, { whole: ["/Sets/*"] })).toEqual([{ path: "/Sets/a/L", from: 2, to: null }]);
  });

  it("takes null and absent for the same, empty and absent not", () => {
    expect(diff({ A: null }, {})).toEqual([]);
    expect(diff({ A: [] }, {})).toEqual([{ path: "/A", from: null, to: [] }]);
    expect(diff({ A: null }, { A: { B: 1 } })).toEqual([{ path: "/A", from: { B: 1 }, to: null }]);
  });

  it("escapes pointers and knows no inherited keys", () => {
    expect(diff({ "a/b~c": 1, constructor: "x" }, {})).toEqual([
      { path: "/a~1b~0c", from: null, to: 1 },
      { path: "/constructor", from: null, to: "x" },
    ]);
  });

  it("shows open references as known after apply", () => {
    expect(diff({ Arn: { "Fn::GetAtt": ["f", "Arn"] } }, { Arn: "arn" })).toEqual([
      { path: "/Arn", from: "arn", to: "(known after apply)" },
    ]);
    expect(fromNothing({ L: [{ "Fn::GetAtt": ["f", "Arn"] }] })).toEqual([
      { path: "/L", from: null, to: ["(known after apply)"] },
    ]);
  });

  it("finds changes in fixed properties", () => {
    expect(touches([{ path: "/Code/Type", from: 1, to: 2 }], ["Code"])).toBe(true);
    expect(touches([{ path: "/Coded", from: 1, to: 2 }], ["Code"])).toBe(false);
    const within = ["/Target/Arn"] as const;
    expect(touches([{ path: "/Target/Arn", from: 1, to: 2 }], within)).toBe(true);
    expect(touches([{ path: "/Target", from: null, to: { Arn: 1 } }], within), "what holds it is made").toBe(true);
    expect(touches([{ path: "/Target/Input", from: 1, to: 2 }], within)).toBe(false);
  });

  it("finds nothing between equal values and something between others", () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue()).filter((o) => !JSON.stringify(o).includes("Fn::GetAtt"));
    fc.assert(
      fc.property(object, (props) => {
        const plain = JSON.parse(JSON.stringify(props)) as JsonObject;
        expect(diff(plain, structuredClone(plain), { whole: ["", "/*"] })).toEqual([]);
        expect(diff({ ...plain, added: 1 }, { ...plain, added: 2 })).toHaveLength(1);
      }),
    );
  });
});

describe("references", () => {
  it("are put in at every depth, and stay where unknown", () => {
    const props = { A: [{ "Fn::GetAtt": ["f", "Arn"] }], B: { C: { "Fn::GetAtt": ["g", "Arn"] } } };
    expect(resolve(props, (id) => (id === "f" ? "arn" : undefined))).toEqual({
      props: { ...props, A: ["arn"] },
      complete: false,
    });
    expect(isReference({ "Fn::GetAtt": ["f", "Arn"] })).toBe(true);
    expect(isReference({ "Fn::GetAtt": ["f"] })).toBe(false);
    expect(isReference("f")).toBe(false);
  });
});

describe("redaction", () => {
  const secret = ["/Env/*", "/List/*/Value"];
  it("hides values in props and changes, from and to, and those that contain them", () => {
    const props = { Env: { A: "one", B: null }, List: [{ Name: "n", Value: "two" }], Plain: "p" };
    expect(redactProps(props, secret)).toEqual({ Env: { A: "***", B: null }, List: [{ Name: "n", Value: "***" }], Plain: "p" });
    expect(
      redactChanges(
        [
          { path: "/Env", from: null, to: { A: "one" } },
          { path: "/Env/A", from: "old", to: null },
          { path: "/Env/A/deep", from: "old", to: "new" },
          { path: "/Plain", from: "p", to: "q" },
        ],
        secret,
      ),
    ).toEqual([
      { path: "/Env", from: null, to: { A: "***" } },
      { path: "/Env/A", from: "***", to: null },
      { path: "/Env/A/deep", from: "***", to: "***" },
      { path: "/Plain", from: "p", to: "q" },
    ]);
    expect(secretsIn(props, secret)).toEqual([]);
    const longer = { Env: { A: "one-secret", B: "https", C: "Http", D: "abcdef" } };
    expect(secretsIn(longer, ["/Env/*"]), "but for short words").toEqual(["one-secret", "Http", "abcdef"]);
    expect(matches("/Env/*", "/Env")).toBe(false);
  });

  it("takes secrets out of errors with their causes, and leaves others as they are", () => {
    const secrets = scrubber();
    const error = new FnpkgError("E_VENDOR", "no hunter22 here", { cause: new Error("hunter22") });
    expect(secrets.error(error)).toBe(error);
    secrets.add(["hunter22", "x"]);
    const clean = secrets.error(error);
    expect(clean.code).toBe("E_VENDOR");
    expect(JSON.stringify([clean, clean.message, String(clean.cause)])).not.toContain("hunter22");
    const harmless = new FnpkgError("E_VENDOR", "x");
    expect(secrets.error(harmless)).toBe(harmless);
  });
});
