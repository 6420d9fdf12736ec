/** What a command is: its words, its options, and what it does. */
import type { Io } from "./io.ts";

export interface OptionSpec {
  readonly type: "boolean" | "string";
  /** May stand more than once. */
  readonly multiple?: boolean;
  /** The placeholder in the help text: `--config FILE`. */
  readonly value?: string;
  readonly help: string;
  readonly required?: boolean;
}

export type OptionSpecs = { readonly [name: string]: OptionSpec };

type ValueOf<S extends OptionSpec> = S["type"] extends "boolean"
  ? boolean
  : S["multiple"] extends true
    ? readonly string[]
    : S["required"] extends true
      ? string
      : string | undefined;

export type Values<S extends OptionSpecs> = { readonly [K in keyof S]: ValueOf<S[K]> };

export interface Argument {
  readonly name: string;
  readonly help: string;
  readonly optional?: boolean;
}

export interface Invocation<S extends OptionSpecs> {
  readonly args: readonly string[];
  readonly options: Values<S> & Values<typeof globalOptions>;
}

export interface Command<S extends OptionSpecs = OptionSpecs> {
  readonly name: string;
  readonly summary: string;
  readonly args: readonly Argument[];
  readonly options: S;
  /** Answers the exit status; absent is 0. Failures are thrown. */
  run(invocation: Invocation<S>, io: Io): Promise<number | void>;
}

/** Keeps the options' types for `run`. */
export function command<const S extends OptionSpecs>(definition: Command<S>): Command<S> {
  return definition;
}

export const globalOptions = {
  json: { type: "boolean", help: "print machine-readable JSON to standard output" },
  quiet: { type: "boolean", help: "print no progress" },
  help: { type: "boolean", help: "print this help" },
  version: { type: "boolean", help: "print fnpkg's version" },
} as const satisfies OptionSpecs;

// Options that several commands share, said once.
export const shared = {
  config: { type: "string", value: "FILE", required: true, help: "the runtime configuration (YAML, JSON or TypeScript)" },
  target: { type: "string", value: "NAME", required: true, help: "local, aws-lambda, google-cloud-functions or azure-functions" },
  stage: { type: "string", value: "NAME", help: "a stage that the configuration names" },
  set: { type: "string", multiple: true, value: "PATH=VALUE", help: "override one value, as the last word; may be repeated" },
  traffic: {
    type: "string",
    value: "N%",
    help: "give the new version this share, where the target can; what served keeps the rest",
  },
  timeout: { type: "string", value: "TIME", help: "bound on the whole command, such as 20m (default 30m)" },
  "allow-plaintext-secret": { type: "boolean", help: "let plain values fill variables that the package marks secret" },
} as const satisfies OptionSpecs;
