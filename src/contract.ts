/**
 * The adapter contract: types only. An adapter says what a target takes (`limits`, `config`), what a package becomes there
 * (`layout`, `translate`: pure) and how each kind of resource lives (`kinds`). The engine does everything else.
 */
import type { ZodType } from "zod";
import type { Resolved, TriggerType } from "./config/resolved.ts";
import type { Code, Problem } from "./errors.ts";
import type { Digest, Json, JsonObject } from "./json.ts";
import type { ContentFile } from "./package/content.ts";
import type { Manifest, Platform, Profile } from "./package/manifest.ts";

/** One thing that shall exist on the target. `props` speak the vendor's own declarative vocabulary. */
export interface Resource<Kind extends string = string, Props extends object = JsonObject> {
  readonly kind: Kind;
  /** Unique in the plan, stable over deployments; never the vendor's generated id. */
  readonly id: string;
  /** Total: every managed property is named, with an explicit empty or default value. */
  readonly props: Props;
  /** Ids that must exist before this one; references in `props` count without being named here. */
  readonly needs?: readonly string[];
}

/** Another resource's output, resolved by the engine before the diff. */
export interface Reference {
  readonly "Fn::GetAtt": readonly [id: string, output: string];
}

/**
 * What a live thing answers beyond its props: ids, addresses. Plain strings, never secrets. The output named `url` is where it
 * answers http.
 */
export type Outputs = { readonly [name: string]: string };

/** What fnpkg writes beside everything it makes. A digest in a mark never replaces a read. */
export interface Mark {
  readonly deployment: string;
  readonly package: string;
  readonly resource: string;
}

/** On the anchor's mark also: what was deployed, and by what. */
export interface Derivation {
  readonly packageDigest: Digest;
  readonly configDigest: Digest;
  /** `name@version` of the adapter. */
  readonly adapter: string;
  readonly layoutDigest: Digest;
  /** The archive that was uploaded, where the target takes one. */
  readonly archiveSha256?: string;
}

/** What is there now. */
export interface Live<Props extends object = JsonObject> {
  /** In the shape of `props`. Keys that the wanted props don't name are not drift. */
  readonly props: Partial<Props>;
  readonly outputs: Outputs;
  /** `null`: it exists and carries no mark of ours. */
  readonly mark: Mark | null;
  /** The anchor's derivation, when it carries one. */
  readonly derivation?: Derivation;
  /** On the anchor, where the vendor tells: SHA-256 of the archive that is live, lower-case hex. Other than recorded is drift. */
  readonly archiveSha256?: string;
  /** `ready` when it can serve; else the vendor's own word for its state. */
  readonly state: string;
  /** On what splits the traffic, while it does: the share of what was deployed last, between 0 and 1. */
  readonly traffic?: number;
}

/** Something of a kind that this deployment owns, found without knowing the wanted resources. */
export interface Owned<Props extends object = JsonObject> {
  readonly id: string;
  readonly live: Live<Props>;
}

/** What a lifecycle may use. One a run; reads are remembered by the engine, not here. */
export interface Cx<Client> {
  readonly client: Client;
  readonly deployment: string;
  /** The package's name, for marks. */
  readonly package: string;
  /** What the anchor's mark shall record; absent where nothing is deployed (status, destroy). */
  readonly derivation?: Derivation;
  /** The code; absent where nothing is deployed. */
  readonly content?: Content;
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch after which nothing new is begun. */
  readonly deadline: number;
  /** Milliseconds since the epoch, by the clock that the run waits by. */
  now(): number;
  /** One line of progress for people. */
  progress(message: string): void;
  /**
   * Polls `look` at once and then after 50 ms growing to 2 s, until it answers or the deadline passes (E_TIMEOUT). `notBefore`: the
   * time, as `now` tells it, until which the vendor asked not to be asked; asked before every look.
   */
  until<T>(what: string, look: () => Promise<T | undefined>, notBefore?: () => number): Promise<T>;
}

/**
 * Vendor actions (IAM actions, permissions) that each verb needs, exact and without wildcards; the deployer's policy comes from
 * this. The engine looks at every kind of the adapter, wanted or not: what such a look needs without a cause in the plan is also the
 * anchor's.
 */
export interface Permissions {
  readonly read?: readonly string[];
  readonly create?: readonly string[];
  readonly update?: readonly string[];
  readonly delete?: readonly string[];
}

