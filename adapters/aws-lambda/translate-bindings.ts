/**
 * What travels to the entry file in one variable: never in the archive, so that a changed source or reference uploads no code.
 * It counts against Lambda's 4 KB (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html).
 */
import { canonical, type Resolved } from "fnpkg/adapter";
import type { Section } from "./config.ts";
import { idOf } from "./translate-names.ts";

/** What the entry file reads. */
export interface Bindings {
  /** The configuration's name of the function, without stage. */
  readonly function: string;
  readonly level: "debug" | "info" | "warn" | "error";
  /** Variable, the secret's or parameter's ARN, version, key; `""` for what is not given before what is. */
  readonly secrets: readonly (readonly [name: string, arn: string, version?: string, key?: string])[];
  /** Seconds. */
  readonly timeout: number;
  /** Name, and the source's ARN or the trigger's type. */
  readonly triggers: readonly (readonly [name: string, source: string])[];
}

export function bindings(config: Resolved<Section>): string {
  const carried: Bindings = {
    function: config.function,
    level: config.logs.level,
    secrets: Object.entries(config.secrets).map(([name, { ref, version, key }]) => {
      const arn = idOf(ref);
      if (key !== undefined) return [name, arn, version ?? "", key];
      return version === undefined ? [name, arn] : [name, arn, version];
    }),
    timeout: config.timeoutSeconds,
    triggers: config.triggers.map((trigger) => [trigger.name, "source" in trigger ? idOf(trigger.source) : trigger.type]),
  };
  return canonical(carried);
}
