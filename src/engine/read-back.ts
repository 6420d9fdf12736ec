/** The end of every deploy: what is live must be what was planned, else it says what differs. */
import type { Live } from "../contract.ts";
import { FnpkgError } from "../errors.ts";
import type { Problem } from "../errors.ts";
import type { Json, JsonObject } from "../json.ts";
import { overtaken, overtaker } from "./fence.ts";
import { differences, ownership } from "./judge.ts";
import { findAll, look } from "./look.ts";
import type { Found } from "./look.ts";
import { poll } from "./poll.ts";
import { redactChanges } from "./redact.ts";
import type { Run } from "./run.ts";
import type { Sight } from "./sight.ts";
import { wantOf } from "./sight.ts";

/** What a resource came to: its props with every reference put in. */
export interface Made<Client> {
  readonly sight: Sight<Client>;
  readonly props: JsonObject;
}

/**
 * Reads every resource until it is as wanted, marked and ready, as long as the target may take to show it.
 * @throws FnpkgError E_READ_BACK with every difference.
 */
export async function readBack<Client>(
  run: Run<Client>,
  made: readonly Made<Client>[],
  removed: readonly Found[],
  /** Also what is owned and not wanted, which another deploy may have made meanwhile. */
  strays: boolean,
): Promise<Map<string, Live>> {
  const seen = new Map<string, Live>();
  const problems: Problem[] = [];
  const anchor = made.find(({ sight }) => sight.derivation !== undefined);
  let told = { at: run.clock.now(), tookMs: 0 };
  const settled = {
    clock: run.clock,
    deadline: Math.min(run.deadline, run.clock.now() + run.settleMs),
    signal: run.stopping,
    guard: run.guard,
  };
  const reading = made.map(async (one) => {
    let wrong: Problem[] = [];
    const { kind, id } = one.sight.resource;
    const good = async (): Promise<Live | undefined> => {
      const at = run.clock.now();
      const live = await ours(run, one);
      if (one === anchor) told = { at, tookMs: run.clock.now() - at };
      wrong = wrongWith(run, one, live);
      return wrong.length === 0 ? live : undefined;
    };
    try {
      seen.set(id, await poll(`${kind} "${id}" to be as planned`, good, settled));
    } catch (cause) {
      if (!(cause instanceof FnpkgError && cause.code === "E_TIMEOUT") || wrong.length === 0) throw cause;
      problems.push(...wrong);
    }
  });
  await Promise.all([...reading, gone(run, removed, made, settled, strays).then((left) => problems.push(...left))]);
  const first = problems[0];
  if (first === undefined) {
    // While the rest was read another may have come to count.
    if (anchor !== undefined && run.clock.now() - told.at > longAgo * told.tookMs) await ours(run, anchor);
    return seen;
  }
  const count = problems.length === 1 ? "" : ` (and ${problems.length - 1} more differences)`;
  throw run.secrets.error(new FnpkgError("E_READ_BACK", `${first.message}${count}`, { problems }));
}

/** As many times as the look at the anchor took: what is read beside it takes two or three calls one after the other. */
const longAgo = 3;

/** @throws FnpkgError E_CONFLICT when another's derivation stands there */
async function ours<Client>(run: Run<Client>, { sight, props }: Made<Client>): Promise<Live | undefined> {
  const { kind, id } = sight.resource;
  const live = await look(run, sight.lifecycle, { kind, id, props });
  const other = live === undefined ? undefined : overtaker(sight, live);
  if (other !== undefined) throw overtaken(run, other);
  return live;
}

function wrongWith<Client>(run: Run<Client>, { sight, props }: Made<Client>, live: Live | undefined): Problem[] {
  const what = `${sight.resource.kind} "${sight.resource.id}"`;
  const problem = (message: string, pointer?: string): Problem => ({
    code: "E_READ_BACK",
    message: `${what} ${message}`,
    target: run.adapter.name,
    ...(pointer === undefined ? {} : { pointer }),
  });
  if (live === undefined) return [problem("is not there after it was written")];
  const owner = ownership(live.mark, sight.mark);
  const problems =
    owner === "ours" ? [] : [problem(owner === "unmarked" ? "carries no mark" : "carries the mark of something else")];
  const changes = redactChanges(differences(sight.lifecycle, wantOf(sight, props), live), sight.lifecycle.secret);
  problems.push(...changes.map(({ path, from, to }) => problem(`${path} is ${brief(from)}, not ${brief(to)} as planned`, path)));
  if (live.state !== "ready") problems.push(problem(`is not ready: ${live.state}`));
  return problems;
}

/** Waits until nothing of what was removed is listed any more; with `strays` nothing at all that is not wanted. */
async function gone<Client>(
  run: Run<Client>,
  removed: readonly Found[],
  made: readonly Made<Client>[],
  settled: Parameters<typeof poll>[2],
  strays: boolean,
): Promise<Problem[]> {
  if (removed.length === 0 && !strays) return [];
  const kinds = strays ? undefined : [...new Set(removed.map(({ kind }) => kind))];
  let left: readonly Found[] = [];
  let stray: readonly Found[] = [];
  const none = async (): Promise<true | undefined> => {
    const now = await findAll(run, kinds);
    stray = now.filter((thing) => strays && !isKnown(thing, made, removed));
    left = removed.filter((thing) =>
      now.some((other) => other.kind === thing.kind && other.id === thing.id && isSame(other.live, thing.live)),
    );
    return left.length === 0 ? true : undefined;
  };
  const problem = ({ kind, id }: Found, message: string): Problem => ({
    code: "E_READ_BACK",
    message: `${kind} "${id}" ${message}`,
    target: run.adapter.name,
  });
  try {
    await poll("what is no longer wanted to be gone", none, settled);
    return stray.map((thing) => problem(thing, "was made meanwhile and is not wanted"));
  } catch (cause) {
    if (!(cause instanceof FnpkgError && cause.code === "E_TIMEOUT") || left.length === 0) throw cause;
    return left.map((thing) => problem(thing, "is still there after it was deleted"));
  }
}

function isKnown<Client>({ kind, id }: Found, made: readonly Made<Client>[], removed: readonly Found[]): boolean {
  const wanted = made.some(({ sight }) => sight.resource.kind === kind && sight.resource.id === id);
  return wanted || removed.some((thing) => thing.kind === kind && thing.id === id);
}

function isSame(a: Live, b: Live): boolean {
  return JSON.stringify([a.outputs, a.props]) === JSON.stringify([b.outputs, b.props]);
}

function brief(value: Json): string {
  const text = JSON.stringify(value);
  return text.length <= 120 ? text : `${text.slice(0, 117)}...`;
}
