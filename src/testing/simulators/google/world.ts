/** Everything that a project holds, and how it behaves. Each service reads and writes it. */
import { createHash } from "node:crypto";
import type { Surroundings } from "../wire.ts";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export interface JsonMap {
  [key: string]: Json;
}
export type Query = { readonly [name: string]: string };

export interface Policy {
  readonly [field: string]: unknown;
  readonly etag: string;
  readonly bindings: readonly { readonly role: string; readonly members: readonly string[]; readonly condition?: object }[];
}

/** What ends an operation on a function: a build that fails, a service that never comes up, a trigger that can't be made. */
export interface GoogleFailure {
  readonly at: "BUILD" | "SERVICE" | "TRIGGER";
  /** google.rpc.Code. */
  readonly code: number;
  readonly message: string;
}

/** What an operation does when its time has come. */
export type Work =
  | { readonly kind: "deploy"; readonly failure?: GoogleFailure }
  | { readonly kind: "remove" }
  | { readonly kind: "serve" }
  | { readonly kind: "refuse"; readonly code: number; readonly message: string };

export interface Operation {
  readonly name: string;
  /** The function or service that it changes. */
  readonly target: string;
  readonly work: Work;
  /** In order, each with when it ends, in milliseconds since the epoch. */
  readonly stages: readonly { readonly name: string; readonly ends: number }[];
  readonly created: string;
  readonly ends: number;
  readonly buildName?: string;
  ended?: { readonly response: JsonMap } | { readonly error: { readonly code: number; readonly message: string } };
}

/** What a thing was before a change, for reads that lag. */
interface Past {
  readonly at: number;
  readonly before: JsonMap | Policy | undefined;
}

/** Milliseconds until something is so; default 0: when somebody looks next. */
export interface GoogleLags {
  /** A function is built. */
  readonly build?: number;
  /** A revision comes up; a service takes a change. */
  readonly service?: number;
  /** The trigger of a function that takes events is made. */
  readonly trigger?: number;
  /** A function is deleted. */
  readonly delete?: number;
  /** A read of a function or a service answers what was before. */
  readonly read?: number;
  /** A list of functions, jobs or topics does. */
  readonly list?: number;
  /** A read of a policy does. */
  readonly policy?: number;
  /** A read of a job does. */
  readonly job?: number;
  /** Other services know a new service account. */
  readonly account?: number;
  /** A change of a service's callers has effect. */
  readonly invoker?: number;
}

/** Plain data, all of it. */
export interface GoogleState {
  /** Functions, services, topics …, by their full names. */
  functions: Map<string, JsonMap>;
  services: Map<string, JsonMap>;
  revisions: Map<string, JsonMap>;
  policies: Map<string, Policy>;
  jobs: Map<string, JsonMap>;
  topics: Map<string, JsonMap>;
  subscriptions: Map<string, JsonMap>;
  triggers: Map<string, JsonMap>;
  operations: Map<string, Operation>;
  /** The names of operations that go on. */
  pending: string[];
  builds: Map<string, JsonMap>;
  logs: JsonMap[];
  /** What the next builds that fail write. */
  buildLog: string[];
  buckets: Map<string, { readonly location: string }>;
  /** By `bucket/object`. */
  objects: Map<string, Uint8Array>;
  /** Signed addresses, by `bucket/object`, with their signatures. */
  uploads: Map<string, string>;
  /** Emails that exist, whether the caller may act as them, and since when they are there. */
  accounts: Map<string, { readonly actAs: boolean; readonly since?: number }>;
  runtimes: string[];
  /** APIs that are switched off. */
  disabled: Set<string>;
  /** Permissions of the caller; nothing: all. */
  granted: ReadonlySet<string> | undefined;
  /** Those that were asked for. */
  used: Set<string>;
  /** What ends the next operations on functions: the first is taken off. */
  failures: GoogleFailure[];
  /** By kind and name. */
  past: Map<string, Past[]>;
  count: number;
}

/** Checks bodies of Cloud Functions against the vendor's own description of them. */
export interface GoogleBodyCheck {
  /** @throws GoogleStatus INVALID_ARGUMENT */
  mustFit(type: string, body: JsonMap): void;
  /** @throws GoogleStatus INVALID_ARGUMENT for a path that is no field, or that only the vendor writes */
  mustBeField(type: string, path: string): void;
}

export interface GoogleWorld extends GoogleState {
  readonly project: string;
  readonly number: string;
  readonly region: string;
  /** The bearer token that every call must carry. */
  readonly token: string;
  readonly around: Surroundings;
  readonly check: GoogleBodyCheck | undefined;
  lags: GoogleLags;
  /** When what is done now was due, while operations end. */
  due: number | undefined;
}
export type World = GoogleWorld;

export interface WorldOptions {
  /** Default `acme-project`. */
  readonly project?: string;
  /** Default `europe-west1`. */
  readonly region?: string;
  readonly lags?: GoogleLags;
  /** Default none: bodies of functions are checked for what deploying them needs alone. */
  readonly check?: GoogleBodyCheck;
}

const number = "123456789012";

