import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Resource } from "../../src/contract.ts";
import { orderOf, removalOf } from "../../src/engine/order.ts";
import { inputOf, world } from "../fakes/world.ts";

const { adapter } = inputOf(world(), []);
const one = (kind: string, id: string, needs: string[] = [], props = {}): Resource => ({ kind, id, props, needs });
const ids = (list: readonly Resource[]) => orderOf(adapter, list).order.map(({ id }) => id);

describe("order", () => {
  it("puts the anchor first but for what it needs", () => {
    const list = [one("Trigger", "t"), one("Base", "unrelated"), one("Function", "f", ["b"]), one("Base", "b")];
    expect(ids(list)).toEqual(["b", "f", "t", "unrelated"]);
    const { needs, waitsFor } = orderOf(adapter, list);
    expect(needs.get("t")).toEqual([]);
    expect(waitsFor.get("t")).toEqual(["f"]);
  });

  it("counts references as needs", () => {
    const list = [
      one("Trigger", "t", [], { Deep: [{ At: { "Fn::GetAtt": ["s", "Arn"] } }] }),
      one("Stone", "s"),
      one("Function", "f"),
    ];
    expect(ids(list)).toEqual(["f", "s", "t"]);
  });

  it.each([
    ["an unknown kind", [one("Function", "f"), one("Triger", "t")], /no kind "Triger" \(did you mean "Trigger"\?\)/],
    ["an unknown id", [one("Function", "f", ["g"])], /needs "g", which is no resource/],
    ["the same id twice", [one("Function", "f"), one("Base", "f")], /"f" stands twice/],
    ["a circle", [one("Function", "f", ["b"]), one("Base", "b", ["c"]), one("Base", "c", ["b"])], /b -> c -> b/],
    ["itself", [one("Function", "f", ["f"])], /needs itself/],
    ["no anchor", [one("Base", "b")], /but 0 are/],
    ["two anchors", [one("Function", "f"), one("Function", "g")], /but 2 are/],
    ["a malformed reference", [one("Function", "f", [], { A: { "Fn::GetAtt": "x" } })], /"\/A" is malformed/],
    ["an inherited name", [one("Function", "f"), one("constructor", "c")], /no kind "constructor"/],
  ])("refuses %s", (_, list, message) => {
    expect(() => orderOf(adapter, list)).toThrow(
      expect.objectContaining({ code: "E_CONTRACT", message: expect.stringMatching(message) as string }),
    );
  });

  it("is the same for any order of the input's independent parts, and always right", () => {
    const dag = fc
      .array(fc.array(fc.nat(30), { maxLength: 4 }), { maxLength: 30 })
      .map((rows) => rows.map((row, n) => one("Base", `b${n}`, [...new Set(row.filter((m) => m < n).map((m) => `b${m}`))])));
    fc.assert(
      fc.property(dag, fc.integer(), (list, at) => {
        const all = [...list];
        all.splice(
          Math.abs(at) % (all.length + 1),
          0,
          one(
            "Function",
            "f",
            list.slice(0, 2).map(({ id }) => id),
          ),
        );
        const { order, waitsFor } = orderOf(adapter, all);
        expect(order).toHaveLength(all.length);
        const place = new Map(order.map(({ id }, index) => [id, index]));
        for (const { id } of order)
          for (const need of waitsFor.get(id) ?? []) expect(place.get(need)).toBeLessThan(place.get(id) ?? -1);
      }),
    );
  });

  it("orders long chains", () => {
    const list = Array.from({ length: 20_000 }, (_, n) => one("Base", `b${n}`, n === 0 ? ["f"] : [`b${n - 1}`]));
    expect(ids([...list].reverse().concat(one("Function", "f")))[20_000]).toBe("b19999");
  });
});

describe("removal", () => {
  it("puts the anchor last but for what it stands on", () => {
    const gone = removalOf(adapter);
    expect([...(gone.get("Function") ?? [])].sort()).toEqual(["Note", "Stone", "Trigger"]);
    expect([...(gone.get("Base") ?? [])].sort()).toEqual(["Function", "Note", "Stone", "Trigger"]);
    expect([...(gone.get("Trigger") ?? [])]).toEqual([]);
  });

  it("takes the order of the kinds where none is said", () => {
    const plain = { permissions: {} } as never;
    const kinds = { Role: plain, Function: { permissions: {}, anchor: true } as never, Permission: plain, Subscription: plain };
    const gone = removalOf({ name: "x", kinds });
    expect([...(gone.get("Permission") ?? [])]).toEqual(["Subscription"]);
    expect([...(gone.get("Role") ?? [])].sort()).toEqual(["Function", "Permission", "Subscription"]);
  });

  it("refuses a circle", () => {
    const kinds = { A: { permissions: {}, after: ["B"] } as never, B: { permissions: {}, after: ["A"] } as never };
    expect(() => removalOf({ name: "x", kinds })).toThrow(/circle/);
  });
});
