/** Looks at everything that is wanted and everything that is owned, before anything is written. */
import type { Derivation, Lifecycle, Live, Mark, Resource } from "../contract.ts";
import { FnpkgError } from "../errors.ts";
import type { Problem } from "../errors.ts";
import { canonical } from "../json.ts";
import type { JsonObject } from "../json.ts";
import { judge, ownership } from "./judge.ts";
import type { Want } from "./judge.ts";
import { findAll, look } from "./look.ts";
import type { Found } from "./look.ts";
import type { Graph } from "./order.ts";
import { lifecycleOf } from "./order.ts";
import { resolve } from "./references.ts";
import type { Run } from "./run.ts";

/** A wanted resource and what is there in its place. */
export interface Sight<Client> {
  readonly resource: Resource;
  /** With the references that were known. */
  readonly props: JsonObject;
  readonly lifecycle: Lifecycle<JsonObject, Client>;
  readonly mark: Mark;
  /** On the anchor. */
  readonly derivation?: Derivation;
  /** What is at its address; else what is owned under its id elsewhere. */
  readonly live?: Live;
  /** `live` stands at another address: a replace makes the new one first. */
  readonly elsewhere: boolean;
  /** All references were known when it was looked at. */
  readonly certain: boolean;
  /** It could not be looked at, since not all references were known. */
  readonly unseen?: true;
}

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

/** The mark that a resource shall carry. */
function markOf(run: { readonly deployment: string }, packageName: string, id: string): Mark {
  return { deployment: run.deployment, package: packageName, resource: id };
}

/** A sight of nothing: what an offline plan starts from. */
export function blind<Client>(run: Run<Client>, input: SurveyInput): Survey<Client> {
  const sights = input.graph.order.map((resource) => [resource.id, sightOf(run, input, resource)] as const);
  return { sights: new Map(sights), unwanted: [], problems: [] };
}

/** Reads in parallel. What belongs to others is a problem, all of them collected. */
export async function survey<Client>(run: Run<Client>, input: SurveyInput): Promise<Survey<Client>> {
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
    const looked = await Promise.all(open.map(({ resource, props }) => sight(run, input, found, resource, props, known)));
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

/** What `find` brought is enough when it is as wanted; else the thing itself is read. */
async function sight<Client>(
  run: Run<Client>,
  input: SurveyInput,
  found: readonly Found[],
  resource: Resource,
  props: JsonObject,
  known: (id: string, output: string) => string | undefined,
): Promise<Sight<Client>> {
  const { complete } = resolve(resource.props, known);
  const base = { ...sightOf(run, input, resource), props, certain: complete };
  const candidates = found.filter((thing) => thing.kind === resource.kind && thing.id === resource.id);
  const as = candidates.find(({ live }) => judge(base.lifecycle, wantOf(base), live).action === "keep");
  if (as !== undefined) return { ...base, live: as.live };
  const other = candidates[0]?.live;
  try {
    const live = await look(run, base.lifecycle, { kind: resource.kind, id: resource.id, props });
    if (live !== undefined) return { ...base, live };
  } catch (cause) {
    // Its address may hang on something that is not there yet; the apply looks before it writes.
    if (complete) throw cause;
    run.guard();
    return { ...base, ...(other === undefined ? {} : { live: other, elsewhere: true }), unseen: true };
  }
  return other === undefined ? base : { ...base, live: other, elsewhere: true };
}

export function wantOf(sight: Pick<Sight<never>, "mark" | "derivation" | "props">, props = sight.props): Want {
  return { props, mark: sight.mark, ...(sight.derivation === undefined ? {} : { derivation: sight.derivation }) };
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

/** Why a live thing may not be touched. */
export function problemOf<Client>(
  run: Run<Client>,
  input: Pick<SurveyInput, "package" | "adopt">,
  { kind, id }: { readonly kind: string; readonly id: string },
  live: Live | undefined,
  lifecycle?: Lifecycle<JsonObject, Client>,
  sight?: Sight<Client>,
): Problem[] {
  if (live === undefined) return [];
  const owner = ownership(live.mark, markOf(run, input.package, id));
  const refuse = (message: string, hint: string): Problem[] => [
    { code: "E_NOT_OURS", message: `${kind} "${id}" ${message}`, hint, target: run.adapter.name },
  ];
  const other = "Choose another name for this deployment, or remove the other one first.";
  switch (owner) {
    case "ours":
    case "moved":
      return [];
    case "other-deployment":
      return refuse(`belongs to the deployment "${live.mark?.deployment}"`, other);
    case "other-package":
      if (input.adopt) return [];
      return refuse(
        `was deployed under the same name from the package ${live.mark?.package}, not ${input.package}`,
        "Choose another name for this deployment, or take it over with `--adopt`.",
      );
    case "unmarked": {
      if (!input.adopt) return refuse("exists and was not made by fnpkg", "Choose another name, or take it over with `--adopt`.");
      if (lifecycle === undefined || sight === undefined) return refuse("is listed as owned but carries no mark", other);
      const verdict = judge(lifecycle, wantOf(sight), live);
      if (verdict.action === "update") return [];
      const where = verdict.changes.map(({ path }) => path).join(", ");
      return refuse(
        `can't be taken over: ${where === "" ? "its kind" : where} can't be changed in place`,
        "Remove it by hand, or choose another name.",
      );
    }
  }
}

function unique(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [problem.message, problem])).values()];
}

/** For a thing that turns out not to be ours while the work is under way. */
export function raced(target: string, kind: string, id: string): FnpkgError {
  return new FnpkgError("E_CONFLICT", `${kind} "${id}" was made or changed by something else at the same time`, { target });
}
