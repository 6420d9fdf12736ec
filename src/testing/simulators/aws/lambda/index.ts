/** Lambda: everything but its data plane's speed. Answers and refusals are those of the API of 2015-03-31. */
import type { AskedOf } from "../asks.ts";
import { type Handlers, serviceOf } from "../operations.ts";
import type { Account, Service } from "../service.ts";
import { type Shelf, things } from "../things.ts";
import { aliasHandlers } from "./aliases.ts";
import { asyncHandlers } from "./asyncs.ts";
import { concurrencyHandlers } from "./concurrency.ts";
import { functionHandlers } from "./functions.ts";
import { invoke, type InvokeInput, type Respond, visit } from "./invoke.ts";
import { mappingHandlers } from "./mappings.ts";
import { letsIn, policyHandlers } from "./policies.ts";
import { protocol } from "./protocol.ts";
import { snapshotOf } from "./snapshot.ts";
import type { Fn, Mapping, Store } from "./state.ts";
import { tagHandlers } from "./tags.ts";
import { hostOf, urlHandlers } from "./urls.ts";

export interface Lambda extends Service {
  /** What every function answers; default the event itself. */
  respond: Respond;
}

interface State {
  readonly functions: Shelf<Fn>;
  readonly mappings: Shelf<Mapping>;
}

export function lambda(account: Account): Lambda & AskedOf["lambda"] {
  const cell: { now: State } = { now: { functions: new Map(), mappings: new Map() } };
  const store: Store = {
    account,
    functions: things<Fn>(account, () => cell.now.functions),
    mappings: things<Mapping>(account, () => cell.now.mappings),
  };
  const handlers: Handlers = {
    ...functionHandlers(store),
    ...aliasHandlers(store),
    ...policyHandlers(store),
    ...mappingHandlers(store),
    ...urlHandlers(store),
    ...asyncHandlers(store),
    ...concurrencyHandlers(store),
    ...tagHandlers(store),
    Invoke: (input: InvokeInput) => invoke(store, input, it.respond),
  };
  const it: Lambda & AskedOf["lambda"] = {
    ...serviceOf({ name: "lambda", protocol, handlers, cell, snapshot: () => snapshotOf(store) }),
    // Nothing that is kept is changed in place: a copy of the shelves is a copy of all.
    save: (): State => ({ functions: new Map(cell.now.functions), mappings: new Map(cell.now.mappings) }),
    restore(saved) {
      const { functions, mappings } = saved as State;
      cell.now = { functions: new Map(functions), mappings: new Map(mappings) };
    },
    hosts: () => store.functions.all().flatMap(([, fn]) => Object.values(fn.urls).map((url) => hostOf(account, url))),
    visit: (request) => visit(store, request, it.respond),
    exists: (arn) => {
      const found = partsOf(store, arn);
      if (found === undefined) return false;
      const { fn, qualifier } = found;
      return (
        qualifier === undefined ||
        qualifier === "$LATEST" ||
        fn.aliases[qualifier] !== undefined ||
        fn.published.some(({ number }) => number === qualifier)
      );
    },
    invocable(arn, principal, source) {
      const found = partsOf(store, arn);
      return found !== undefined && letsIn(account, found.fn, found.qualifier, principal, source);
    },
    respond: ({ event }) => event,
  };
  return it;
}

function partsOf(
  { account, functions }: Store,
  arn: string,
): { readonly fn: Fn; readonly qualifier: string | undefined } | undefined {
  const [, , service, region, owner, kind, name = "", qualifier] = arn.split(":");
  if (service !== "lambda" || kind !== "function" || region !== account.region || owner !== account.id) return undefined;
  const fn = functions.get(name);
  return fn === undefined ? undefined : { fn, qualifier };
}
