import { describe, expect, it } from "vitest";
import { conformance, memoryAdapter, sampleConfig, samplePackage, virtualClock } from "../../src/testing/index.ts";
import type { Fixture, MemoryClient, MemorySection, MemoryThing } from "../../src/testing/index.ts";

const trigger = (name: string) => ({ type: "schedule", name, everySeconds: 60, timezone: "UTC" }) as const;
const base = { target: "memory", section: { region: "here" }, env: { TOKEN: "correct-horse-battery" } };

const fixture: Fixture<MemorySection, MemoryClient> = {
  name: "memory",
  async open() {
    const things = new Map<string, MemoryThing>();
    return {
      adapter: memoryAdapter(things),
      async foreign({ kind, props }) {
        things.set(`${kind}/${String(props["Name"])}`, { kind, props: { ...props, MemoryMiB: 1024 }, mark: null });
      },
      snapshot: async () => Object.fromEntries([...things].sort(([a], [b]) => (a < b ? -1 : 1))),
    };
  },
  pkg: samplePackage({ signature: { type: "cloudevent", events: [{ type: "dev.fnpkg.schedule.fired.v1" }] } }),
  config: sampleConfig({ ...base, triggers: [trigger("a"), trigger("b")] }),
  changed: sampleConfig({
    ...base,
    memoryMiB: 1024,
    env: { TOKEN: "staple-correct-horse" },
    triggers: [trigger("a"), trigger("b")],
  }),
  fewer: sampleConfig({ ...base, triggers: [trigger("a")] }),
  secrets: ["correct-horse-battery", "staple-correct-horse"],
  clock: virtualClock,
};

conformance({ describe, it }, fixture);

describe("the suite itself", () => {
  /** The cases that fail for an adapter that is broken in one way. */
  async function failing(
    broken: (adapter: ReturnType<typeof memoryAdapter>) => ReturnType<typeof memoryAdapter>,
  ): Promise<string[]> {
    const open = async () => {
      const target = await fixture.open();
      return { ...target, adapter: broken(target.adapter) };
    };
    const cases: [string, () => Promise<void>][] = [];
    conformance({ describe: (_, body) => body(), it: (name, body) => cases.push([name, body]) }, { ...fixture, open });
    const failed: string[] = [];
    for (const [name, body] of cases) await body().catch(() => failed.push(name));
    return failed;
  }
  const kind = "Memory::Trigger";

  it("finds a delete that does nothing", async () => {
    const failed = await failing((adapter) => ({
      ...adapter,
      kinds: { ...adapter.kinds, [kind]: { ...adapter.kinds[kind], delete: async () => undefined } as never },
    }));
    expect(failed).toContain("a removed trigger is gone");
    expect(failed).toContain("destroy leaves nothing, and twice is success");
  });

  it("finds a clock in translate", async () => {
    const failed = await failing((adapter) => ({
      ...adapter,
      translate: (input, content) =>
        adapter.translate(input, content).map((one) => ({ ...one, props: { ...one.props, At: Date.now() } })),
    }));
    expect(failed).toContain("layout and translate are pure");
  });

  it("finds secrets in a plan", async () => {
    const failed = await failing((adapter) => {
      const { secret: _, ...open } = adapter.kinds["Memory::Function"] ?? { permissions: {} };
      return { ...adapter, kinds: { ...adapter.kinds, "Memory::Function": open as never } };
    });
    expect(failed).toEqual(["secrets are shown nowhere"]);
  });

  it("finds a find that misses things", async () => {
    const failed = await failing((adapter) => ({
      ...adapter,
      kinds: { ...adapter.kinds, [kind]: { ...adapter.kinds[kind], find: async () => [] } as never },
    }));
    expect(failed).toContain("a removed trigger is gone");
  });

  it("finds a share that is taken from another than what served", async () => {
    const failed = await failing((adapter) => ({
      ...adapter,
      translate: (input, content) =>
        adapter.translate(input, content).map((one) => {
          const shares = one.props["Shares"] as readonly { readonly Share: number }[] | undefined;
          return shares?.length === 2 ? { ...one, props: { ...one.props, Shares: shares.toReversed() } } : one;
        }),
    }));
    expect(failed).toContain("a share of the traffic goes to what is new, the rest stays where it was");
    expect(failed).toContain("the same share again makes only reads, another one is written");
  });

  it("wants a deviation that holds no more to be taken off", async () => {
    const cases: [string, () => Promise<void>][] = [];
    const functions = {
      describe: (_: string, body: () => void) => body(),
      it: (name: string, body: () => Promise<void>) => void cases.push([name, body]),
    };
    conformance(functions, fixture, { "names itself": "it has no name" });
    const [, body] = cases.find(([name]) => name.includes("deviates: it has no name")) ?? [];
    await expect(body?.()).rejects.toThrow("take it off");
  });
});