/** How one kind of resource lives. */
export interface Lifecycle<Props extends object = JsonObject, Client = unknown> {
  /** The anchor: created first, deleted last, carries the derivation. Exactly one kind of an adapter. */
  readonly anchor?: boolean;
  /** Properties whose change is a replace; one within another as a pointer (`/Target/Arn`), which the making or unmaking of what holds it changes too. */
  readonly fixed?: readonly ((keyof Props & string) | `/${string}`)[];
  /** Pointers into props (`/Env/*`, `*` is any key) whose values are redacted wherever people or machines could read them. */
  readonly secret?: readonly string[];
  /**
   * Pointers to maps that are wholly ours: a key that is live and not wanted is drift there. In a map shared with others
   * `read` leaves out the keys that are neither ours (the mark says which) nor wanted.
   */
  readonly whole?: readonly string[];
  /** Outputs that an update may change, such as a version: what refers to them is known only after it. */
  readonly volatile?: readonly string[];
  /**
   * Kinds that things of this kind stand on: those are deleted only after these are gone. Default: every kind named before
   * this one in `Adapter.kinds`.
   */
  readonly after?: readonly string[];
  readonly permissions: Permissions;
  /** Writes with the same lock are serialised over all deployments in the process. */
  lock?(props: Props): string;
  /** Everything of this kind that the deployment owns now; complete even when earlier runs died halfway. */
  find(cx: Cx<Client>): Promise<readonly Owned<Props>[]>;
  /**
   * What is at the address that `props` name, whoever made it. While a thing that `props` refer to is not there, they hold the
   * reference itself: answer `undefined` when the address hangs on it. Also called with the props of what `find` answered.
   */
  read(cx: Cx<Client>, id: string, props: Props): Promise<Live<Props> | undefined>;
  create(cx: Cx<Client>, id: string, props: Props): Promise<Outputs>;
  /**
   * Makes `live` what `props` say, writing only what differs; on the anchor also the code and the derivation. Called without a
   * difference to take a thing over, or to bring one that can't serve to `ready`. Absent: every change is a replace.
   */
  update?(cx: Cx<Client>, id: string, props: Props, live: Live<Props>): Promise<Outputs>;
  /** Already absent is success. */
  delete(cx: Cx<Client>, id: string, live: Live<Props>): Promise<void>;
}

/** A lifecycle whatever its props: every `Lifecycle<Props, Client>` is one. */
export interface AnyLifecycle<Client = unknown> extends Omit<
  Lifecycle<never, Client>,
  "find" | "read" | "lock" | "create" | "update" | "delete"
> {
  lock?(props: never): string;
  find(cx: Cx<Client>): Promise<readonly Owned<object>[]>;
  read(cx: Cx<Client>, id: string, props: never): Promise<Live<object> | undefined>;
  create(cx: Cx<Client>, id: string, props: never): Promise<Outputs>;
  update?(cx: Cx<Client>, id: string, props: never, live: never): Promise<Outputs>;
  delete(cx: Cx<Client>, id: string, live: never): Promise<void>;
}

/** A file's facts, without its bytes. */
export type FileInfo = Pick<ContentFile, "path" | "size" | "digest" | "executable">;

/** What the pure functions see of a package: sealed files and materialised dependencies. */
export interface PackageView {
  readonly digest: Digest;
  readonly manifest: Manifest;
  /** Paths as in the package: `function/…`; dependencies under `function/node_modules/…`. Sorted. */
  readonly files: readonly FileInfo[];
  /** The adapter's built entry file for the package's profile. */
  readonly entry: Uint8Array;
}

/** One file of the vendor's archive. */
export interface LayoutEntry {
  readonly path: string;
  readonly executable?: boolean;
  /** A path in `PackageView.files`, or generated bytes. */
  readonly from: { readonly file: string } | { readonly bytes: Uint8Array };
}
export type Layout = readonly LayoutEntry[];

/** A built archive on disk. */
export interface Archive {
  readonly file: string;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly size: number;
}

