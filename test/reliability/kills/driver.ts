/** Kills a command wherever it can be, runs it again, and tells where the end is not that of a run without a kill. */

export type Verb = "deploy" | "update" | "rollback" | "destroy";
/**
 * `before`: before a step is made; `lost`: it was made, and nobody heard of it; `line`: as soon as a line was printed; `time`: after so
 * many thirtieths of the time that it takes.
 */
export type Kind = "before" | "lost" | "line" | "time";

/** How many there are of each kind. */
export type Points = { readonly [kind in Kind]?: number };

/** One target, with everything that is needed to begin each verb from the same state. */
export interface World {
  readonly verbs: readonly Verb[];
  /** By a run to its end. */
  points(verb: Verb): Promise<Points>;
  /** Kills there, runs again; answers whether there was something left to kill. @throws what is not as without the kill */
  strike(verb: Verb, index: number, kind: Kind): Promise<boolean>;
  close(): Promise<void>;
}

type Point = readonly [index: number, kind: Kind];
/** Which of them. */
export type Choice = (target: string, verb: Verb, points: readonly Point[]) => readonly Point[];

export const every: Choice = (_target, _verb, points) => points;

/** The beginning of `TARGET VERB INDEX KIND`. */
export function named(beginning: string): Choice {
  const words = beginning.split(" ");
  return (target, verb, points) =>
    points.filter(([index, kind]) => words.every((word, at) => [target, verb, String(index), kind][at] === word));
}

/** So many, spread over the verb: always the same ones, others for each verb and target. */
export function sample(count: number): Choice {
  return (target, verb, points) => {
    const within = (Buffer.from(`${target} ${verb}`).reduce((sum, byte) => (sum * 31 + byte) % 997, 7) % 97) / 97;
    const nth = Array.from({ length: Math.min(count, points.length) }, (_, at) => at + within);
    return nth.map((at) => points[Math.floor((at * points.length) / nth.length)]).filter((point) => point !== undefined);
  };
}

export interface Tally {
  readonly target: string;
  readonly verb: Verb;
  readonly points: Points;
  readonly kills: number;
  readonly failures: number;
  readonly seconds: number;
}

/** All kills of a verb. @throws one error that names each failed one, to be replayed */
export async function run(target: string, world: World, verb: Verb, choose: Choice): Promise<Tally> {
  const began = performance.now();
  const points = await world.points(verb);
  const failures: string[] = [];
  const all = Object.entries(points).flatMap(([kind, length]) =>
    Array.from({ length }, (_, index): Point => [index, kind as Kind]),
  );
  const chosen = choose(target, verb, all);
  let kills = 0;
  for (const [index, kind] of chosen) {
    try {
      if (await world.strike(verb, index, kind)) kills += 1;
    } catch (cause) {
      const said = cause instanceof Error ? cause.message : String(cause);
      failures.push(`FNPKG_KILLS="${target} ${verb} ${index} ${kind}" (of ${points[kind]})\n${said}`);
      // Hours may pass until the end.
      if (chosen.length > 100) process.stderr.write(`${failures.at(-1)}\n`);
    }
  }
  const seconds = Math.round((performance.now() - began) / 1000);
  const tally = { target, verb, points, kills: kills + failures.length, failures: failures.length, seconds };
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
      ({ target, verb, points, kills, failures, seconds }) =>
        `| ${[target, verb, points.before ?? 0, points.line ?? 0, kills, failures, seconds].join(" | ")} |`,
    );
  return [
    "| target | command | steps | lines | kills | failures | seconds |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}
