/** Every final value of the configuration and where it came from. */
import { loadTarget } from "../../adapters/index.ts";
import type { Explanation } from "../config/explain.ts";
import { throwIfAny } from "../errors.ts";
import { given, type ConfigOptions, type TargetOption } from "./options.ts";

export type { Explanation };

/**
 * The merged configuration, value by value, sorted by pointer. What came from the environment is `***`.
 * @throws what loading finds; every problem of the document, stage, target and placeholders
 */
export async function explain(options: ConfigOptions & TargetOption): Promise<readonly Explanation[]> {
  const [{ explainConfig }, { loadConfig }] = await Promise.all([import("../config/explain.ts"), import("../config/load.ts")]);
  const { target, stage, base, set, env } = options;
  await loadTarget(target);
  const loaded = await loadConfig(options.config, { target, ...given({ stage, base }) });
  const { entries, problems } = explainConfig({ loaded, target, ...given({ stage, set, env }) });
  throwIfAny(problems, "the configuration");
  return entries;
}
