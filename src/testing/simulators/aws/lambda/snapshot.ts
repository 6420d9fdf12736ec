/** What Lambda holds, without ids, revisions and times. */
import { present, stateOf } from "./mappings.ts";
import { type Fn, type Store, type Version, without } from "./state.ts";

export function snapshotOf(store: Store): object {
  const functions = store.functions.all().map(([name, fn]) => [name, functionOf(fn)] as const);
  const mappings = present(store).map((mapping) => {
    const { source, functionArn, enabled, settings, tags } = mapping;
    return { source, functionArn, enabled, settings, tags, state: stateOf(store.account, mapping) };
  });
  return { functions: Object.fromEntries(functions), mappings: mappings.toSorted(byText) };
}

function functionOf({ latest, published, tags, reserved, aliases, policies, urls, asyncs, provisioned }: Fn): object {
  return {
    latest: versionOf(latest),
    versions: published.map(versionOf),
    tags: sorted(tags),
    ...(reserved === undefined ? {} : { reserved }),
    aliases: each(aliases, ({ version, description, weights }) => ({ version, description, weights })),
    policies: each(policies, (statements) => statements.map((one) => without(one, "since")).toSorted(byText)),
    urls: each(urls, ({ auth, mode, cors }) => ({ auth, mode, ...(cors === undefined ? {} : { cors }) })),
    asyncs: each(asyncs, (config) => without(config, "modified")),
    provisioned: each(provisioned, ({ count }) => count),
  };
}

function versionOf({ number, code, settings }: Version): object {
  return { number, code, settings };
}

function each<T>(map: { readonly [name: string]: T }, of: (one: T) => unknown): object {
  return Object.fromEntries(Object.entries(sorted(map)).map(([name, one]) => [name, of(one)]));
}

function sorted<T>(map: { readonly [name: string]: T }): { readonly [name: string]: T } {
  return Object.fromEntries(Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function byText(a: unknown, b: unknown): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}
