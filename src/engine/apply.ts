/** `apply`: plans, does the steps as parallel as their needs allow, and reads everything back. */
import type { ContentInfo, Derivation, Live } from "../contract.ts";
import { FnpkgError } from "../errors.ts";
import type { ApplyEvent } from "./events.ts";
import type { ApplyInput } from "./input.ts";
import type { Verdict } from "./judge.ts";
import { fenceOf, isOvertaken, overtaken, overtaker } from "./fence.ts";
import { shareOf } from "./look.ts";
import { removalOf } from "./order.ts";
import { derivationOf, mustBe, prepare } from "./plan.ts";
import type { Prepared } from "./plan.ts";
import { readBack } from "./read-back.ts";
import type { Receipt } from "./receipt.ts";
import { startRun } from "./run.ts";
import type { Run } from "./run.ts";
import { drop, upsert } from "./steps.ts";
import type { Work } from "./steps.ts";
import { streamed } from "./stream.ts";
import { runTasks } from "./tasks.ts";
import type { Task } from "./tasks.ts";
import { told, withProgress } from "./telling.ts";
import type { Tell } from "./telling.ts";

/**
 * Deploys. The last event is the receipt; a failure is thrown. Killed or interrupted anywhere, the next one ends in the same
 * state. When everything is as wanted, only reads are made.
 */
export function apply<Section, Client>(input: ApplyInput<Section, Client>): AsyncGenerator<ApplyEvent, void, void> {
  return streamed<ApplyEvent>(async (emit, left) => {
    const signal = AbortSignal.any([left, ...(input.signal === undefined ? [] : [input.signal])]);
    const { plan: reviewed, content, ...rest } = input;
    const of = { target: input.adapter.name, deployment: input.deployment } as const;
    const info: ContentInfo = { digest: content.digest, size: content.size, files: content.entries.length };
    const derivation = derivationOf(input);
    const progress = (message: string) => emit({ event: "progress", ...of, message });
    const run = startRun({ ...rest, signal }, { package: input.package, derivation, content, progress });
    try {
      const tell = told(run, (event) => emit({ ...of, ...event }));
      const prepared = await withProgress(tell, [], () => prepare(run, { ...rest, content: info }));
      emit({ event: "plan", ...of, plan: prepared.plan });
      mustBe(prepared.plan, reviewed);
      const lives = isDone(prepared)
        ? livesOf(prepared)
        : await worked(run, input, prepared, tell, () => prepare(run, { ...rest, content: info }));
      if (isDone(prepared)) emit({ event: "unchanged", ...of });
      emit({ event: "receipt", ...of, receipt: receiptOf(input, prepared, lives) });
    } finally {
      run.close();
    }
  });
}

/** How often the work is done in all, where something else changes what it did. */
const ROUNDS = 3;

/**
 * Works, and where something was changed behind it, which may also make the vendor refuse what follows, works once more, as long as
 * it is this deploy that counts. What would have to be made again then is left, unless that is allowed: the plan did not say so.
 */
async function worked<Section, Client>(
  run: Run<Client>,
  input: ApplyInput<Section, Client>,
  prepared: Prepared<Client>,
  tell: Tell,
  again: () => Promise<Prepared<Client>>,
  round = 1,
): Promise<ReadonlyMap<string, Live>> {
  try {
    return await work(run, input, prepared, tell);
  } catch (cause) {
    const beaten = isOvertaken(cause);
    if (!(cause instanceof FnpkgError) || !(beaten || cause.code === "E_READ_BACK" || cause.code === "E_VENDOR")) throw cause;
    if (round === ROUNDS || (cause.code === "E_VENDOR" && tell.done.length === 0)) throw cause;
    const now = await withProgress(tell, prepared.plan.steps, again).catch((failure: unknown) => {
      // A stop is told as such; else what failed first is what counts.
      if (failure instanceof FnpkgError && (failure.code === "E_INTERRUPTED" || failure.code === "E_TIMEOUT")) throw failure;
      return undefined;
    });
    if (now === undefined) throw cause;
    // What was still under way when another's was seen may have been written over it: the last one counts.
    const other = otherOn(prepared, now);
    if (other !== undefined) throw overtaken(run, other);
    if (cause.code === "E_VENDOR" && !isUndone(tell, prepared, now)) throw cause;
    if (isDone(now)) return livesOf(now);
    if (input.replace !== true && [...now.verdicts.values()].some(({ action }) => action === "replace")) throw cause;
    run.cx.progress(`changed by something else meanwhile, so written once more: ${cause.message}`);
    return worked(run, input, now, tell, again, round + 1);
  }
}

