/** Two deploys of one name at once: whoever wrote the function last gets what it wanted, and the other is told. */
import { describe, expect, it } from "vitest";
import { seededRandom, type VirtualClock, virtualClock } from "fnpkg/testing";
import type { Resource } from "../../src/contract.ts";
import { apply } from "../../src/engine/index.ts";
import { FnpkgError } from "../../src/errors.ts";
import { canonical, type Json } from "../../src/json.ts";
import { code, inputOf, snapshot, type World, world } from "../fakes/world.ts";

/** Triggers that stand on the function, on its newest version, and one that both want alike. */
function wanted(word: string, rate: number): Resource[] {
  const on = (output: string) => [{ "Fn::GetAtt": ["function", output] }];
  return [
    { kind: "Function", id: "function", props: { Name: "f", Memory: 128, Shape: "a", Env: { WORD: word } } },
    { kind: "Trigger", id: "tick", props: { Name: "f--tick", Rate: rate, Links: on("Arn") } },
    { kind: "Trigger", id: "tock", props: { Name: "f--tock", Rate: rate + 1, Links: on("Version") } },
    { kind: "Note", id: "note", props: { Name: "n", Text: "same", Links: on("Arn") } },
  ];
}

interface Deployed {
  readonly failure?: FnpkgError;
  /** When the function was written. */
  readonly wrote: number;
  readonly ended: number;
}

async function deployed(on: World, clock: VirtualClock, of: Resource[], text: string): Promise<Deployed> {
  let wrote = Number.POSITIVE_INFINITY;
  try {
    const input = { ...inputOf(on, of, { content: code(text) }), clock, random: seededRandom(1) };
    for await (const said of apply(input))
      if (said.event === "step" && said.kind === "Function" && said.status === "done") wrote = clock.now();
    return { wrote, ended: clock.now() };
  } catch (cause) {
    if (!(cause instanceof FnpkgError)) throw cause;
    return { failure: cause, wrote, ended: clock.now() };
  }
}

/** Versions count deploys, and so differ. */
function shown(on: World): string {
  return canonical(JSON.parse(JSON.stringify(snapshot(on)).replaceAll(/#\d+/g, "#N")) as Json);
}

const [a, b] = [wanted("a", 1), wanted("b", 5)];
const cases = [false, true].flatMap((before) => [false, true].map((uneven) => ({ before, uneven })));

describe.each(cases)("at once, with something there before: $before, calls of uneven length: $uneven", ({ before, uneven }) => {
  const open = async () => {
    const [on, clock] = [world(), virtualClock()];
    if (before) await deployed(on, clock, wanted("old", 9), "old");
    return { on, clock };
  };
  const ends = async (of: Resource[], text: string) => {
    const { on, clock } = await open();
    await deployed(on, clock, of, text);
    return shown(on);
  };

  it("ends in one of the two states, and tells the other", async () => {
    const [isA, isB] = [await ends(a, "a"), await ends(b, "b")];
    const told = new Set<string>();
    for (let laterMs = 0; laterMs <= 600; laterMs += 10) {
      const { on, clock } = await open();
      const random = seededRandom(laterMs);
      on.delay = () => clock.sleep(uneven ? 20 + random() * 60 : 50);
      const [one, two] = await Promise.all([
        deployed(on, clock, a, "a"),
        clock.sleep(laterMs).then(() => deployed(on, clock, b, "b")),
      ]);
      const end = shown(on);
      const [won, lost] = end === isA ? [one, two] : [two, one];
      const where = `${laterMs} ms later`;
      expect([isA, isB], where).toContain(end);
      expect(won.failure, where).toBeUndefined();
      if (lost.failure !== undefined) {
        expect(lost.failure.code, where).toBe("E_CONFLICT");
        told.add(lost === one ? "the first" : "the second");
      } else {
        // It was all there when it was read back; a call takes 80 ms at most.
        expect(lost.ended, where).toBeLessThanOrEqual(won.wrote + 80);
      }
    }
    expect(told.size).toBeGreaterThan(0);
  });
});
