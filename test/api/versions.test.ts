/** What `promote` and `rollback` answer: the marks of what is live, read back. */
import { describe, expect, it } from "vitest";
import { receiptOf } from "../../src/api/versions.ts";
import type { Adapter, Owned } from "../../src/contract.ts";
import { startRun } from "../../src/engine/run.ts";

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const mark = { deployment: "app", package: "acme/app", resource: "function" };
const derivation = {
  packageDigest: digest("1"),
  configDigest: digest("2"),
  adapter: "fake@1",
  layoutDigest: digest("3"),
  archiveSha256: "4".repeat(64),
};

/** An adapter of two kinds, of which only what is live counts. */
function receipt(live: { readonly function: readonly Owned<object>[]; readonly trigger: readonly Owned<object>[] }) {
  const kinds = {
    "fake/Function": { anchor: true, find: () => Promise.resolve(live.function) },
    "fake/Trigger": { find: () => Promise.resolve(live.trigger) },
  };
  const adapter = { name: "fake", kinds } as unknown as Adapter;
  const run = startRun({ adapter, client: {}, deployment: "app" }, { package: "acme/app" });
  return receiptOf(adapter, run).finally(() => run.close());
}

const state = "ready";

describe("the receipt after traffic moved", () => {
  it("has the shape of deploy's", async () => {
    const found = await receipt({
      function: [{ id: "function", live: { props: {}, outputs: { version: "3" }, mark, derivation, state } }],
      trigger: [{ id: "web", live: { props: {}, outputs: { url: "https://x.example" }, mark, state } }],
    });
    expect(found).toEqual({
      target: "fake",
      deployment: "app",
      packageDigest: digest("1"),
      configDigest: digest("2"),
      adapter: "fake@1",
      layoutDigest: digest("3"),
      archiveSha256: "4".repeat(64),
      resources: [
        { kind: "fake/Function", id: "function", outputs: { version: "3" } },
        { kind: "fake/Trigger", id: "web", outputs: { url: "https://x.example" } },
      ],
      url: "https://x.example",
    });
  });

  it("is E_READ_BACK when the function is gone meanwhile", async () => {
    await expect(receipt({ function: [], trigger: [] })).rejects.toMatchObject({ code: "E_READ_BACK", exit: 1 });
  });
});
