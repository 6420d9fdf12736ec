/** What only the network knows, before anything is written. What the credentials may not read is left to the deploy. */
import { type Cx, pointer, type Problem, type Resolved } from "fnpkg/adapter";
import type { AzureClient } from "./client.ts";
import type { Section } from "./config.ts";
import { explain, isMissing } from "./errors.ts";
import { siteNamed } from "./kinds/app.ts";
import { derivationIn, publishedIn } from "./kinds/marks.ts";
import { listed } from "./kinds/shared.ts";
import { versions } from "./kinds/versions.ts";

type Config = Resolved<Section>;
type Look = Promise<readonly Problem[]>;
const target = "azure-functions";

export async function preflight(cx: Cx<AzureClient>, config: Config): Promise<readonly Problem[]> {
  const tags = (await readable(() => siteNamed(cx, config.section.app ?? config.deployment)))?.tags ?? {};
  // What was deployed with this very configuration had all of it.
  if (derivationIn(tags)?.configDigest === config.digest && publishedIn(tags) !== undefined) return [];
  const group = checked(
    () => cx.client.arm.get(cx.client.group, versions.resources, cx),
    () => [
      problem(
        config,
        "E_RESOURCE",
        `there is no resource group ${config.section.resourceGroup}`,
        ["resourceGroup"],
        "Make it first, or correct its name.",
      ),
    ],
  );
  const looks = [group, plan(cx, config), storage(cx, config), identity(cx, config), stack(cx, config)];
  const [first = [], ...others] = await Promise.all(looks);
  return first.length > 0 ? first : others.flat();
}

/** One that the configuration names is there already, and of the right sort. */
async function plan(cx: Cx<AzureClient>, config: Config): Look {
  const name = config.section.plan;
  if (name === undefined) return [];
  let sku: string | undefined;
  const found = await checked(
    async () => {
      const path = `${cx.client.group}/providers/Microsoft.Web/serverfarms/${name}`;
      sku = (await cx.client.arm.get<{ readonly sku?: { readonly name?: string } }>(path, versions.web, cx)).sku?.name;
    },
    () => [
      problem(
        config,
        "E_RESOURCE",
        `there is no plan ${name}`,
        ["plan"],
        "Make it first, or leave `plan` out for one of its own.",
      ),
    ],
  );
  if (sku === undefined || sku === "FC1") return found;
  const hint = "Name a plan of Flex Consumption, or leave `plan` out for one of its own.";
  return [problem(config, "E_TARGET_LIMIT", `the plan ${name} is ${sku}, not FC1`, ["plan"], hint)];
}

async function storage(cx: Cx<AzureClient>, config: Config): Look {
  const { account, container } = config.section.storage;
  const path = `${cx.client.group}/providers/Microsoft.Storage/storageAccounts/${account}`;
  const missing = (message: string, key: string, hint: string) => () => [
    problem(config, "E_RESOURCE", message, ["storage", key], hint),
  ];
  const ofAccount = checked(
    () => cx.client.arm.get(path, versions.storage, cx),
    missing(
      `there is no storage account ${account} in ${config.section.resourceGroup}`,
      "account",
      "Make it first, or correct its name.",
    ),
  );
  const ofContainer = checked(
    () => cx.client.arm.get(`${path}/blobServices/default/containers/${container}`, versions.storage, cx),
    missing(
      `there is no container ${container} in ${account}`,
      "container",
      `Make it: az storage container create --account-name ${account} --name ${container} --auth-mode login`,
    ),
  );
  const [first, second] = await Promise.all([ofAccount, ofContainer]);
  return first.length > 0 ? first : second;
}

async function identity(cx: Cx<AzureClient>, config: Config): Look {
  const id = config.identity;
  if (id === undefined) return [];
  return checked(
    () => cx.client.arm.get(id, versions.identity, cx),
    () => [
      {
        code: "E_RESOURCE",
        message: `there is no identity ${id}`,
        pointer: pointer("identity", target),
        target,
        hint: "Make it first, or correct its id.",
      },
    ],
  );
}

