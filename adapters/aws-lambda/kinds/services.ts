/**
 * Which services a deployment has ever used beside Lambda and its logs. The function's tags say it, from before anything is made
 * there: so nothing is missed, and who uses none of them needs neither their SDKs nor permissions for them.
 */
import { markTags } from "../resources.ts";
import { bindingsVariable } from "../config.ts";
import type { Bindings } from "../translate-bindings.ts";
import type { FunctionProps } from "../resources.ts";
import type { Tags } from "./marks.ts";
import { functionNamed, namedBy, ourAliases, versionsOf } from "./owner.ts";
import type { Context } from "./shared.ts";

const services = ["apigateway", "iam", "scheduler"] as const;
export type Service = (typeof services)[number];

/** True when something of this deployment may be there. */
export async function uses(cx: Context, service: Service): Promise<boolean> {
  const { createRole, http } = cx.client.section;
  if ((service === "iam" && createRole) || (service === "apigateway" && http === "api-gateway")) return true;
  return servicesIn((await functionNamed(cx, cx.deployment))?.Tags ?? {}).includes(service);
}

/** The tag of a function that is about to have these properties; what was used once stays named. */
export function adapterTag(cx: Context, adapter: string, props: FunctionProps, live: Tags): Record<string, string> {
  const { createRole, http } = cx.client.section;
  const types = triggersIn(props.Environment.Variables[bindingsVariable]).map(([, source]) => source);
  const wanted: Record<Service, boolean> = {
    apigateway: http === "api-gateway" && types.includes("http"),
    iam: createRole,
    scheduler: types.includes("schedule"),
  };
  const before = servicesIn(live);
  return { [markTags.adapter]: [adapter, ...services.filter((name) => wanted[name] || before.includes(name))].join(" ") };
}

/** Names and sources, or types, of the triggers that a function is bound to. */
export function triggersIn(bindings: string | undefined): Bindings["triggers"] {
  if (bindings === undefined) return [];
  try {
    return (JSON.parse(bindings) as Bindings).triggers;
  } catch {
    return [];
  }
}

/** The triggers of this deployment's function, and of the versions that serve. */
export async function boundTo(cx: Context): Promise<Bindings["triggers"]> {
  const [found, versions, aliases] = await Promise.all([
    functionNamed(cx, cx.deployment),
    versionsOf(cx, cx.deployment),
    ourAliases(cx),
  ]);
  const serving = new Set(aliases.flatMap(namedBy));
  const served =
    aliases.length === 0 ? [] : [found?.Configuration, ...versions.filter(({ Version = "" }) => serving.has(Version))];
  return served.flatMap((config) => triggersIn(config?.Environment?.Variables?.[bindingsVariable]));
}

function servicesIn(tags: Tags): readonly string[] {
  return (tags[markTags.adapter] ?? "").split(" ").slice(1);
}
