/** `defineConfig`: types for a configuration that is written in TypeScript. */
import type { FunctionConfig } from "./schema.ts";

/** What a configuration's function is called with. */
export interface ConfigContext {
  readonly stage?: string;
  /** Absent in one call only: when `check` is told no target, it asks which ones `targets` names, then calls once for each. */
  readonly target?: string;
}

export type ConfigFunction = (cx: ConfigContext) => FunctionConfig | Promise<FunctionConfig>;

/**
 * Returns what it is given; it is there for the types. The result must be plain JSON: it is serialised and validated as the
 * YAML form is.
 */
export function defineConfig(config: FunctionConfig): FunctionConfig;
export function defineConfig(config: ConfigFunction): ConfigFunction;
export function defineConfig(config: FunctionConfig | ConfigFunction): FunctionConfig | ConfigFunction {
  return config;
}