/** The code to deploy. Its identity is the layout digest, never compressed bytes. */
export interface Content {
  /** Over path, mode and content digest of every entry, sorted, generated files included. */
  readonly digest: Digest;
  readonly entries: readonly (FileInfo & { read(): AsyncIterable<Uint8Array> })[];
  /** Bytes, uncompressed. */
  readonly size: number;
  /** Builds the zip on first call; later calls answer the same. */
  archive(): Promise<Archive>;
}

/** What `translate` sees of the code. */
export interface ContentInfo {
  readonly digest: Digest;
  readonly size: number;
  readonly files: number;
}

// ---- Limits: vendor differences as data -------------------------------------------------------------------------------

/** A condition on one fact: all that is named must hold. */
export interface FactCondition {
  readonly field: string;
  readonly min?: number;
  readonly max?: number;
  readonly is?: readonly (string | number | boolean)[];
  readonly matches?: RegExp;
  /** There is no such fact. */
  readonly absent?: true;
}

/** A condition on other facts: a trigger's row sees its own trigger's and the function's, a function's row sees all. */
export interface When {
  /** The trigger is one of these; for a function's fact, one of its triggers is. */
  readonly trigger?: TriggerType | readonly TriggerType[];
  readonly signature?: "http" | "cloudevent";
  /** Several: all must hold. */
  readonly fact?: FactCondition | readonly FactCondition[];
}

interface LimitBase {
  /** Unique in the table, such as `memory` or `timeout.http`. */
  readonly id: string;
  /** The fact it limits; the list stands in engine/facts.ts. */
  readonly field: string;
  readonly when?: When;
  /** Where the vendor says so: an address or the name and version of the vendor's own artefact. */
  readonly source: string;
  /** The day it was looked up, YYYY-MM-DD. */
  readonly checked: string;
  /** One clause for people, ending the message. */
  readonly note?: string;
}

export interface RangeLimit extends LimitBase {
  readonly type: "range";
  readonly min?: number;
  readonly max?: number;
  /** Legal values are min + k × step. */
  readonly step?: number;
  readonly unit?: string;
  /** What to do, where using the nearest value says too little. */
  readonly instead?: string;
}
export interface ChoiceLimit extends LimitBase {
  readonly type: "choice";
  readonly values: readonly (string | number)[];
  readonly unit?: string;
}
export interface PatternLimit extends LimitBase {
  readonly type: "pattern";
  readonly pattern: RegExp;
  /** In words, with an example. */
  readonly expected: string;
}
/** The vendor has not the thing: E_CAPABILITY whenever the fact is there (and, with `values`, is one of them). */
export interface MissingLimit extends LimitBase {
  readonly type: "missing";
  readonly values?: readonly (string | number | boolean)[];
  /** What to do or use instead. */
  readonly instead: string;
}
/** A name that the vendor keeps for itself: E_RESERVED_ENV. */
export interface ReservedLimit extends LimitBase {
  readonly type: "reserved";
  readonly names?: readonly string[];
  readonly prefixes?: readonly string[];
}
/** The vendor gives the value by another fact: legal is that fact ÷ `per`, rounded to `digits` decimals. */
export interface RatioLimit extends LimitBase {
  readonly type: "ratio";
  readonly of: string;
  readonly per: number;
  readonly digits: number;
}
/** A part of the fact must be another fact's value, such as the region in an address. A fact without the part is let through. */
export interface SameLimit extends LimitBase {
  readonly type: "same";
  /** Its first group is the part. */
  readonly pattern: RegExp;
  /** What the part is called: `region`. */
  readonly part: string;
  readonly of: string;
}
/** The vendor can't go without the fact: E_TARGET. */
export interface RequiredLimit extends LimitBase {
  readonly type: "required";
  /** Where it belongs: a pointer into the merged configuration; `{target}` is the target's name. */
  readonly at: string;
  /** What to write there, with an example. */
  readonly instead: string;
}
/** What the vendor's schedules can keep of five POSIX fields: E_CRON. */
export interface CronLimit extends LimitBase {
  readonly type: "cron";
  /** When day of month and day of week are both restricted: `or` as POSIX has it; `and`, `one` can't keep it. */
  readonly days: "or" | "and" | "one";
}
export type Limit =
  | RangeLimit
  | ChoiceLimit
  | PatternLimit
  | MissingLimit
  | ReservedLimit
  | RatioLimit
  | SameLimit
  | RequiredLimit
  | CronLimit;

