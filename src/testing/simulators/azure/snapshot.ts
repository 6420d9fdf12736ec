/** What is there, as JSON, without what differs from run to run. */
import { type App, type Cloud, type Json, serving, type Thing } from "./state.ts";

export function snapshotOf(cloud: Cloud): unknown {
  const { plans, apps, roleAssignments, eventSubscriptions, blobs } = cloud.state;
  const seen = {
    plans: valuesOf(cloud, plans),
    apps: sorted([...apps].flatMap(([key, app]) => (cloud.isThere(app) ? [[key, appOf(cloud, app)] as const] : []))),
    roles: valuesOf(cloud, roleAssignments).map(([key, value]) => [key, withoutPrincipal(value)]),
    subscriptions: valuesOf(cloud, eventSubscriptions),
    blobs: [...blobs.keys()].toSorted(),
  };
  return JSON.parse(JSON.stringify(seen)) as unknown;
}

/** What is not ours: things that are called so or say so, and what others added to our apps. */
export function foreignOf(cloud: Cloud): unknown {
  const { plans, apps, roleAssignments, eventSubscriptions } = cloud.state;
  const theirs = ([key, value]: readonly [string, Json]) =>
    /\/?theirs[^/]*$/.test(key) || String((value["properties"] as Json | undefined)?.["description"]).startsWith("theirs");
  const within = [...apps].flatMap(([key, app]) => {
    if (!cloud.isThere(app)) return [];
    const found = { settings: named(app.settings, /^THEIRS/), tags: named(app.value["tags"] as Json, /^theirs/) };
    const none = Object.keys(found.settings).length + Object.keys(found.tags).length === 0;
    return none || key.startsWith("theirs") ? [] : [[key, found] as const];
  });
  const seen = {
    plans: valuesOf(cloud, plans).filter(theirs),
    apps: sorted([...apps].flatMap(([key, app]) => (cloud.isThere(app) ? [[key, appOf(cloud, app)] as const] : []))).filter(
      theirs,
    ),
    roles: valuesOf(cloud, roleAssignments).filter(theirs),
    subscriptions: valuesOf(cloud, eventSubscriptions).filter(theirs),
    within: sorted(within),
  };
  return JSON.parse(JSON.stringify(seen)) as unknown;
}

function valuesOf(cloud: Cloud, things: ReadonlyMap<string, Thing>): (readonly [string, Json])[] {
  return sorted([...things].flatMap(([key, thing]) => (cloud.isThere(thing) ? [[key, thing.value] as const] : [])));
}

function appOf(cloud: Cloud, app: App): Json {
  const { value, settings } = app;
  const { principalId: _principal, ...identity } = (value["identity"] ?? {}) as Json;
  const tags = Object.entries(value["tags"] as Json).map(([name, tag]) => [
    name,
    // Without the deployment's id.
    name === "fnpkg:published" ? String(tag).split(" ").slice(0, 2).join(" ") : tag,
  ]);
  const found = serving(app, cloud.now);
  return {
    ...value,
    tags: Object.fromEntries(tags) as Json,
    identity,
    settings: named(settings, /^/),
    functions: found?.functions ?? [],
    serves: found?.sha256 ?? null,
  };
}

function withoutPrincipal(value: Json): Json {
  return { ...value, properties: { ...(value["properties"] as Json), principalId: "" } };
}

function named(all: Json, pattern: RegExp): Json {
  return Object.fromEntries(sorted(Object.entries(all).filter(([name]) => pattern.test(name))));
}

function sorted<T>(entries: readonly (readonly [string, T])[]): (readonly [string, T])[] {
  return entries.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
