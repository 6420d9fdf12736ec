/**
 * What travels to the entry file in one variable: never in the archive, so that a changed source uploads no code
 * (32 KiB a value, https://docs.cloud.google.com/run/docs/configuring/services/overview-environment-variables).
 */
import { canonical, type Resolved } from "fnpkg/adapter";
import type { Section } from "./config.ts";
import { idOf, jobName } from "./translate-names.ts";

export const bindingsVariable = "FNPKG_BINDINGS";

/** What the entry file reads. */
export interface Bindings {
  /** The configuration's name of the function, without stage. */
  readonly function: string;
  readonly level: "debug" | "info" | "warn" | "error";
  readonly region: string;
  /** Seconds. */
  readonly timeout: number;
  /** Name, and the topic, bucket or Scheduler job, complete; http triggers have none. */
  readonly triggers: readonly (readonly [name: string, source: string])[];
}

export function bindings(config: Resolved<Section>): string {
  const carried: Bindings = {
    function: config.function,
    level: config.logs.level,
    region: config.section.region,
    timeout: config.timeoutSeconds,
    triggers: config.triggers.flatMap((trigger): (readonly [string, string])[] => {
      if (trigger.type === "http") return [];
      return [[trigger.name, "source" in trigger ? idOf(trigger.source) : jobName(config, trigger.name)]];
    }),
  };
  return canonical(carried);
}
