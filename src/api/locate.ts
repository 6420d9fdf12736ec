/** Which deployment a configuration means: enough for status, logs, invoke and destroy, which know no package. */
import { loadAdapter } from "../../adapters/index.ts";
import { loadConfig } from "../config/load.ts";
import { type Location, locateConfig } from "../config/resolve.ts";
import type { Adapter } from "../contract.ts";
import { FnpkgError, throwIfAny } from "../errors.ts";
import { secretsOf } from "./credentials.ts";
import { given, type ConfigOptions, type CredentialsOption, type TargetOption } from "./options.ts";

export interface Located {
  readonly adapter: Adapter;
  readonly where: Location<unknown>;
  /** Values that are never shown. */
  readonly sensitive: readonly string[];
  readonly credentials?: unknown;
  readonly packageName: string;
}

/** @throws what loading and locating find: E_NOT_FOUND, E_YAML, E_SCHEMA, E_STAGE, E_TARGET, E_INTERPOLATION … */
export async function locate(options: ConfigOptions & TargetOption & CredentialsOption): Promise<Located> {
  const { target, stage, base, set, env, credentials } = options;
  const adapter = await loadAdapter(target);
  const loaded = await loadConfig(options.config, { target, ...given({ stage, base }) });
  const { location, problems, sensitive } = locateConfig({
    loaded,
    target,
    adapterConfig: adapter.config,
    ...given({ stage, base, set, env }),
  });
  throwIfAny(problems, "the configuration");
  if (location === undefined) throw new FnpkgError("E_INTERNAL", "the configuration was refused without a reason");
  const hidden = [...sensitive, ...secretsOf(credentials)];
  return { adapter, where: location, sensitive: hidden, packageName: location.package, ...given({ credentials }) };
}
