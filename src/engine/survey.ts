/** Looks at everything that is wanted and everything that is owned, before anything is written. */
import type { Derivation, Live, Resource } from "../contract.ts";
import type { Problem } from "../errors.ts";
import { canonical } from "../json.ts";
import type { JsonObject } from "../json.ts";
import { judge } from "./judge.ts";
import { findAll, look } from "./look.ts";
import type { Found } from "./look.ts";
import type { Graph } from "./order.ts";
import { lifecycleOf } from "./order.ts";
import { markOf, problemOf } from "./refuse.ts";
import { referencesIn, resolve } from "./references.ts";
import type { Run } from "./run.ts";
import { wantOf } from "./sight.ts";
import type { Sight } from "./sight.ts";

export interface Survey<Client> {
  /** By id. */
  readonly sights: ReadonlyMap<string, Sight<Client>>;
  /** Owned and not wanted. */
  readonly unwanted: readonly Found[];
  readonly problems: readonly Problem[];
}

export interface SurveyInput {
  readonly graph: Graph;
  readonly package: string;
  readonly derivation: Derivation;
  readonly adopt: boolean;
}

/** A sight of nothing: what an offline plan starts from. */
export function blind<Client>(run: Run<Client>, input: SurveyInput): Survey<Client> {
  const sights = input.graph.order.map((resource) => [resource.id, sightOf(run, input, resource)] as const);
  return { sights: new Map(sights), unwanted: [], problems: [] };
}

/** Reads in parallel. What belongs to others is a problem, all of them collected. */
export async function survey<Client>(run: Run<Client>, input: SurveyInput): Promise<Survey<Client>> {
  const early = looksAhead(run, input);
  const found = await findAll(run);
  const sights = new Map<string, Sight<Client>>();
  const known = (id: string, output: string) => {
    const kind = input.graph.order.find((resource) => resource.id === id)?.kind;
    const live = sights.get(id)?.live ?? found.find((thing) => thing.id === id && thing.kind === kind)?.live;
    return live !== undefined && Object.hasOwn(live.outputs, output) ? live.outputs[output] : undefined;
  };
  // Most often once; again for what hangs on outputs that only the reads before brought.
  let open = input.graph.order.map((resource) => ({ resource, props: resolve(resource.props, known).props }));
  while (open.length > 0) {
    const looked = await Promise.all(open.map(({ resource, props }) => sight(run, input, found, resource, props, known, early)));
    for (const one of looked) sights.set(one.resource.id, one);
    open = looked
      .filter((one) => !one.certain)
      .map(({ resource }) => ({
        resource,
        props: resolve(resource.props, known).props,
        before: open.find((o) => o.resource === resource)?.props,
      }))
      .filter(({ props, before }) => canonical(props) !== canonical(before));
  }
  const unwanted = found.filter((thing) => !isWanted(thing, found, sights));
  const owned = new Set([...sights.values()].flatMap(({ live }) => (live === undefined ? [] : [live])));
  const problems = [
    ...[...sights.values()].flatMap((one) => problemOf(run, input, one.resource, one.live, one.lifecycle, one)),
    ...found.filter(({ live }) => !owned.has(live)).flatMap((thing) => problemOf(run, input, thing, thing.live)),
  ];
  return { sights, unwanted, problems: unique(problems) };
}

function sightOf<Client>(run: Run<Client>, input: SurveyInput, resource: Resource): Sight<Client> {
  return {
    resource,
    props: resource.props,
    lifecycle: lifecycleOf(run.adapter, resource.kind),
    mark: markOf(run, input.package, resource.id),
    ...(resource.id === input.graph.anchor ? { derivation: input.derivation } : {}),
    elsewhere: false,
    certain: false,
  };
}

type Looks = ReadonlyMap<string, Promise<Live | undefined>>;

/**
 * Reads that begin beside the search for what is owned, of everything whose address is known from the start: they are asked for
 * where the search brings something else than is wanted, most of all nothing.
 */
function looksAhead<Client>(run: Run<Client>, { graph }: SurveyInput): Looks {
  const known = graph.order.filter(({ props }) => referencesIn(props).length === 0);
  return new Map(
    known.map(({ kind, id, props }) => {
      const reading = look(run, lifecycleOf(run.adapter, kind), { kind, id, props });
      reading.catch(() => undefined);
      return [id, reading];
    }),
  );
}

/** What `find` brought is enough when it is as wanted; else the thing itself is read. */
async function sight<Client>(
  run: Run<Client>,
  input: SurveyInput,
  found: readonly Found[],
  resource: Resource,
  props: JsonObject,
  known: (id: string, output: string) => string | undefined,
  early: Looks,
): Promise<Sight<Client>> {
  const { complete } = resolve(resource.props, known);
  const base = { ...sightOf(run, input, resource), props, certain: complete };
  const candidates = found.filter((thing) => thing.kind === resource.kind && thing.id === resource.id);
  const as = candidates.find(({ live }) => judge(base.lifecycle, wantOf(base), live).action === "keep");
  if (as !== undefined) return { ...base, live: as.live };
  const other = candidates[0]?.live;
  try {
    const live = await (early.get(resource.id) ?? look(run, base.lifecycle, { kind: resource.kind, id: resource.id, props }));
    if (live !== undefined) return { ...base, live };
  } catch (cause) {
    // Its address may hang on something that is not there yet; the apply looks before it writes.
    if (complete) throw cause;
    run.guard();
    return { ...base, ...(other === undefined ? {} : { live: other, elsewhere: true }), unseen: true };
  }
  return other === undefined ? base : { ...base, live: other, elsewhere: true };
}

/**
 * A found thing is wanted when a sight took it, or when a wanted resource takes it over under another id. Of several under one
 * id only those are too many that are surely not the one taken.
 */
function isWanted<Client>(thing: Found, found: readonly Found[], sights: ReadonlyMap<string, Sight<Client>>): boolean {
  for (const { resource, live } of sights.values()) {
    if (live === undefined || resource.kind !== thing.kind) continue;
    if (live === thing.live) return true;
    if (live.mark?.resource !== thing.id) continue;
    const namesakes = found.filter((other) => other.kind === thing.kind && other.id === thing.id);
    const taken = namesakes.find((other) => other.live === live) ?? namesakes.find((other) => same(live, other.live));
    if (taken === undefined || taken === thing || namesakes.length === 1) return true;
  }
  return false;
}

/** The same thing, seen twice. */
function same(a: Live, b: Live): boolean {
  if (canonical(a.outputs) !== canonical(b.outputs)) return false;
  const keys = Object.keys(a.props).filter((key) => Object.hasOwn(b.props, key));
  return keys.every((key) => canonical(a.props[key]) === canonical(b.props[key]));
}

function unique(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [problem.message, problem])).values()];
}
