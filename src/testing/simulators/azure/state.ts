/**
 * Everything that is there, as plain data, and how it comes about in time: what Azure does after it has answered is done as soon as
 * somebody looks after that time.
 */
import type { Surroundings } from "../wire.ts";

export type Json = { [key: string]: unknown };

/** Milliseconds until something is so; default 0, at once. */
export interface AzureLags {
  /** A new plan is being made. */
  readonly plan?: number;
  /** An app that was written is being made ready; its settings can't be written before. */
  readonly site?: number;
  /** A deployment of code goes on. */
  readonly publish?: number;
  /** After a deployment, its functions are not listed yet. */
  readonly sync?: number;
  /** A new app's host does not answer for its keys yet. */
  readonly keys?: number;
  /** A new identity is unknown to role assignments. */
  readonly principal?: number;
  /** A new role assignment is not seen yet. */
  readonly role?: number;
  /** An event subscription that was written is being made. */
  readonly eventGrid?: number;
  /** A plan, an app or an event subscription goes away. */
  readonly delete?: number;
  /** A read answers what was before the last write. */
  readonly read?: number;
}

/** A thing of Resource Manager's. Times are milliseconds since the epoch. */
export interface Thing {
  readonly id: string;
  readonly name: string;
  value: Json;
  /** What a read answers until `seenAt`. */
  before: Json | undefined;
  seenAt: number;
  /** When the work on it is done. */
  readyAt: number;
  /** It is gone, and reads know it. */
  gone?: { readonly at: number; readonly seenAt: number };
}

export type Settings = { [name: string]: string };

export interface App extends Thing {
  readonly madeAt: number;
  settings: Settings;
  /** What is listed until then. */
  settingsBefore: { readonly value: Settings; readonly until: number } | undefined;
  /** In the order of coming. */
  readonly deployments: Deployment[];
  readonly keys: { readonly master: string; readonly default: string };
  readonly principalId: string;
  readonly host: string;
  readonly scm: string;
  /** Events that the admin endpoint took. */
  readonly admitted: { readonly function: string; readonly input: unknown }[];
}

export interface FunctionFacts {
  readonly name: string;
  readonly bindings: readonly Json[];
}

export interface Deployment {
  readonly id: string;
  /** When it ends. */
  readonly until: number;
  readonly fails: boolean;
  readonly sha256: string;
  readonly functions: readonly FunctionFacts[];
}

export interface Operation {
  readonly until: number;
}

export interface Account {
  readonly containers: Set<string>;
  /**
   * Default `https://ACCOUNT.blob.core.windows.net/`, which answers in this process alone: configurations name it as well, so it has
   * no other name on loopback. There an account in a DNS zone serves, `https://ACCOUNT.z10.blob.storage.azure.net/`
   * (learn.microsoft.com/azure/storage/common/storage-account-overview), or the address of another simulator of blobs.
   */
  readonly blobEndpoint?: string;
}

export interface AzureState {
  /** Counts up: names that are the same for the same sequence of calls. */
  count: number;
  /** By names and ids in lower case. */
  readonly plans: Map<string, Thing>;
  readonly apps: Map<string, App>;
  readonly roleAssignments: Map<string, Thing>;
  readonly eventSubscriptions: Map<string, Thing>;
  readonly accounts: Map<string, Account>;
  /** By `ACCOUNT/CONTAINER/NAME`. */
  readonly blobs: Map<string, { readonly bytes: Uint8Array; readonly metadata: { readonly [name: string]: string } }>;
  readonly identities: Map<string, { readonly principalId: string; readonly clientId: string }>;
  readonly components: Map<string, { readonly connectionString: string; readonly rows: (readonly unknown[])[] }>;
  readonly operations: Map<string, Operation>;
  /** When role assignments know a principal. */
  readonly principals: Map<string, number>;
  /** App names that are taken elsewhere in Azure. */
  readonly taken: Set<string>;
  /** Archives whose deployment fails, by a file in them. */
  readonly failing: Set<string>;
  /** The actions that the deployer may do; `undefined`: everything. */
  allowed: ReadonlySet<string> | undefined;
}

export function emptyState(): AzureState {
  return {
    count: 0,
    plans: new Map(),
    apps: new Map(),
    roleAssignments: new Map(),
    eventSubscriptions: new Map(),
    accounts: new Map(),
    blobs: new Map(),
    identities: new Map(),
    components: new Map(),
    operations: new Map(),
    principals: new Map(),
    taken: new Set(),
    failing: new Set(),
    allowed: undefined,
  };
}

