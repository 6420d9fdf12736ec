import { createFunction } from "./create.ts";
import type { Function, HttpFunctionOptions } from "./create.ts";
import type { FunctionOptions } from "./host.ts";
import { load } from "./load.ts";
import type { Handler } from "./load.ts";

/** What an entry file must know of the package; an adapter's layout writes it beside the entry file. */
export interface Facts {
  readonly name: string;
  readonly version: string;
  readonly packageDigest: string;
  /** Relative to `function/`. */
  readonly module: string;
  readonly export: string;
  readonly type: "http" | "cloudevent";
  readonly batch: boolean;
  readonly streaming: boolean;
  /** The types of events that the package declares. */
  readonly events: readonly string[];
  /** Names of environment variables that the package declares. */
  readonly declared: readonly string[];
}

/** Loads the handler that the facts name from the folder that holds the package's files. Rejects as `load` does. */
export function loadHandler({ module, export: name, type }: Facts, folder: string): Promise<Handler> {
  return load({ module: `${folder.replace(/[\\/]$/, "")}/${module}`, export: name, type });
}

/** What the facts can't tell: where it runs and what it is given there. */
export type Surroundings = Pick<HttpFunctionOptions, "target" | "timeoutMs" | "log" | "http"> & {
  /** The environment; what the package declares of it reaches the handler. */
  readonly values: NonNullable<FunctionOptions["env"]>["values"];
};

/** A loaded handler with the package's facts, ready to be called. */
export function functionOf(facts: Facts, handler: Handler, { values, ...rest }: Surroundings): Function {
  return createFunction({
    handler,
    signature: { type: facts.type, batch: facts.batch, response: facts.streaming ? "streaming" : "buffered" },
    function: { name: facts.name, version: facts.version, packageDigest: facts.packageDigest },
    env: { declared: facts.declared, values },
    ...rest,
  });
}
