/** Which shares a target takes: what it can't keep is said, with the nearest that it can. */
import { describe, expect, it } from "vitest";
import { shareFor } from "../../src/api/traffic.ts";
import { shareOf } from "../../src/cli/args.ts";
import type { Limits } from "../../src/contract.ts";

const looked = { source: "here", checked: "2026-11-22" };
const limits = (traffic?: Limits["traffic"]): Limits => ({
  platforms: [],
  runtimes: {},
  rows: [],
  ...(traffic === undefined ? {} : { traffic }),
});
const operations = { versions: async () => [] } as never;
const fine = { name: "fine", operations, limits: limits(looked) };
const coarse = { name: "coarse", operations, limits: limits({ ...looked, step: 0.01 }) };

describe("a share of the traffic", () => {
  it("is all of it when it is 1 or not given, on every target", () => {
    const none = { name: "none", operations, limits: limits() };
    expect([shareFor(none, 1), shareFor(none, undefined), shareFor(fine, 1)]).toEqual([undefined, undefined, undefined]);
    expect(() => shareFor(none, 0.1)).toThrow("it moves all traffic at once");
    expect(() => shareFor({ ...none, operations: {} as never }, 0.1)).toThrow("it has no versions");
  });

  it.each([0, -0.1, 1.01, Number.NaN])("is E_USAGE for %d", (share) => {
    expect(() => shareFor(fine, share)).toThrow(expect.objectContaining({ code: "E_USAGE" }));
  });

  it("fits the target's steps", () => {
    expect(shareFor(fine, 0.1234)).toBe(0.1234);
    for (let whole = 1; whole < 100; whole++) expect(shareFor(coarse, whole / 100)).toBe(whole / 100);
    const refused = (share: number) => {
      try {
        return shareFor(coarse, share);
      } catch (cause) {
        return cause;
      }
    };
    expect(refused(0.125)).toMatchObject({ code: "E_TARGET_LIMIT", hint: "Use 12% or 13%." });
    expect(refused(0.001)).toMatchObject({ code: "E_TARGET_LIMIT", hint: "Use 1%." });
  });

  it("is read to two decimals of a percentage, exactly", () => {
    expect(["1.1%", "7%", "14.28%", "99.99%", "100%"].map((text) => shareOf(text, "--traffic"))).toEqual([
      0.011, 0.07, 0.1428, 0.9999, 1,
    ]);
    expect(() => shareOf("0%", "--traffic")).toThrow("no share");
  });
});