/** Whose the anchor is by now, if another's: it counts, and what this run made is left to it. */
function otherOn<Client>(before: Prepared<Client>, now: Prepared<Client>): Derivation | undefined {
  const [was, is] = [before, now].map(({ graph, sights }) => sights.get(graph.anchor));
  return was === undefined || is?.live === undefined ? undefined : overtaker(was, is.live);
}

/** Something that was as wanted, or that this run made so, is another again, or what was to be changed is gone. */
function isUndone<Client>({ done }: Tell, before: Prepared<Client>, now: Prepared<Client>): boolean {
  const written = new Set(done.flatMap(({ id, action }) => (action === "delete" ? [] : [id])));
  return [...now.verdicts].some(([id, { action, changes }]) => {
    const planned = before.verdicts.get(id)?.action;
    if (planned === "update" && action === "create") return true;
    const was = written.has(id) || planned === "keep";
    return was && changes.some(({ path }) => !path.startsWith("/derivation/"));
  });
}

async function work<Section, Client>(
  run: Run<Client>,
  input: ApplyInput<Section, Client>,
  prepared: Prepared<Client>,
  tell: Tell,
): Promise<ReadonlyMap<string, Live>> {
  const { graph, unwanted } = prepared;
  const all: Work<Client> = {
    run,
    prepared,
    input: { package: input.package, adopt: input.adopt === true },
    tell,
    outputs: new Map(),
    made: new Map(),
    replaced: new Set(),
    fence: fenceOf(run, prepared.sights.get(graph.anchor)),
  };
  const goneBefore = removalOf(run.adapter);
  const deletesBefore = (kind: string) =>
    unwanted.flatMap((thing, index) => (goneBefore.get(kind)?.has(thing.kind) === true ? [`-${index}`] : []));
  const replaces = graph.order.filter(({ id }) => prepared.verdicts.get(id)?.action === "replace");
  const upserts = graph.order.map((resource): Task => {
    const needed = (graph.waitsFor.get(resource.id) ?? []).map((id) => `+${id}`);
    const first = replaces.includes(resource) ? deletesBefore(resource.kind) : [];
    return { key: `+${resource.id}`, after: [...needed, ...first], run: () => upsert(all, resource.id) };
  });
  // Nothing is taken away before what takes its place stands, but for what stands on something that must be made again.
  const early = new Set(replaces.flatMap(({ kind }) => deletesBefore(kind)));
  const deletes = unwanted.map((thing, index): Task => {
    const key = `-${index}`;
    const placed = early.has(key) ? [] : upserts.map((task) => task.key);
    return { key, after: [...placed, ...deletesBefore(thing.kind)], run: () => drop(all, thing) };
  });
  return withProgress(tell, prepared.plan.steps, async () => {
    await runTasks([...upserts, ...deletes]);
    run.cx.progress("reading everything back");
    // Who makes the function has the others refused; who changes it may have worked beside another.
    return readBack(run, [...all.made.values()], unwanted, prepared.sights.get(graph.anchor)?.live !== undefined);
  });
}

/** Nothing is to be written, and everything can serve. */
function isDone<Client>({ verdicts, unwanted, sights }: Prepared<Client>): boolean {
  const kept = [...verdicts.values()].every(({ action }: Verdict) => action === "keep");
  return kept && unwanted.length === 0 && [...sights.values()].every(({ live }) => live?.state === "ready");
}

function livesOf<Client>({ sights }: Prepared<Client>): ReadonlyMap<string, Live> {
  return new Map([...sights].flatMap(([id, { live }]) => (live === undefined ? [] : [[id, live]])));
}

function receiptOf<Section, Client>(
  input: ApplyInput<Section, Client>,
  { plan, graph }: Prepared<Client>,
  lives: ReadonlyMap<string, Live>,
): Receipt {
  const resources = graph.order.map(({ kind, id }) => ({ kind, id, outputs: lives.get(id)?.outputs ?? {} }));
  const archiveSha256 = lives.get(graph.anchor)?.derivation?.archiveSha256;
  const traffic = shareOf(lives.values());
  return {
    target: plan.target,
    deployment: plan.deployment,
    packageDigest: plan.packageDigest,
    configDigest: plan.configDigest,
    adapter: derivationOf(input).adapter,
    layoutDigest: input.content.digest,
    ...(archiveSha256 === undefined ? {} : { archiveSha256 }),
    ...(traffic === undefined ? {} : { traffic }),
    resources,
    url: resources.find(({ outputs }) => outputs["url"] !== undefined)?.outputs["url"] ?? null,
  };
}