export interface Place {
  readonly subscription: string;
  readonly resourceGroup: string;
  readonly region: string;
  /** What a bearer must hold; for storage it ends with `-storage`. */
  readonly token: string;
  /** How many apps a page of their list holds. */
  readonly appsOnPage: number;
}

/** What the services share. */
export class Cloud {
  readonly state = emptyState();
  readonly place: Place;
  readonly #lags: AzureLags;
  readonly #around: Surroundings;

  constructor(place: Place, lags: AzureLags, around: Surroundings) {
    this.place = place;
    this.#lags = lags;
    this.#around = around;
  }

  get now(): number {
    return this.#around.now();
  }

  get group(): string {
    return `/subscriptions/${this.place.subscription}/resourceGroups/${this.place.resourceGroup}`;
  }

  /** From now on so late. */
  after(lag: keyof AzureLags): number {
    return this.now + (this.#lags[lag] ?? 0);
  }

  lag(lag: keyof AzureLags): number {
    return this.#lags[lag] ?? 0;
  }

  next(what: string): string {
    return `${what}${String(++this.state.count).padStart(6, "0")}`;
  }

  uuid(): string {
    return `00000000-0000-4000-8000-${String(++this.state.count).padStart(12, "0")}`;
  }

  /** Work that goes on until then, by the id that its progress is asked with. */
  begin(until: number): string {
    const { operations } = this.state;
    // About in the order of their ends.
    for (const [old, operation] of operations) {
      if (operation.until + forgottenMs >= this.now) break;
      operations.delete(old);
    }
    const id = this.next("operation");
    this.state.operations.set(id, { until });
    return id;
  }

  /** What is there, whether or not it is seen. */
  there<T extends Thing>(things: ReadonlyMap<string, T>, key: string): T | undefined {
    const found = things.get(key);
    return found !== undefined && this.isThere(found) ? found : undefined;
  }

  all<T extends Thing>(things: ReadonlyMap<string, T>): T[] {
    return [...things.values()].filter((thing) => this.isThere(thing));
  }

  isThere({ gone }: Thing): boolean {
    return gone === undefined || this.now < gone.at;
  }

  isBusy(thing: Thing | undefined): boolean {
    return thing !== undefined && this.now < thing.readyAt;
  }

  /** What a read answers; nothing while a new thing is not seen yet. */
  read(thing: Thing | undefined): Json | undefined {
    if (thing === undefined || (thing.gone !== undefined && this.now >= thing.gone.seenAt)) return undefined;
    return this.now < thing.seenAt ? thing.before : thing.value;
  }

  /** A value that reads see after the lag, and its work done at `readyAt`; `fresh` are a new thing's own facts. */
  write<T extends Thing>(
    things: Map<string, T>,
    key: string,
    what: Pick<Thing, "id" | "name" | "value" | "readyAt"> & { readonly seenLag?: "read" | "role" },
    fresh: () => Omit<T, keyof Thing>,
  ): T {
    const { seenLag = "read", ...given } = what;
    const found = things.get(key);
    const before = this.read(found);
    const seenAt = this.after(seenLag);
    const kept = found !== undefined && this.isThere(found);
    if (kept) return Object.assign(found, { value: given.value, readyAt: given.readyAt, before, seenAt });
    const made = { ...given, before, seenAt, ...fresh() } as T;
    things.set(key, made);
    return made;
  }

  /** Gone after the lag of deleting; when that is. */
  remove(things: Map<string, Thing>, key: string, lag: "delete" | undefined = "delete"): number {
    const at = lag === undefined ? this.now : this.after(lag);
    const found = things.get(key);
    if (found !== undefined) found.gone ??= { at, seenAt: at + this.lag("read") };
    for (const [name, { gone }] of things) if (gone !== undefined && gone.seenAt <= this.now) things.delete(name);
    return found?.gone?.at ?? at;
  }
}

/** An operation that is done is forgotten after a while. */
const forgottenMs = 600_000;

/** Building and deploying are not told apart; 3 failed, 4 success (azure-functions-core-tools, DeployStatus). */
export function statusOf({ until, fails }: Deployment, now: number): number {
  return now < until ? 1 : fails ? 3 : 4;
}

/** The deployment that serves, `later` milliseconds after it came to. */
export function serving({ deployments }: App, now: number, later = 0): Deployment | undefined {
  return deployments.findLast((one) => statusOf(one, now - later) === 4);
}

/** What the host finds in what serves: a host without its storage finds nothing. */
export function functionsOf(app: App, now: number, later = 0): readonly FunctionFacts[] {
  if (!Object.keys(app.settings).some((name) => name.startsWith("AzureWebJobsStorage__"))) return [];
  return serving(app, now, later)?.functions ?? [];
}
