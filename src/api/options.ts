/** What the library's verbs take in common. */
import type { ConfigFunction } from "../config/define.ts";
import type { FunctionConfig } from "../config/schema.ts";
import type { ApplyEvent, DestroyEvent } from "../engine/index.ts";

export interface ConfigOptions {
  /** A file (YAML, JSON, TypeScript), or the configuration itself. */
  readonly config: string | URL | FunctionConfig | ConfigFunction;
  /** A stage that the configuration names; default none. */
  readonly stage?: string;
  /** `path=value`, the last word in the merge order. */
  readonly set?: readonly string[];
  /** What `${env:…}` reads; default the process's own environment. */
  readonly env?: { readonly [name: string]: string | undefined };
  /** The folder that relative paths start from, for a configuration that is no file; default the current one. */
  readonly base?: string;
}

export interface PackageOptions extends ConfigOptions {
  /** A `.fnpkg` file or a package folder. */
  readonly package: string;
  /** Let plain values fill variables that the package marks secret; default false. */
  readonly allowPlaintextSecret?: boolean;
  /** The folder of content-addressed downloads; default `$XDG_CACHE_HOME/fnpkg`, else `~/.cache/fnpkg`. */
  readonly cache?: string;
}

export interface TargetOption {
  readonly target: string;
}

export interface TrafficOption {
  /**
   * The new version's share of the traffic, above 0 and up to 1; 1, the default, is all. What served before keeps the rest.
   * E_CAPABILITY where the target can't share, E_TARGET_LIMIT where it can't this share, E_TRAFFIC where nothing serves that
   * would keep the rest.
   */
  readonly traffic?: number;
}

export interface CredentialsOption {
  /**
   * Instead of the vendor's default chain; the forms stand on the target's page. Goes to the adapter alone: it is in no plan, mark,
   * event, receipt or message. E_USAGE when the target takes no such thing.
   */
  readonly credentials?: unknown;
}

export interface RunOptions extends CredentialsOption {
  /** Aborted: the calls in flight end, nothing new begins, E_INTERRUPTED. */
  readonly signal?: AbortSignal;
  /** Aborted: stops at once. */
  readonly hardSignal?: AbortSignal;
  /** Bound on the whole call, milliseconds; default 30 minutes. E_TIMEOUT after it. */
  readonly timeoutMs?: number;
}

export interface EventOption<E = ApplyEvent | DestroyEvent> {
  /** Called for every event, in order. */
  readonly onEvent?: (event: E) => void;
}

/** Leaves out what is undefined, for `exactOptionalPropertyTypes`. */
export function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
