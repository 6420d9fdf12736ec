/** Kills a command at every point where it can be, runs it again, and tells where the end is not that of a run without a kill. */

export type Verb = "deploy" | "update" | "rollback" | "destroy";
/** `before`: before the point; `lost`: what it asked for was done, and nobody heard of it. */
export type Kind = "before" | "lost";
export const kinds: readonly Kind[] = ["before", "lost"];

/** One target, with everything that is needed to begin each verb from the same state. */
export interface World {
  readonly verbs: readonly Verb[];
  /** How many points there are in a run to its end. */
  points(verb: Verb): Promise<number>;
  /** Kills there, runs again. @throws what is not as without the kill */
  strike(verb: Verb, index: number, kind: Kind): Promise<void>;
  close(): Promise<void>;
}

/** Which kills of a verb. */
export type Choice = (target: string, verb: Verb, points: number) => readonly (readonly [index: number, kind: Kind])[];

/** `FNPKG_KILLS`: `all`, or the beginning of `TARGET VERB INDEX KIND`; without it a few, spread over the verb. */
export function choice(asked: string, sampled: number): Choice {
  const every = (points: number) =>
    Array.from({ length: points }, (_, index) => kinds.map((kind) => [index, kind] as const)).flat();
  if (asked === "") {
    return (target, verb, points) =>
      Array.from({ length: Math.min(sampled, points) }, (_, nth) => {
        // Always the same ones, others for each verb and target.
        const within = (Buffer.from(`${target} ${verb}`).reduce((sum, byte) => (sum * 31 + byte) % 997, 7) % 97) / 97;
        return [Math.floor(((nth + within) * points) / sampled), kinds[(nth + verb.length) % kinds.length] ?? "lost"] as const;
      });
  }
  if (asked === "all") return (_target, _verb, points) => every(points);
  const wanted = asked.split(" ");
  return (target, verb, points) =>
    every(points).filter(([index, kind]) => wanted.every((word, at) => [target, verb, String(index), kind][at] === word));
}

export interface Tally {
  readonly target: string;
  readonly verb: Verb;
  readonly points: number;
  readonly kills: number;
  readonly failures: number;
  readonly seconds: number;
}

/** All kills of a verb. @throws one error that names each failed one, to be replayed */
export async function run(target: string, world: World, verb: Verb, choose: Choice): Promise<Tally> {
  const began = performance.now();
  const points = await world.points(verb);
  const failures: string[] = [];
  const chosen = choose(target, verb, points);
  for (const [index, kind] of chosen) {
    try {
      await world.strike(verb, index, kind);
    } catch (cause) {
      const said = cause instanceof Error ? cause.message : String(cause);
      failures.push(`FNPKG_KILLS="${target} ${verb} ${index} ${kind}" (of ${points})\n${said}`);
      // Hours may pass until the end.
      if (chosen.length > 100) process.stderr.write(`${failures.at(-1)}\n`);
    }
  }
  const tally = {
    target,
    verb,
    points,
    kills: chosen.length,
    failures: failures.length,
    seconds: Math.round((performance.now() - began) / 1000),
  };
  tallies.push(tally);
  if (failures.length > 0)
    throw new Error(`${failures.length} of ${chosen.length} kills did not converge:\n\n${failures.join("\n\n")}`);
  return tally;
}

const tallies: Tally[] = [];

/** What ran of a target, as a table. */
export function table(of: string): string {
  const rows = tallies
    .filter(({ target }) => target === of)
    .map(
      ({ target, verb, points, kills: count, failures, seconds }) =>
        `| ${target} | ${verb} | ${points} | ${count} | ${failures} | ${seconds} |`,
    );
  return ["| target | command | points | kills | failures | seconds |", "| --- | --- | --- | --- | --- | --- |", ...rows].join(
    "\n",
  );
}
