/** `apply`: plans, does the steps as parallel as their needs allow, and reads everything back. */
import type { ContentInfo, Live, Outputs } from "../contract.ts";
import { FnpkgError, throwIfAny } from "../errors.ts";
import { canonical } from "../json.ts";
import type { JsonObject } from "../json.ts";
import type { ApplyEvent } from "./events.ts";
import type { ApplyInput } from "./input.ts";
import { judge } from "./judge.ts";
import type { Verdict } from "./judge.ts";
import { findAll, look } from "./look.ts";
import type { Found } from "./look.ts";
import { removalOf } from "./order.ts";
import { derivationOf, mustBe, prepare } from "./plan.ts";
import type { Prepared } from "./plan.ts";
import { readBack } from "./read-back.ts";
import type { Made } from "./read-back.ts";
import type { Receipt } from "./receipt.ts";
import { referencesIn, resolve } from "./references.ts";
import { startRun } from "./run.ts";
import type { Run } from "./run.ts";
import { streamed } from "./stream.ts";
import { problemOf, wantOf } from "./survey.ts";
import type { Sight } from "./survey.ts";
import { runTasks } from "./tasks.ts";
import type { Task } from "./tasks.ts";
import { told, withProgress } from "./telling.ts";
import type { Tell } from "./telling.ts";
import { erase, write } from "./write.ts";

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
      const lives = isDone(prepared) ? livesOf(prepared) : await work(run, input, prepared, tell);
      if (isDone(prepared)) emit({ event: "unchanged", ...of });
      emit({ event: "receipt", ...of, receipt: receiptOf(input, prepared, lives) });
    } finally {
      run.close();
    }
  });
}

/** What the steps share while they run. */
interface Work<Client> {
  readonly run: Run<Client>;
  readonly prepared: Prepared<Client>;
  readonly input: { readonly package: string; readonly adopt: boolean };
  readonly tell: Tell;
  readonly outputs: Map<string, Outputs>;
  readonly made: Map<string, Made<Client>>;
  /** Ids that were made again: what stood on them may be gone with them. */
  readonly replaced: Set<string>;
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
    return readBack(run, [...all.made.values()], unwanted);
  });
}

async function upsert<Client>(all: Work<Client>, id: string): Promise<void> {
  const { run, prepared, tell } = all;
  const sight = prepared.sights.get(id);
  if (sight === undefined) return;
  const { kind } = sight.resource;
  const props = resolved(all, sight);
  all.made.set(id, { sight, props });
  const now = await current(all, sight, props);
  const want = wantOf(sight, props);
  const { action } = judge(sight.lifecycle, want, now.live);
  const planned = prepared.verdicts.get(id)?.action ?? "keep";
  if (action === "keep" && now.live !== undefined) {
    all.outputs.set(id, now.live.outputs);
    if (planned !== "keep") tell.step({ action: planned, kind, id, status: "unchanged" });
    return;
  }
  if (action === "keep") return;
  if (action === "replace" && planned !== "replace") {
    throw new FnpkgError("E_PLAN", `${kind} "${id}" must be replaced, which the plan did not say`, { target: run.adapter.name });
  }
  const step = { action, kind, id } as const;
  const outputs = await tell.during(step, (say) => {
    const { live, elsewhere } = now;
    return write(run, { ...step, lifecycle: sight.lifecycle, want, live, elsewhere, adopt: all.input.adopt, ...say });
  });
  all.outputs.set(id, outputs);
  if (action === "replace") all.replaced.add(id);
}

async function drop<Client>({ run, tell }: Work<Client>, thing: Found): Promise<void> {
  await tell.during({ action: "delete", kind: thing.kind, id: thing.id }, (say) => erase(run, thing, say));
}

/** What was open when the thing was looked at, put in. */
function putIn<Client>({ outputs }: Work<Client>, props: JsonObject): JsonObject {
  return resolve(props, (id, output) => outputs.get(id)?.[output]).props;
}

/** Every reference put in. */
function resolved<Client>({ run, outputs }: Work<Client>, { resource }: Sight<Client>): JsonObject {
  const { props } = resolve(resource.props, (id, output) => {
    const known = outputs.get(id);
    if (known !== undefined && Object.hasOwn(known, output) && typeof known[output] === "string") return known[output];
    throw new FnpkgError(
      "E_CONTRACT",
      `${resource.kind} "${resource.id}" refers to the output ${output} of "${id}", which has none`,
      {
        target: run.adapter.name,
      },
    );
  });
  return props;
}

/** What is there now: the plan's look where it still holds, else a new one. */
async function current<Client>(
  all: Work<Client>,
  sight: Sight<Client>,
  props: JsonObject,
): Promise<{ live: Live | undefined; elsewhere: boolean }> {
  const { run, prepared } = all;
  const { kind, id } = sight.resource;
  const below = [...beneath(prepared, id)];
  const shaken = below.some((other) => all.replaced.has(other));
  const same = canonical(props) === canonical(putIn(all, sight.props));
  const open = referencesIn(sight.props).map((reference) => reference.id);
  const stoodOnNothing =
    sight.live === undefined && sight.unseen !== true && open.every((other) => prepared.verdicts.get(other)?.action === "create");
  const holds = open.length === 0 || stoodOnNothing;
  if (!shaken && same && holds) return { live: sight.live, elsewhere: sight.elsewhere };

  let live = await look(run, sight.lifecycle, { kind, id, props });
  let elsewhere = false;
  if (live === undefined && sight.live !== undefined) {
    live = (await findAll(run, [kind])).find((thing) => thing.id === id)?.live;
    elsewhere = live !== undefined;
  }
  throwIfAny(problemOf(run, all.input, { kind, id }, live, sight.lifecycle, { ...sight, props }), `${kind} "${id}"`);
  return { live, elsewhere };
}

/** Everything that a resource waits for, directly or not. */
function beneath<Client>({ graph }: Prepared<Client>, id: string): Set<string> {
  const seen = new Set<string>();
  const open = [...(graph.waitsFor.get(id) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    open.push(...(graph.waitsFor.get(next) ?? []));
  }
  return seen;
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
  return {
    target: plan.target,
    deployment: plan.deployment,
    packageDigest: plan.packageDigest,
    configDigest: plan.configDigest,
    adapter: derivationOf(input).adapter,
    layoutDigest: input.content.digest,
    ...(archiveSha256 === undefined ? {} : { archiveSha256 }),
    resources,
    url: resources.find(({ outputs }) => outputs["url"] !== undefined)?.outputs["url"] ?? null,
  };
}
