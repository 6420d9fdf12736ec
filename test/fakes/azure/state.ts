/** Everything that is there, in memory, and how it comes about: what Azure does after it has answered goes on with every look. */
import type { Reply } from "./http.ts";

export type Json = { [key: string]: unknown };

export interface AzureOptions {
  /** What a bearer must hold. */
  readonly token: string;
  readonly subscription: string;
  readonly resourceGroup: string;
  readonly region: string;
  /** So many looks until work that goes on is done; default 1. */
  readonly polls?: number;
  /** So many lists until new functions are told of; default 1. */
  readonly syncs?: number;
  /** So many reads after a write answer what was before; default 0. */
  readonly lag?: number;
  /** So many tries until a new identity is known to the authorisation service; default 0. */
  readonly principalTries?: number;
  /** What the deployer may do; default everything. */
  readonly allowed?: ReadonlySet<string>;
}

/** A thing of Resource Manager's with what reads still answer. */
export interface Thing {
  readonly id: string;
  readonly name: string;
  value: Json;
  /** What a read answers while it lags behind. */
  before: Json | undefined;
  lagging: number;
  /** Looks until the work on it is done. */
  pending: number;
}

export interface App extends Thing {
  settings: { [name: string]: string };
  settingsBefore: { value: { [name: string]: string }; lagging: number } | undefined;
  functions: readonly FunctionFacts[];
  /** Lists until `functions` are told of, instead of these. */
  functionsBefore: { value: readonly FunctionFacts[]; syncs: number } | undefined;
  readonly deployments: DeploymentFacts[];
  readonly keys: { readonly master: string; readonly default: string };
  readonly principalId: string;
  host: string;
  scm: string;
  /** Events that the admin endpoint took. */
  readonly admitted: { readonly function: string; readonly input: unknown }[];
}

export interface FunctionFacts {
  readonly name: string;
  readonly bindings: readonly Json[];
}

export interface DeploymentFacts {
  readonly id: string;
  status: number;
  left: number;
  readonly archive: Buffer;
  readonly log: string[];
  fails: boolean;
}

export interface Operation {
  left: number;
  readonly thing: Thing | undefined;
  readonly error: { readonly code: string; readonly message: string } | undefined;
}

export class AzureState {
  readonly plans = new Map<string, Thing>();
  readonly apps = new Map<string, App>();
  readonly roleAssignments = new Map<string, Thing>();
  readonly eventSubscriptions = new Map<string, Thing>();
  readonly accounts = new Map<string, { readonly containers: Set<string> }>();
  readonly blobs = new Map<string, { readonly bytes: Buffer; readonly metadata: { readonly [name: string]: string } }>();
  readonly identities = new Map<string, { readonly principalId: string; readonly clientId: string }>();
  readonly components = new Map<string, { readonly connectionString: string; readonly rows: (readonly unknown[])[] }>();
  /** App names that are taken elsewhere in Azure. */
  readonly taken = new Set<string>();
  readonly operations = new Map<string, Operation>();
  /** Principals that the authorisation service knows after so many tries more. */
  readonly principals = new Map<string, number>();
  /** Archives whose deployment fails, by a file in them. */
  readonly failing = new Set<string>();
  readonly options: Required<Omit<AzureOptions, "allowed">> & Pick<AzureOptions, "allowed">;
  #count = 0;

  constructor(options: AzureOptions) {
    this.options = { polls: 1, syncs: 1, lag: 0, principalTries: 0, ...options };
  }

  /** The same for the same sequence of calls. */
  next(what: string): string {
    return `${what}${String(++this.#count).padStart(6, "0")}`;
  }

  uuid(): string {
    return `00000000-0000-4000-8000-${String(++this.#count).padStart(12, "0")}`;
  }

  get group(): string {
    return `/subscriptions/${this.options.subscription}/resourceGroups/${this.options.resourceGroup}`;
  }

  /** Work that begins on a thing. */
  begin(thing: Thing | undefined, error?: Operation["error"]): string {
    const id = this.next("operation");
    this.operations.set(id, { left: this.options.polls, thing, error });
    if (thing !== undefined) thing.pending = this.options.polls;
    return id;
  }

  /** Writes a value; reads lag behind it. */
  write(things: Map<string, Thing>, key: string, id: string, name: string, value: Json): Thing {
    const found = things.get(key);
    if (found === undefined) {
      const thing: Thing = { id, name, value, before: undefined, lagging: this.options.lag, pending: 0 };
      things.set(key, thing);
      return thing;
    }
    found.before = found.lagging > 0 ? found.before : found.value;
    found.lagging = this.options.lag;
    found.value = value;
    return found;
  }

  /** What a read answers now; nothing while a new thing is not seen yet. */
  read(thing: Thing | undefined): Json | undefined {
    if (thing === undefined) return undefined;
    if (thing.pending > 0) thing.pending--;
    if (thing.lagging > 0) {
      thing.lagging--;
      return thing.before;
    }
    return thing.value;
  }
}

/** `{"error":{…}}`, as Resource Manager writes it. */
export function armError(status: number, code: string, message: string, headers: { [name: string]: string } = {}): Reply {
  return { status, headers, body: { error: { code, message } } };
}

/** `{"Code","Message"}`, as Microsoft.Web writes it. */
export function webError(status: number, code: string, message: string): Reply {
  return {
    status,
    body: { Code: code, Message: message, Target: null, Details: [{ Message: message }, { Code: code }], Innererror: null },
  };
}

export function missing(id: string, group: string): Reply {
  const [, resource = id] = id.split("/providers/");
  return armError(404, "ResourceNotFound", `The Resource '${resource}' under resource group '${group}' was not found.`);
}
