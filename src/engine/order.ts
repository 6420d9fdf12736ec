/** In which order resources are made and removed. */
import type { Adapter, Lifecycle, Resource } from "../contract.ts";
import { FnpkgError } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import { didYouMean } from "../schema.ts";
import { referencesIn } from "./references.ts";

type Kinds = Pick<Adapter, "name" | "kinds">;

export interface Graph {
  /** What is needed stands before what needs it; the same input gives the same order. */
  readonly order: readonly Resource[];
  /** Ids that a resource names or refers to; sorted. */
  readonly needs: ReadonlyMap<string, readonly string[]>;
  /** `needs`, and the anchor for everything that the anchor does not need itself. */
  readonly waitsFor: ReadonlyMap<string, readonly string[]>;
  readonly anchor: string;
}

/**
 * The order of creation. The anchor comes first but for what it needs itself.
 * @throws FnpkgError E_CONTRACT for cycles, unknown or repeated ids, unknown kinds, and other than one anchor.
 */
export function orderOf(adapter: Kinds, wanted: readonly Resource[]): Graph {
  const byId = new Map<string, Resource>();
  for (const resource of wanted) {
    if (byId.has(resource.id)) throw broken(adapter, `the id "${resource.id}" stands twice among the resources`);
    lifecycleOf(adapter, resource.kind);
    byId.set(resource.id, resource);
  }
  const anchors = wanted.filter((resource) => adapter.kinds[resource.kind]?.anchor === true);
  const anchor = anchors[0];
  if (anchor === undefined || anchors.length > 1) {
    throw broken(adapter, `exactly one resource must be of the anchor's kind, but ${anchors.length} are`);
  }
  const needs = new Map<string, readonly string[]>();
  for (const resource of wanted) needs.set(resource.id, needsOf(adapter, resource, byId));

  const beneath = closure(anchor.id, (id) => needs.get(id) ?? []);
  const waitsFor = new Map<string, readonly string[]>();
  for (const { id } of wanted) {
    const named = needs.get(id) ?? [];
    const implied = id !== anchor.id && !beneath.has(id) && !named.includes(anchor.id);
    waitsFor.set(id, implied ? [...named, anchor.id] : named);
  }
  const ids = sorted(
    [anchor.id, ...byId.keys()],
    (id) => waitsFor.get(id) ?? [],
    (path) => broken(adapter, `resources need each other in a circle: ${path.join(" -> ")}`),
  );
  return { order: ids.flatMap((id) => byId.get(id) ?? []), needs, waitsFor, anchor: anchor.id };
}

/**
 * For each kind, the kinds whose things must be gone before its own are deleted. The anchor goes last but for what it stands on.
 * @throws FnpkgError E_CONTRACT when `after` names an unknown kind or forms a circle.
 */
export function removalOf(adapter: Kinds): ReadonlyMap<string, ReadonlySet<string>> {
  const names = Object.keys(adapter.kinds);
  const standsOn = new Map<string, readonly string[]>();
  names.forEach((kind, index) => {
    const after = lifecycleOf(adapter, kind).after ?? names.slice(0, index);
    for (const other of after) lifecycleOf(adapter, other);
    standsOn.set(kind, after);
  });
  const anchor = names.find((kind) => adapter.kinds[kind]?.anchor === true);
  if (anchor !== undefined) {
    const beneath = closure(anchor, (kind) => standsOn.get(kind) ?? []);
    for (const kind of names) {
      if (kind !== anchor && !beneath.has(kind)) standsOn.set(kind, [...(standsOn.get(kind) ?? []), anchor]);
    }
  }
  sorted(
    names,
    (kind) => standsOn.get(kind) ?? [],
    (path) => broken(adapter, `kinds stand on each other in a circle: ${path.join(" -> ")}`),
  );
  const goneBefore = new Map<string, Set<string>>(names.map((kind) => [kind, new Set<string>()]));
  for (const kind of names) for (const base of closure(kind, (k) => standsOn.get(k) ?? [])) goneBefore.get(base)?.add(kind);
  return goneBefore;
}

/** The kind's lifecycle, or E_CONTRACT. Props are checked by the adapter's own types, so any fit here. */
export function lifecycleOf<Client>(
  adapter: { name: string; kinds: Adapter<never, Client>["kinds"] },
  kind: string,
): Lifecycle<JsonObject, Client> {
  const lifecycle = Object.hasOwn(adapter.kinds, kind) ? adapter.kinds[kind] : undefined;
  if (lifecycle === undefined) throw broken(adapter, `there is no kind "${kind}"${didYouMean(kind, Object.keys(adapter.kinds))}`);
  return lifecycle;
}

function needsOf(adapter: Kinds, resource: Resource, byId: ReadonlyMap<string, Resource>): readonly string[] {
  const ids = new Set([...(resource.needs ?? []), ...referencesIn(resource.props).map(({ id }) => id)]);
  for (const id of ids) {
    if (!byId.has(id))
      throw broken(
        adapter,
        `${resource.kind} "${resource.id}" needs "${id}", which is no resource${didYouMean(id, byId.keys())}`,
      );
    if (id === resource.id) throw broken(adapter, `${resource.kind} "${resource.id}" needs itself`);
  }
  return [...ids].sort();
}

/** Everything reachable from `start`, without itself unless it lies on a circle. */
function closure(start: string, next: (id: string) => readonly string[]): Set<string> {
  const seen = new Set<string>();
  const open = [...next(start)];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    open.push(...next(id));
  }
  return seen;
}

/** Depth first without recursion, so that long chains are no danger. */
function sorted(
  ids: readonly string[],
  next: (id: string) => readonly string[],
  circle: (path: string[]) => FnpkgError,
): string[] {
  const done = new Set<string>();
  for (const root of ids) {
    const path: { id: string; rest: string[] }[] = [];
    const on = new Set<string>();
    const enter = (id: string) => {
      if (done.has(id)) return;
      if (on.has(id)) throw circle([...path.map((step) => step.id).slice(path.findIndex((step) => step.id === id)), id]);
      on.add(id);
      path.push({ id, rest: [...next(id)] });
    };
    enter(root);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const child = top.rest.shift();
      if (child !== undefined) {
        enter(child);
        continue;
      }
      done.add(top.id);
      on.delete(top.id);
      path.pop();
    }
  }
  return [...done];
}

function broken(adapter: { name: string }, message: string): FnpkgError {
  return new FnpkgError("E_CONTRACT", `the adapter ${adapter.name} breaks the contract: ${message}`, { target: adapter.name });
}
