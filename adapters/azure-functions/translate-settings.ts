/**
 * The app's settings: variables, secrets as Key Vault references, and connections by identity
 * (https://learn.microsoft.com/azure/azure-functions/functions-app-settings,
 * https://learn.microsoft.com/azure/azure-functions/functions-reference#configure-an-identity-based-connection).
 */
import { canonical, type Resource, type SecretBinding, type Trigger } from "fnpkg/adapter";
import { ids, kinds, settingNames, type SettingsProps, type Value } from "./resources.ts";
import { appName, type Config, connectionOf, getAtt, idOf, onServiceBus, partOf, siteId, suffixes } from "./translate-names.ts";

/** What the entry file reads of the variable: what would otherwise change the archive with the stage. */
export interface Bindings {
  /** The configuration's name of the function, without stage. */
  readonly function: string;
  readonly level: "debug" | "info" | "warn" | "error";
  readonly region: string;
  /** Seconds. */
  readonly timeout: number;
  /** Name, and the ARM id of the source or of the function itself. */
  readonly triggers: readonly (readonly [name: string, source: string])[];
}

export function settings(config: Config, places: readonly string[]): Resource<string, SettingsProps> {
  const properties: { [name: string]: Value } = {
    ...config.env,
    ...Object.fromEntries(Object.entries(config.secrets).map(([name, secret]) => [name, reference(secret)])),
    ...hostStorage(config),
    ...Object.fromEntries(config.triggers.flatMap((trigger) => Object.entries(connection(config, trigger)))),
    ...sampling(config),
    // Without it `/` is the vendor's own page wherever the route doesn't take it.
    AzureWebJobsDisableHomepage: "true",
    [settingNames.bindings]: bindings(config),
    [settingNames.places]: canonical([...new Set(places)].toSorted()),
  };
  return {
    kind: kinds.settings,
    id: ids.settings,
    props: {
      name: `${appName(config)}/appsettings`,
      properties: Object.fromEntries(
        Object.keys(properties)
          .toSorted()
          .map((name) => [name, properties[name] ?? ""]),
      ),
      applicationInsights: config.section.applicationInsights ?? null,
    },
    needs: [ids.site],
  };
}

function bindings(config: Config): string {
  const { function: name, logs, section, timeoutSeconds, triggers } = config;
  const carried: Bindings = {
    function: name,
    level: logs.level,
    region: section.region,
    timeout: timeoutSeconds,
    triggers: triggers.map((trigger) => [
      trigger.name,
      "source" in trigger ? idOf(trigger.source) : `${siteId(config)}/functions/${trigger.name}`,
    ]),
  };
  return canonical(carried);
}

/** Without a version it is the newest one: https://learn.microsoft.com/azure/app-service/app-service-key-vault-references */
function reference({ ref, version }: SecretBinding): string {
  const uri = idOf(ref).replace(/\/$/, "");
  return `@Microsoft.KeyVault(SecretUri=${uri}/${version === undefined || version === "latest" ? "" : version})`;
}

function hostStorage(config: Config): { [name: string]: Value } {
  const { account } = config.section.storage;
  const { storage } = suffixes(config);
  const prefix = "AzureWebJobsStorage";
  // The account's name alone stands for the public cloud.
  if (storage === "core.windows.net") return { [`${prefix}__accountName`]: account, ...identity(config, prefix) };
  const services = (["blob", "queue", "table"] as const).map((service): [string, string] => [
    `${prefix}__${service}ServiceUri`,
    `https://${account}.${service}.${storage}`,
  ]);
  return { ...Object.fromEntries(services), ...identity(config, prefix) };
}

function connection(config: Config, trigger: Trigger): { [name: string]: Value } {
  if (trigger.type !== "queue" && trigger.type !== "topic" && trigger.type !== "stream") return {};
  const id = idOf(trigger.source);
  const prefix = connectionOf(trigger.name);
  const { storage, bus } = suffixes(config);
  if (trigger.type === "queue" && !onServiceBus(id)) {
    const account = partOf(id, "storageAccounts");
    return { [`${prefix}__queueServiceUri`]: `https://${account}.queue.${storage}`, ...identity(config, prefix) };
  }
  return { [`${prefix}__fullyQualifiedNamespace`]: `${partOf(id, "namespaces")}.${bus}`, ...identity(config, prefix) };
}

/** A user-assigned identity is named by its client id, which the app tells: the host takes no resource id there. */
function identity(config: Config, prefix: string): { [name: string]: Value } {
  const own = { [`${prefix}__credential`]: "managedidentity" };
  return config.identity === undefined ? own : { ...own, [`${prefix}__clientId`]: getAtt(ids.site, "ClientId") };
}

/**
 * A fixed share of the requests, and every line of the log: settings of `host.json` by name, as they differ with the stage
 * (https://learn.microsoft.com/azure/azure-functions/functions-host-json#override-hostjson-values).
 */
function sampling({ tracing, section }: Config): { [name: string]: string } {
  if (section.applicationInsights === undefined || tracing?.sampleRate === undefined) return {};
  const prefix = "AzureFunctionsJobHost__logging__applicationInsights__samplingSettings__";
  const share = String(Math.round(tracing.sampleRate * 1e6) / 1e4);
  return {
    [`${prefix}isEnabled`]: "true",
    [`${prefix}initialSamplingPercentage`]: share,
    [`${prefix}minSamplingPercentage`]: share,
    [`${prefix}maxSamplingPercentage`]: share,
    [`${prefix}excludedTypes`]: "Trace;Exception",
  };
}