export interface RuntimeVersion {
  /** As the configuration writes it: "22". */
  readonly version: string;
  readonly status: "supported" | "preview" | "deprecated";
  /** The vendor stops creating functions on it, YYYY-MM-DD. */
  readonly until?: string;
  /** It runs what is built elsewhere: the package's range does not apply. */
  readonly any?: true;
  readonly source: string;
  readonly checked: string;
}

export interface Limits {
  /** Where functions run, for the binary preflight. */
  readonly platforms: readonly (Platform & { readonly glibc?: string; readonly source: string; readonly checked: string })[];
  readonly runtimes: Partial<Record<Profile, readonly RuntimeVersion[]>>;
  /** System libraries that the target vouches for; a package that requires another is E_CAPABILITY. */
  readonly libraries?: readonly {
    readonly name: string;
    readonly version?: string;
    readonly source: string;
    readonly checked: string;
  }[];
  /**
   * A new version can take a share of the traffic beside the one that serves: `translate` knows `traffic`. Absent: E_CAPABILITY.
   * The rest is the version's that served before the split began, however often the new one is replaced while it is on.
   */
  readonly traffic?: {
    /** Shares are multiples of it, such as 0.01; absent: any. */
    readonly step?: number;
    readonly source: string;
    readonly checked: string;
  };
  readonly rows: readonly Limit[];
}

/** What `raw` may not touch: E_RAW_CONFLICT. Together the paths name every kind that the target makes: another in `raw` is E_UNKNOWN_FIELD. */
export interface ReservedPath {
  /** Pointer into `raw`: the kind, then the property; it covers everything below. `*` is any key. */
  readonly path: string;
  /** Pointers of the neutral fields that set it: reserved while the configuration writes one of them. Absent: always. */
  readonly fields?: readonly string[];
}

// ---- Operations -------------------------------------------------------------------------------------------------------

export interface HttpInvocation {
  readonly type: "http";
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array | undefined;
}
export interface EventInvocation {
  readonly type: "event";
  /** A CloudEvent in the JSON format. */
  readonly event: JsonObject;
}
export type Invocation = HttpInvocation | EventInvocation;
export type InvocationResult =
  | {
      readonly type: "http";
      readonly status: number;
      readonly headers: readonly (readonly [string, string])[];
      readonly body: Uint8Array;
    }
  | {
      readonly type: "event";
      readonly ok: boolean;
      readonly failures: readonly { readonly index: number; readonly reason?: string }[];
    };

export interface LogLine {
  /** ISO 8601. */
  readonly time: string;
  readonly level: string;
  readonly message: string;
  readonly [field: string]: Json;
}

export interface Deployed {
  readonly deployment: string;
  readonly package: string;
  readonly packageDigest?: Digest;
  readonly configDigest?: Digest;
  readonly state: string;
  readonly url?: string;
  /** The share of `packageDigest`, between 0 and 1, while the traffic is split; absent: all. */
  readonly traffic?: number;
}

export interface Version {
  readonly version: string;
  readonly packageDigest?: Digest;
  /** Share of the traffic, 0 to 1. */
  readonly traffic: number;
  /** ISO 8601. */
  readonly created?: string;
}

export interface Operations<Client> {
  invoke(cx: Cx<Client>, invocation: Invocation): Promise<InvocationResult>;
  /** Oldest first; with `follow` it ends only with the signal. `since` in milliseconds since the epoch. */
  logs(
    cx: Cx<Client>,
    options: { readonly follow: boolean; readonly since?: number; readonly tail?: number },
  ): AsyncIterable<LogLine>;
  /** All deployments of fnpkg in the account and region. */
  list(cx: Omit<Cx<Client>, "deployment" | "package">): Promise<readonly Deployed[]>;
  /** Removes what outlives the function, such as logs and uploads; absent: nothing does. Called when all else is gone. */
  purge?(cx: Cx<Client>): Promise<void>;
  /** Absent: the target has no versions, E_CAPABILITY. */
  versions?(cx: Cx<Client>): Promise<readonly Version[]>;
  /** Moves all traffic to a version, which ends a split. E_NOT_DEPLOYED when there is no such version. */
  promote?(cx: Cx<Client>, version: string): Promise<void>;
  /** To a version or a package; without either one version back, while the traffic is split to the one that served before. */
  rollback?(cx: Cx<Client>, to: { readonly version?: string; readonly digest?: Digest }): Promise<void>;
}

