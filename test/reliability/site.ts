/** One vendor as the properties see it: worlds to deploy into, and what may be deployed. */
import type { Adapter, Clock, Resolved, Trigger } from "fnpkg/adapter";
import type { SamplePackage, Simulator } from "fnpkg/testing";
import fc from "fast-check";

/** What is deployed, as plain data that prints and shrinks well. */
export interface Wanted {
  /** An index into the site's packages. */
  readonly package: number;
  /** Names of the site's triggers. */
  readonly triggers: readonly string[];
  readonly memoryMiB: number;
  /** The value of a sensitive variable; absent: there is no such variable. */
  readonly word?: string;
  readonly tags: { readonly [name: string]: string };
}

type Triggers = readonly string[];

/** A function that answers http, or one that events call, with one of such lists of triggers each. */
export function wanted(
  http: readonly Triggers[],
  events: readonly Triggers[],
  memories: readonly number[],
): fc.Arbitrary<Wanted> {
  const lists = [http, events].flatMap((some, index) => some.map((list) => ({ package: index, triggers: list })));
  const settings = fc
    .record({
      memoryMiB: fc.constantFrom(...memories),
      word: fc.constantFrom(undefined, "correct-horse", "battery-staple"),
      tags: fc.constantFrom({}, { team: "media" }, { team: "shop", stage: "test" }),
    })
    .map(({ word, ...rest }) => ({ ...rest, ...(word === undefined ? {} : { word }) }));
  return fc.tuple(fc.constantFrom(...lists), settings).map(([list, more]) => ({ ...list, ...more }));
}

/** Eight lists of some of the names, the same each time. */
export function someOf(names: Triggers, least: number): Triggers[] {
  return fc.sample(fc.subarray([...names], { minLength: least }), { seed: 1, numRuns: 8 });
}

/** What a configuration says of it, beside a target's section. */
export function partsOf(named: { readonly [name: string]: Trigger }, { triggers, word, memoryMiB, tags }: Wanted) {
  return {
    triggers: triggers.flatMap((name) => named[name] ?? []),
    env: word === undefined ? {} : { WORD: word },
    sensitive: word === undefined ? [] : [word],
    memoryMiB,
    tags,
  };
}

/** The same for each of the names. */
export function lagging(names: readonly string[], ms: number): { readonly [name: string]: number } {
  return Object.fromEntries(names.map((name): [string, number] => [name, ms]));
}

/** How the vendor behaves, apart from faults. */
export interface Manner {
  readonly seed: number;
  readonly latencyMs: number;
  /** Milliseconds that things take to become so; 0: at once. */
  readonly lagMs: number;
  /** Milliseconds for which reads answer what was before. */
  readonly blindMs: number;
}

export interface World {
  readonly simulator: Simulator;
  readonly clock: Clock;
  readonly adapter: Adapter<unknown, object>;
}

export interface Site {
  readonly name: string;
  /** How many plans it has for each that is asked for: calls to some take longer to work out. */
  readonly share: number;
  /** With everything that belongs to others and must be there: queues, roles, topics. */
  open(manner: Manner, clock: Clock): World;
  readonly packages: readonly SamplePackage[];
  readonly wanted: fc.Arbitrary<Wanted>;
  config(wanted: Wanted): Resolved<unknown>;
  /** A deploy over one of another class must delete the function and make it again, which two can't do at once. */
  classOf(wanted: Wanted): string;
  /** Differences by what one who lost leaves to the next deploy: what is made before the function, and memories of kinds. */
  readonly left: RegExp;
  /** The most writes that one step takes, which is what a fault may make be done again. */
  readonly writesOfStep: number;
  /** A snapshot without what may be otherwise, such as what stays after a destroy. */
  plain?(snapshot: unknown): unknown;
  /** Credentials and the like. */
  readonly secrets: readonly string[];
  /** What others own, the same whatever we do; after a destroy without what they hung on things of ours. */
  foreign(world: World, verb: "deploy" | "destroy"): unknown;
}
