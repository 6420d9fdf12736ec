/** What Lambda keeps: plain data that is never changed in place. Times are milliseconds since the epoch. */
import type { Things } from "../things.ts";
import type { Account } from "../service.ts";
import type { Settings } from "./settings.ts";

export interface Code {
  /** Base64. */
  readonly sha256: string;
  readonly size: number;
}

export interface Version {
  /** `$LATEST`, or a number. */
  readonly number: string;
  readonly code: Code;
  readonly settings: Settings;
  readonly modified: number;
  /** The revision until `changing.until`, and from then on. */
  readonly revisions: readonly [number, number];
  readonly changing: { readonly to: "active" | "updated"; readonly until: number };
  /** Of a published one: what `$LATEST` was then. */
  readonly from?: string;
}

export interface Alias {
  readonly version: string;
  readonly description: string;
  /** Weights by version. */
  readonly weights: { readonly [version: string]: number };
  readonly revision: number;
}

export interface Statement {
  readonly Sid: string;
  readonly Principal: unknown;
  readonly Action: string;
  readonly Condition?: { readonly [operator: string]: { readonly [key: string]: string } };
  readonly since: number;
}

export interface Url {
  readonly id: string;
  readonly auth: string;
  readonly mode: string;
  readonly cors: { readonly [member: string]: unknown } | undefined;
  readonly created: number;
  readonly modified: number;
}

export interface AsyncConfig {
  readonly attempts: number | undefined;
  readonly ageSeconds: number | undefined;
  readonly destinations: { readonly [when: string]: { readonly Destination?: string } };
  readonly modified: number;
}

export interface Provisioned {
  readonly count: number;
  readonly until: number;
  readonly modified: number;
}

type By<T> = { readonly [name: string]: T };

export interface Fn {
  readonly name: string;
  readonly latest: Version;
  /** In the order of publishing. */
  readonly published: readonly Version[];
  /** The last number given; none is given twice. */
  readonly count: number;
  readonly tags: By<string>;
  readonly reserved: number | undefined;
  readonly aliases: By<Alias>;
  /** By qualifier, as all that follow; the function's own is under the empty text. */
  readonly policies: By<readonly Statement[]>;
  readonly urls: By<Url>;
  readonly asyncs: By<AsyncConfig>;
  readonly provisioned: By<Provisioned>;
}

export interface Mapping {
  readonly uuid: string;
  /** With the qualifier that it was bound to. */
  readonly functionArn: string;
  readonly source: string;
  readonly enabled: boolean;
  /** As answered. */
  readonly settings: By<unknown>;
  readonly tags: By<string>;
  readonly modified: number;
  readonly changing: { readonly state: string; readonly until: number };
}

/** What the operations work on. */
export interface Store {
  readonly account: Account;
  readonly functions: Things<Fn>;
  readonly mappings: Things<Mapping>;
}

export function uuidOf(count: number): string {
  return `00000000-0000-4000-8000-${count.toString(16).padStart(12, "0")}`;
}

/** `2026-01-01T00:00:00.000+0000`, as Lambda writes a time. */
export function timeOf(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "+0000");
}

export function without<T extends object>(map: T, key: keyof T): T {
  const { [key]: _, ...rest } = map;
  return rest as T;
}