// ---- What the deployer is granted -------------------------------------------------------------------------------------

/** Vendor actions beside those of the kinds: of the preflight, which is part of every deploy, and of each operation. */
export type OperationPermissions = { readonly [name in "preflight" | keyof Operations<unknown>]?: readonly string[] };

export interface PolicyInput<Section> {
  readonly config: Resolved<Section>;
  readonly wanted: readonly Resource[];
  /** What the kinds of `wanted` and the preflight need, and the operations where they are asked for. Sorted, each once. */
  readonly actions: readonly string[];
}

export interface Policy {
  /** The vendor's own form, complete: what the vendor's tools take as it is. */
  readonly document: JsonObject;
  /** Every action that it grants, sorted: `PolicyInput.actions` without those that nothing of this plan calls for. */
  readonly actions: readonly string[];
}

// ---- The adapter ------------------------------------------------------------------------------------------------------

/** The part that `check` needs: data and schema, offline. */
export interface Target<Section = unknown> {
  /** Folder, export path, configuration key and docs page have the same name. */
  readonly name: string;
  readonly contract: 1;
  /** Its own section of the runtime configuration. */
  readonly config: ZodType<Section>;
  readonly limits: Limits;
  readonly reserved?: readonly ReservedPath[];
}

/** Where a deployment is; enough for status, logs and destroy, which know no package. */
export type Located<Section = unknown> = Pick<
  Resolved<Section>,
  "target" | "stage" | "deployment" | "function" | "endpoint" | "section" | "base"
>;

export interface TranslateInput<Section> {
  readonly pkg: PackageView;
  readonly config: Resolved<Section>;
  /** The share of what is deployed, above 0 and below 1: what served before keeps the rest. Absent: all. */
  readonly traffic?: number;
}

/** What a deploy would bring, for what only the network can say about it. */
export interface Asked {
  readonly wanted: readonly Resource[];
  readonly traffic?: number;
}

/** What `explain` makes of a vendor's failure. */
export interface Explained {
  readonly code: Code;
  readonly hint?: string;
  readonly retry?: "now" | "later" | "never";
  /** From Retry-After, milliseconds. */
  readonly afterMs?: number;
}

/** Time, so that tests need not wait. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** What a connection goes by. */
export interface Connecting {
  readonly signal: AbortSignal;
  /**
   * What the library's caller handed in, in a form of the vendor's that the adapter documents; absent, the vendor's own default
   * chain. Kept in the client and nowhere else. E_USAGE when it has none of the forms, without a word of what it holds.
   */
  readonly credentials?: unknown;
  /** In place of the network, such as a vendor that is simulated in this process. */
  readonly fetch?: typeof globalThis.fetch;
  /** For the vendor's rate limits; default the machine's. */
  readonly clock?: Clock;
}

export interface Adapter<Section = unknown, Client = unknown> extends Target<Section> {
  /** Raised whenever `layout` or `translate` answer differently. */
  readonly version: string;
  /** The built entry file of each profile. */
  readonly entries: Partial<Record<Profile, URL>>;
  /** Pure: which package files and generated files the vendor's archive holds. */
  layout(input: TranslateInput<Section>): Layout;
  /** Pure: the wanted resources. */
  translate(input: TranslateInput<Section>, content: ContentInfo): readonly Resource[];
  readonly kinds: { readonly [kind: string]: AnyLifecycle<Client> };
  readonly operations: Operations<Client>;
  readonly permissions?: OperationPermissions;
  /** Pure: the vendor's policy that lets a deployer do `actions` on `wanted`, as narrow as the vendor can say it. Absent: the actions alone. */
  policy?(input: PolicyInput<Section>): Policy;
  connect(config: Located<Section>, cx: Connecting): Promise<Client>;
  /** Ends what `connect` began. */
  disconnect?(client: Client): Promise<void>;
  /**
   * What only the network knows; before any write. With `asked.traffic` also E_TRAFFIC: nothing serves yet, or what is wanted is
   * what serves, alone or as the one that keeps the rest. (That nothing at all is deployed says the engine.)
   */
  preflight?(cx: Cx<Client>, config: Resolved<Section>, asked: Asked): Promise<readonly Problem[]>;
  explain?(cause: unknown): Explained | undefined;
}