/** `Microsoft.Web/locations/functionAppStacks`: what of Flex Consumption a region offers. */
interface Stack {
  readonly name?: string;
  readonly properties?: {
    readonly majorVersions?: readonly {
      readonly minorVersions?: readonly { readonly stackSettings?: { readonly linuxRuntimeSettings?: Runtime } }[];
    }[];
  };
}
interface Runtime {
  readonly Sku?: readonly Sku[];
  readonly sku?: readonly Sku[];
}
interface Sku {
  readonly skuCode?: string;
  readonly instanceMemoryMB?: readonly { readonly size?: number }[] | readonly number[];
  readonly maximumInstanceCount?: { readonly lowestMaximumInstanceCount?: number; readonly highestMaximumInstanceCount?: number };
  readonly functionAppConfigProperties?: { readonly runtime?: { readonly name?: string; readonly version?: string } };
}

async function stack(cx: Cx<AzureClient>, config: Config): Look {
  const { region } = config.section;
  const path = `/providers/Microsoft.Web/locations/${region}/functionAppStacks`;
  const all = await readable(() => listed<Stack>(cx, path, versions.web, { stackOsType: "Linux" }));
  const skus = (all ?? []).flatMap(({ properties }) =>
    (properties?.majorVersions ?? []).flatMap(({ minorVersions = [] }) =>
      minorVersions.flatMap(({ stackSettings }) => {
        const { Sku: upper, sku } = stackSettings?.linuxRuntimeSettings ?? {};
        return (upper ?? sku ?? []).filter(({ skuCode }) => skuCode === "FC1");
      }),
    ),
  );
  // A region that is not known, or a service that does not tell.
  if (all === undefined || all.length === 0) return [];
  if (skus.length === 0) {
    const hint = "Choose another region: az functionapp list-flexconsumption-locations";
    return [problem(config, "E_TARGET_LIMIT", `${region} does not offer Flex Consumption`, ["region"], hint)];
  }
  const of = skus.filter((sku) => sku.functionAppConfigProperties?.runtime?.name === "node");
  const mine = of.find((sku) => sku.functionAppConfigProperties?.runtime?.version === config.runtime);
  if (mine === undefined) {
    const offered = of.flatMap((sku) => sku.functionAppConfigProperties?.runtime?.version ?? []);
    if (offered.length === 0) return [];
    return [
      {
        code: "E_RUNTIME",
        message: `${region} offers no node ${config.runtime}, but ${offered.join(", ")}`,
        pointer: "/runtime",
        target,
        hint: "Choose one of them as `runtime`, or another region.",
      },
    ];
  }
  return [...memory(config, mine), ...instances(config, mine)];
}

function memory({ memoryMiB, section }: Config, { instanceMemoryMB = [] }: Sku): readonly Problem[] {
  const sizes = instanceMemoryMB.flatMap((size: number | { readonly size?: number }) =>
    typeof size === "number" ? [size] : size.size === undefined ? [] : [size.size],
  );
  if (sizes.length === 0 || sizes.includes(memoryMiB)) return [];
  const message = `${section.region} offers no instances of ${memoryMiB}Mi, but ${sizes.join(", ")}`;
  return [{ code: "E_TARGET_LIMIT", message, pointer: "/memory", target, hint: "Choose one of them, or another region." }];
}

function instances({ instances: { max }, section }: Config, { maximumInstanceCount = {} }: Sku): readonly Problem[] {
  const { lowestMaximumInstanceCount: least = 1, highestMaximumInstanceCount: most = 1000 } = maximumInstanceCount;
  if (max === undefined || (max >= least && max <= most)) return [];
  const message = `${section.region} takes ${least} to ${most} as most instances, not ${max}`;
  return [
    { code: "E_TARGET_LIMIT", message, pointer: "/instances/max", target, hint: `Choose a number from ${least} to ${most}.` },
  ];
}

async function checked(look: () => Promise<unknown>, missing: () => readonly Problem[]): Look {
  try {
    await look();
    return [];
  } catch (cause) {
    if (isMissing(cause)) return missing();
    if (unreadable(cause)) return [];
    throw cause;
  }
}

async function readable<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (cause) {
    if (isMissing(cause) || unreadable(cause)) return undefined;
    throw cause;
  }
}

/** Refused for good, but not for want of credentials: those would fail everything else as well. */
function unreadable(cause: unknown): boolean {
  const said = explain(cause);
  return said?.code === "E_VENDOR" && said.retry === "never" && (cause as { readonly status?: unknown }).status === 403;
}

function problem(config: Config, code: Problem["code"], message: string, at: readonly string[], hint: string): Problem {
  return { code, message, pointer: pointer("targets", config.target, ...at), target, hint };
}