export function makeWorld(around: Surroundings, given: WorldOptions): World {
  return {
    project: given.project ?? "acme-project",
    number,
    region: given.region ?? "europe-west1",
    token: "ya29.correct-token",
    around,
    check: given.check,
    lags: given.lags ?? {},
    due: undefined,
    ...emptyState(),
  };
}

function emptyState(): GoogleState {
  return {
    functions: new Map(),
    services: new Map(),
    revisions: new Map(),
    policies: new Map(),
    jobs: new Map(),
    topics: new Map(),
    subscriptions: new Map(),
    triggers: new Map(),
    operations: new Map(),
    pending: [],
    builds: new Map(),
    logs: [],
    buildLog: [],
    buckets: new Map(),
    objects: new Map(),
    uploads: new Map(),
    accounts: new Map([[`${number}-compute@developer.gserviceaccount.com`, { actAs: true }]]),
    runtimes: ["nodejs22", "nodejs24"],
    disabled: new Set(),
    granted: undefined,
    used: new Set(),
    failures: [],
    past: new Map(),
    count: 0,
  };
}

/** The state alone, as a copy of its own. */
export function stateOf(world: World): GoogleState {
  const { project: _p, number: _n, region: _r, token: _t, around: _a, check: _c, lags: _l, due: _d, ...state } = world;
  return structuredClone(state);
}

/** Counts up: etags, names. */
export function next(world: World): number {
  return ++world.count;
}

const most = 500;

/** Takes off what is oldest where there is too much: Google forgets too. */
export function forget(things: Map<string, unknown>): string | undefined {
  const oldest = things.size > most ? things.keys().next().value : undefined;
  if (oldest !== undefined) things.delete(oldest);
  return oldest;
}

/** Milliseconds since the epoch. */
export function timeOf(world: World): number {
  return world.due ?? world.around.now();
}

/** With nanoseconds, which move with every look: no two changes have the same time. */
export function now(world: World): string {
  return new Date(timeOf(world)).toISOString().replace("Z", `${String(next(world) % 1_000_000).padStart(6, "0")}Z`);
}

/** Whether the caller has a permission; that it was asked for is kept. */
export function mayCaller(world: World, permission: string): boolean {
  world.used.add(permission);
  return world.granted === undefined || world.granted.has(permission);
}

type Kept = "functions" | "services" | "policies" | "jobs" | "topics";

/** Before a change: what reads that lag go on answering. */
export function remember(world: World, kind: Kept, name: string): void {
  const { read = 0, list = 0, policy = 0, job = 0, invoker = 0 } = world.lags;
  const longest = Math.max(read, list, policy, job, invoker);
  if (longest === 0) return;
  const at = timeOf(world);
  const known = (world.past.get(`${kind} ${name}`) ?? []).filter((one) => one.at > at - longest);
  const before = world[kind].get(name);
  world.past.set(`${kind} ${name}`, [...known, { at, before: before === undefined ? undefined : copyOf(before) }]);
}

/** As it was so many milliseconds ago. */
export function seen<K extends Kept>(world: World, kind: K, name: string, lag = 0): ReturnType<World[K]["get"]> {
  type Thing = ReturnType<World[K]["get"]>;
  const since = timeOf(world) - lag;
  const past = lag === 0 ? undefined : world.past.get(`${kind} ${name}`)?.find(({ at }) => at > since);
  return (past === undefined ? world[kind].get(name) : past.before) as Thing;
}

/** All whose names begin so, as they were so many milliseconds ago. */
export function allSeen(world: World, kind: Exclude<Kept, "policies">, prefix: string, lag = 0): JsonMap[] {
  const names = new Set(world[kind].keys());
  if (lag > 0) for (const key of world.past.keys()) if (key.startsWith(`${kind} `)) names.add(key.slice(kind.length + 1));
  const all: JsonMap[] = [];
  for (const name of names) {
    const thing = name.startsWith(prefix) ? seen(world, kind, name, lag) : undefined;
    if (thing !== undefined) all.push(thing);
  }
  return all;
}

/** `https://NAME-HASH-ew.a.run.app`: ten characters for the project, and the region in short. */
export function addressOf({ project, region }: World, service: string): string {
  const hash = createHash("sha256").update(`${project} ${region}`).digest("hex").slice(0, 10);
  const [, area = "", side = ""] = /^([a-z]+)-([a-z]+)/.exec(region) ?? [];
  return `https://${shortName(service)}-${hash}-${area.slice(0, 1)}${side.slice(0, 1)}.a.run.app`;
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

/** A copy of JSON. */
export function copyOf<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf) as T;
  const copy: { [key: string]: unknown } = {};
  for (const key of Object.keys(value)) copy[key] = copyOf((value as { readonly [key: string]: unknown })[key]);
  return copy as T;
}

export function shortName(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

/** A page of a list, in the order of names. */
export function paged(key: string, all: readonly JsonMap[], query: Query, most = 2): JsonMap {
  const sorted = all.toSorted((a, b) => (textOf(a["name"]) < textOf(b["name"]) ? -1 : 1));
  const from = Number(query["pageToken"] ?? 0);
  const page = sorted.slice(from, from + most);
  const more = from + most < sorted.length ? { nextPageToken: String(from + most) } : {};
  return { ...(page.length === 0 ? {} : { [key]: page }), ...more };
}
