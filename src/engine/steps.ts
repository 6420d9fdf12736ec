/** One step of an apply: what was planned, held against what is there now. */
import type { Live, Outputs } from "../contract.ts";
import { FnpkgError, throwIfAny } from "../errors.ts";
import { canonical } from "../json.ts";
import type { JsonObject } from "../json.ts";
import type { Fence } from "./fence.ts";
import { judge } from "./judge.ts";
import { findAll, look } from "./look.ts";
import type { Found } from "./look.ts";
import type { Prepared } from "./plan.ts";
import type { Made } from "./read-back.ts";
import { referencesIn, resolve } from "./references.ts";
import type { Run } from "./run.ts";
import { problemOf } from "./refuse.ts";
import { wantOf } from "./sight.ts";
import type { Sight } from "./sight.ts";
import type { Tell } from "./telling.ts";
import { erase, write } from "./write.ts";

/** What the steps share while they run. */
export interface Work<Client> {
  readonly run: Run<Client>;
  readonly prepared: Prepared<Client>;
  readonly input: { readonly package: string; readonly adopt: boolean };
  readonly tell: Tell;
  readonly outputs: Map<string, Outputs>;
  readonly made: Map<string, Made<Client>>;
  readonly fence: Fence;
  /** Ids that were made again: what stood on them may be gone with them. */
  readonly replaced: Set<string>;
}

/** Makes one resource as wanted, once what it refers to is known. */
export async function upsert<Client>(all: Work<Client>, id: string): Promise<void> {
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
    if (id === prepared.graph.anchor) all.fence.raise(props);
    if (planned !== "keep") tell.step({ action: planned, kind, id, status: "unchanged" });
    return;
  }
  if (action === "keep") return;
  if (action === "replace" && planned !== "replace") {
    throw new FnpkgError("E_PLAN", `${kind} "${id}" must be replaced, which the plan did not say`, { target: run.adapter.name });
  }
  const step = { action, kind, id } as const;
  const isAnchor = id === prepared.graph.anchor;
  const others = isAnchor ? undefined : all.fence.pass();
  if (others !== undefined) await others;
  const outputs = await tell.during(step, (say) => {
    const { live, elsewhere } = now;
    const more = { adopt: all.input.adopt, ...(isAnchor ? {} : { stands: all.fence.hold }) };
    return write(run, { ...step, lifecycle: sight.lifecycle, want, live, elsewhere, ...more, ...say });
  });
  all.outputs.set(id, outputs);
  if (isAnchor) all.fence.raise(props);
  all.fence.wrote();
  if (action === "replace") all.replaced.add(id);
}

/** Removes one thing that is not wanted. */
export async function drop<Client>({ run, tell, fence }: Work<Client>, thing: Found): Promise<void> {
  const others = fence.pass();
  if (others !== undefined) await others;
  await tell.during({ action: "delete", kind: thing.kind, id: thing.id }, (say) => erase(run, thing, say));
  fence.wrote();
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
