import { describe, expect, it } from "vitest";
import { apply, destroy, makePlan, status } from "../../src/engine/index.ts";
import type { ApplyEvent } from "../../src/engine/index.ts";
import { FnpkgError } from "../../src/errors.ts";
import { virtualClock } from "../../src/testing/clock.ts";
import { all, receiptOf } from "../fakes/events.ts";
import { code, inputOf, small, snapshot, world, worldAdapter } from "../fakes/world.ts";

async function failureOf(work: Promise<unknown>): Promise<FnpkgError> {
  try {
    await work;
  } catch (cause) {
    if (cause instanceof FnpkgError) return cause;
    throw cause;
  }
  throw new Error("it did not fail");
}
const actions = (events: readonly ApplyEvent[]) =>
  events.flatMap((e) => (e.event === "step" && e.status === "done" ? [`${e.action} ${e.kind} ${e.id}`] : []));

describe("apply", () => {
  it("creates in order and ends with a receipt", async () => {
    const it = world();
    const events = await all(apply(inputOf(it, small())));
    expect(actions(events)).toEqual(["create Function function", "create Trigger tick"]);
    const last = events.at(-1);
    expect(last).toMatchObject({
      event: "receipt",
      target: "world",
      deployment: "f",
      receipt: {
        adapter: "world@1",
        url: "https://f.example",
        resources: [
          { kind: "Function", id: "function" },
          { kind: "Trigger", id: "tick" },
        ],
      },
    });
    expect(it.things.get("Trigger/f--tick")?.props["Links"]).toEqual(["arn:Function/f"]);
    expect(it.things.get("Function/f")?.derivation?.archiveSha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it("makes only reads when nothing changed, and says so", async () => {
    const it = world();
    await all(apply(inputOf(it, small())));
    const before = { writes: it.writes.length, state: snapshot(it) };
    it.reads = 0;
    const content = code("one");
    const events = await all(apply(inputOf(it, small(), { content })));
    expect(events.map(({ event }) => event)).toEqual(["plan", "unchanged", "receipt"]);
    expect({ writes: it.writes.length, state: snapshot(it) }).toEqual(before);
    expect(content.built()).toBe(0);
    // Five searches, and beside them a look at the one thing whose address is known from the start.
    expect(it.reads).toBe(6);
  });

  it("uploads code that changed, and code that was changed by others", async () => {
    const it = world();
    await all(apply(inputOf(it, small())));
    const two = code("two");
    expect(actions(await all(apply(inputOf(it, small(), { content: two }))))).toEqual(["update Function function"]);
    expect(two.built()).toBe(1);
    const thing = it.things.get("Function/f");
    if (thing === undefined) throw new Error("gone");
    it.things.set("Function/f", { ...thing, archiveSha256: "0".repeat(64) });
    expect(actions(await all(apply(inputOf(it, small(), { content: two }))))).toEqual(["update Function function"]);
    expect(two.built()).toBe(2);
  });

  it("removes what is no longer wanted, after what stands on it", async () => {
    const it = world();
    const stone = { kind: "Stone", id: "stone", props: { Name: "stone", Links: [{ "Fn::GetAtt": ["function", "Arn"] }] } };
    const hung = { kind: "Trigger", id: "hung", props: { Name: "hung", Links: [{ "Fn::GetAtt": ["stone", "Arn"] }] } };
    await all(apply(inputOf(it, [...small(), stone, hung])));
    expect(actions(await all(apply(inputOf(it, small()))))).toEqual([
      "update Function function",
      "delete Trigger hung",
      "delete Stone stone",
    ]);
  });

  it("removes what stands on a thing before that is made again", async () => {
    const it = world();
    const stone = (size: number) => ({
      kind: "Stone",
      id: "stone",
      props: { Name: "stone", Size: size, Links: [{ "Fn::GetAtt": ["function", "Arn"] }] },
    });
    const hung = { kind: "Trigger", id: "hung", props: { Name: "hung", Links: [{ "Fn::GetAtt": ["stone", "Arn"] }] } };
    const adapter = worldAdapter(it, { strict: true });
    await all(apply({ ...inputOf(it, [...small(), stone(1), hung]), adapter }));
    const events = await all(apply({ ...inputOf(it, [...small(), stone(2)]), adapter }));
    expect(actions(events)).toEqual(["delete Trigger hung", "update Function function", "replace Stone stone"]);
  });

  it("refuses what it did not make, all at once, and takes it over when told", async () => {
    const it = world();
    it.things.set("Function/f", {
      kind: "Function",
      props: { Name: "f", Shape: "a" },
      outputs: { Arn: "arn:Function/f" },
      mark: null,
    });
    it.things.set("Trigger/f--tick", {
      kind: "Trigger",
      props: { Name: "f--tick" },
      outputs: { Arn: "arn:Trigger/f--tick" },
      mark: null,
    });
    const failure = await failureOf(all(apply(inputOf(it, small()))));
    expect(failure.code).toBe("E_NOT_OURS");
    expect(failure.problems).toHaveLength(2);
    expect(it.writes).toEqual([]);
    const plan = await makePlan({
      ...inputOf(it, small()),
      content: { digest: code("one").digest, size: 3, files: 0 },
      adopt: true,
    });
    expect(plan.steps.map(({ action }) => action)).toEqual(["update", "update"]);
    await all(apply({ ...inputOf(it, small()), adopt: true }));
    expect(it.things.get("Function/f")?.mark).toEqual({ deployment: "f", package: "acme/f", resource: "function" });
  });

  it("refuses another package under the same name, and another deployment's thing even when told to take over", async () => {
    const it = world();
    await all(apply(inputOf(it, small())));
    expect((await failureOf(all(apply({ ...inputOf(it, small()), package: "other/f" })))).code).toBe("E_NOT_OURS");
    expect((await failureOf(all(apply({ ...inputOf(it, small()), deployment: "g", adopt: true })))).code).toBe("E_NOT_OURS");
    expect((await failureOf(all(destroy({ ...inputOf(it, small()), package: "other/f" })))).code).toBe("E_NOT_OURS");
    expect((await failureOf(status({ ...inputOf(it, small()), package: "other/f" }))).code).toBe("E_NOT_OURS");
  });

  it("replaces the function only when told, and says what is lost", async () => {
    const it = world();
    await all(apply(inputOf(it, small())));
    const other = small({ Shape: "b" });
    const failure = await failureOf(all(apply(inputOf(it, other))));
    expect(failure.code).toBe("E_REPLACE");
    expect(failure.message).toContain("https://f.example");
    expect(failure.message).toContain('Trigger "tick"');
  });

  it("holds to the plan that was reviewed", async () => {
    const it = world();
    const input = inputOf(it, small());
    const { content, ...rest } = input;
    const plan = await makePlan({ ...rest, content: { digest: content.digest, size: content.size, files: 0 } });
    it.things.set("Note/x", {
      kind: "Note",
      props: { Name: "x" },
      outputs: { Arn: "arn:Note/x" },
      mark: { deployment: "f", package: "acme/f", resource: "x" },
    });
    expect((await failureOf(all(apply({ ...input, plan: plan.digest })))).code).toBe("E_PLAN");
    it.things.delete("Note/x");
    await receiptOf(apply({ ...input, plan: plan.digest }));
  });

  it("fails when what is live at the end is not what was planned", async () => {
    const it = world();
    const input = inputOf(it, small());
    const adapter = {
      ...input.adapter,
      kinds: {
        ...input.adapter.kinds,
        Trigger: { ...input.adapter.kinds["Trigger"], create: async () => ({ Arn: "arn:Trigger/f--tick" }) } as never,
      },
    };
    const failure = await failureOf(all(apply({ ...input, adapter, clock: virtualClock() })));
    expect(failure.code).toBe("E_READ_BACK");
    expect(failure.message).toContain('Trigger "tick"');
  });

  it("shows no secret in plans, events, receipts or errors", async () => {
    const it = world();
    const events = await all(apply(inputOf(it, small())));
    expect(JSON.stringify(events)).not.toContain("s3cr3t");
    const input = inputOf(it, small({ Env: { TOKEN: "an0ther-secret" } }));
    const failing = {
      ...input.adapter.kinds["Function"],
      update: async () => {
        throw new Error("invalid value an0ther-secret (was s3cr3t-value)");
      },
    } as never;
    const seen: ApplyEvent[] = [];
    const failure = await failureOf(
      (async () => {
        for await (const event of apply({
          ...input,
          adapter: { ...input.adapter, kinds: { ...input.adapter.kinds, Function: failing } },
        }))
          seen.push(event);
      })(),
    );
    expect(failure.code).toBe("E_VENDOR");
    const text = JSON.stringify([seen, failure, String(failure.cause), failure.stack]);
    expect(text).not.toMatch(/s3cr3t|an0ther/);
    expect(failure.message).toContain('update Function "function"');
  });

  it("finds drift and repairs it", async () => {
    const it = world();
    await all(apply(inputOf(it, small())));
    const thing = it.things.get("Trigger/f--tick");
    if (thing === undefined) throw new Error("gone");
    it.things.set("Trigger/f--tick", { ...thing, props: { ...thing.props, Rate: 60 } });
    expect(actions(await all(apply(inputOf(it, small()))))).toEqual(["update Trigger tick"]);
    expect(it.things.get("Trigger/f--tick")?.props["Rate"]).toBe(5);
  });

  it("moves a thing to another address without leaving the old one", async () => {
    const it = world();
    await all(apply(inputOf(it, small())));
    const [fn, tick] = small();
    if (fn === undefined || tick === undefined) throw new Error("none");
    const adapter = { ...inputOf(it, []).adapter };
    const kinds = { ...adapter.kinds, Trigger: { ...adapter.kinds["Trigger"], fixed: ["Name"] } as never };
    const events = await all(
      apply({ ...inputOf(it, [fn, { ...tick, props: { ...tick.props, Name: "elsewhere" } }]), adapter: { ...adapter, kinds } }),
    );
    expect(actions(events)).toContain("replace Trigger tick");
    expect([...it.things.keys()].sort()).toEqual(["Function/f", "Trigger/elsewhere"]);
    expect(it.writes.slice(-2)).toEqual(["create Trigger/elsewhere", "delete Trigger/f--tick"]);
  });

  it("takes a renamed thing over where it stands", async () => {
    const it = world();
    await all(apply(inputOf(it, small())));
    const [fn, tick] = small();
    if (fn === undefined || tick === undefined) throw new Error("none");
    const events = await all(apply(inputOf(it, [fn, { ...tick, id: "tock" }])));
    expect(actions(events)).toEqual(["update Function function", "update Trigger tock"]);
    expect(it.things.get("Trigger/f--tick")?.mark?.resource).toBe("tock");
    expect(it.writes.filter((write) => write.startsWith("delete"))).toEqual([]);
  });

  it("removes what stands twice, and keeps the one that is wanted", async () => {
    const it = world();
    await all(apply(inputOf(it, small())));
    const thing = it.things.get("Trigger/f--tick");
    if (thing === undefined) throw new Error("gone");
    it.things.set("Trigger/older", { ...thing, props: { ...thing.props, Name: "older" }, outputs: { Arn: "arn:Trigger/older" } });
    expect(actions(await all(apply(inputOf(it, small()))))).toEqual(["delete Trigger tick"]);
    expect([...it.things.keys()].sort()).toEqual(["Function/f", "Trigger/f--tick"]);
  });

  it("brings what can't serve to ready, and fails when it stays so", async () => {
    const it = world();
    await all(apply(inputOf(it, small())));
    const thing = it.things.get("Trigger/f--tick");
    if (thing === undefined) throw new Error("gone");
    it.things.set("Trigger/f--tick", { ...thing, state: "Failed" });
    expect(actions(await all(apply(inputOf(it, small()))))).toEqual(["update Trigger tick"]);
    const [fn, tick] = small();
    if (fn === undefined || tick === undefined) throw new Error("none");
    const stone = { ...tick, kind: "Stone", id: "stone", props: { ...tick.props, Name: "stone" } };
    await all(apply(inputOf(it, [fn, stone])));
    const made = it.things.get("Stone/stone");
    if (made === undefined) throw new Error("gone");
    it.things.set("Stone/stone", { ...made, state: "Failed" });
    const failure = await failureOf(all(apply({ ...inputOf(it, [fn, stone]), clock: virtualClock() })));
    expect(failure).toMatchObject({ code: "E_READ_BACK", message: 'Stone "stone" is not ready: Failed' });
  });

  it("shows sensitive values nowhere, wherever they stand", async () => {
    const it = world();
    const events = await all(apply({ ...inputOf(it, small({ Note: "pass wordy1 on" })), sensitive: ["wordy1"] }));
    expect(JSON.stringify(events)).not.toContain("wordy1");
    expect(it.things.get("Function/f")?.props["Note"]).toBe("pass wordy1 on");
  });

  it("shows a volatile output as known after apply and writes only what differs then", async () => {
    const it = world();
    const pinned = (memory: number) => [
      ...small({ Memory: memory }),
      { kind: "Note", id: "pin", props: { Name: "pin", Version: { "Fn::GetAtt": ["function", "Version"] } } },
    ];
    await all(apply(inputOf(it, pinned(128))));
    const input = inputOf(it, pinned(256));
    const plan = await makePlan({ ...input, content: { digest: input.content.digest, size: 3, files: 0 } });
    expect(plan.steps.find(({ id }) => id === "pin")).toEqual({
      action: "update",
      kind: "Note",
      id: "pin",
      changes: [{ path: "/Version", from: "Function/f#1", to: "(known after apply)" }],
    });
    await all(apply(input));
    expect(it.things.get("Note/pin")?.props["Version"]).toBe("Function/f#2");
  });
});

describe("destroy", () => {
  it("leaves nothing, twice", async () => {
    const it = world();
    it.things.set("Trigger/foreign", { kind: "Trigger", props: { Name: "foreign" }, outputs: {}, mark: null });
    await all(apply(inputOf(it, small())));
    const first = await receiptOf(destroy(inputOf(it, [])));
    expect(first.receipt.removed).toEqual([
      { kind: "Trigger", id: "tick" },
      { kind: "Function", id: "function" },
    ]);
    expect([...it.things.keys()]).toEqual(["Trigger/foreign"]);
    const second = await all(destroy(inputOf(it, [])));
    expect(second.map(({ event }) => event)).toEqual(["unchanged", "receipt"]);
  });
});

describe("status", () => {
  it("tells absent, ready and drift", async () => {
    const it = world();
    const input = inputOf(it, small());
    expect(await status(input)).toMatchObject({ state: "absent", resources: [], packageDigest: null });
    await all(apply(input));
    const { packageDigest, configDigest, content } = input;
    const against = { packageDigest, configDigest, layoutDigest: content.digest, wanted: () => small() };
    expect(await status({ ...input, verify: true, against })).toMatchObject({
      state: "ready",
      drift: [],
      url: "https://f.example",
      packageDigest,
    });
    const thing = it.things.get("Function/f");
    if (thing === undefined) throw new Error("gone");
    it.things.set("Function/f", { ...thing, archiveSha256: "bad", props: { ...thing.props, Env: { TOKEN: "other" } } });
    const { drift } = await status({ ...input, verify: true, against });
    expect(drift.map(({ path, live }) => [path, live])).toEqual([
      ["/derivation/archiveSha256", "bad"],
      ["/Env/TOKEN", "***"],
    ]);
  });
});
