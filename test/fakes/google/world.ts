/** Everything that a project holds, and how it behaves. Each service reads and writes it; nothing is random. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export interface JsonMap {
  [key: string]: Json;
}

export interface Policy {
  readonly [field: string]: unknown;
  readonly etag: string;
  readonly bindings: readonly { readonly role: string; readonly members: readonly string[]; readonly condition?: object }[];
}

export interface Operation {
  readonly name: string;
  /** The function or service that it changes. */
  readonly target: string;
  /** How often it is looked at until it ends. */
  left: number;
  readonly stages: readonly string[];
  /** Done at the end; a message is a failure. */
  finish(): { readonly response?: JsonMap; readonly error?: { readonly code: number; readonly message: string } };
  readonly buildName?: string;
  ended?: JsonMap;
}

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: { readonly [name: string]: string };
  readonly body: JsonMap;
}

export interface World {
  readonly project: string;
  readonly number: string;
  readonly region: string;
  /** The bearer token that every call must carry. */
  readonly token: string;
  /** Functions, services, topics …, by their full names. */
  readonly functions: Map<string, JsonMap>;
  readonly services: Map<string, JsonMap>;
  readonly revisions: Map<string, JsonMap>;
  readonly policies: Map<string, Policy>;
  readonly jobs: Map<string, JsonMap>;
  readonly topics: Map<string, JsonMap>;
  readonly subscriptions: Map<string, JsonMap>;
  readonly triggers: Map<string, JsonMap>;
  readonly operations: Map<string, Operation>;
  readonly builds: Map<string, JsonMap>;
  readonly logs: JsonMap[];
  /** What the next builds that fail write. */
  readonly buildLog: string[];
  readonly buckets: Map<string, { readonly location: string }>;
  /** By `bucket/object`. */
  readonly objects: Map<string, Uint8Array>;
  /** Emails that exist, and whether the caller may act as them. */
  readonly accounts: Map<string, { readonly actAs: boolean }>;
  readonly runtimes: string[];
  /** APIs that are switched off. */
  readonly disabled: Set<string>;
  /** Permissions of the caller; nothing: all. */
  granted: ReadonlySet<string> | undefined;
  /** Those that were asked for. */
  readonly used: Set<string>;
  /** Looks that an operation takes. */
  delay: number;
  /** What ends the next operations on functions: the first is taken off. */
  readonly failures: { readonly at: "BUILD" | "SERVICE" | "TRIGGER"; readonly code: number; readonly message: string }[];
  /** So many reads of a policy answer the one before the last write. */
  staleReads: number;
  /** Every request that reached a service. */
  readonly requests: Request[];
  /** Where services answer. */
  address: string;
  /** The API's own address. */
  endpoint: string;
  /** Counts up: times, etags, names. */
  next(): number;
}

export function world(given: { readonly project?: string; readonly region?: string } = {}): World {
  let count = 0;
  const number = "123456789012";
  return {
    project: given.project ?? "acme-project",
    number,
    region: given.region ?? "europe-west1",
    token: "ya29.correct-token",
    functions: new Map(),
    services: new Map(),
    revisions: new Map(),
    policies: new Map(),
    jobs: new Map(),
    topics: new Map(),
    subscriptions: new Map(),
    triggers: new Map(),
    operations: new Map(),
    builds: new Map(),
    logs: [],
    buildLog: [],
    buckets: new Map(),
    objects: new Map(),
    accounts: new Map([[`${number}-compute@developer.gserviceaccount.com`, { actAs: true }]]),
    runtimes: ["nodejs22", "nodejs24"],
    disabled: new Set(),
    granted: undefined,
    used: new Set(),
    delay: 1,
    failures: [],
    staleReads: 0,
    requests: [],
    address: "",
    endpoint: "",
    next: () => ++count,
  };
}

/** The time, which moves with every look at it. */
export function now(world: World): string {
  return new Date(Date.UTC(2026, 10, 22) + world.next() * 1000).toISOString().replace(".000Z", "Z");
}

export function mapOf(value: Json | undefined): JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

export function listOf(value: Json | undefined): JsonMap[] {
  return Array.isArray(value) ? value.map(mapOf) : [];
}

export function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

export function copyOf<T>(value: T): T {
  return structuredClone(value);
}

export function shortName(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

/** A page of a list, in the order of names. */
export function paged(key: string, all: readonly JsonMap[], query: { readonly [name: string]: string }, most = 2): JsonMap {
  const sorted = all.toSorted((a, b) => (textOf(a["name"]) < textOf(b["name"]) ? -1 : 1));
  const from = Number(query["pageToken"] ?? 0);
  const page = sorted.slice(from, from + most);
  const more = from + most < sorted.length ? { nextPageToken: String(from + most) } : {};
  return { ...(page.length === 0 ? {} : { [key]: page.map(copyOf) }), ...more };
}
