/** The Flex Consumption plan that the app stands on alone. */
import type { JsonObject, Lifecycle, Live } from "fnpkg/adapter";
import type { AzureClient } from "../client.ts";
import { ifThere } from "../errors.ts";
import type { PlanProps, Tags } from "../resources.ts";
import { adoptedTag, markIn, markOf, tagsIn, tagsWith, withoutOurs } from "./marks.ts";
import { finished } from "./operation.ts";
import { alike, answered, type Context, listed, regionName, together } from "./shared.ts";
import { versions } from "./versions.ts";

interface Plan {
  readonly id?: string;
  readonly name?: string;
  readonly location?: string;
  readonly kind?: string;
  readonly tags?: Tags | null;
  readonly sku?: { readonly name?: string; readonly tier?: string };
  readonly properties?: {
    readonly reserved?: boolean;
    readonly zoneRedundant?: boolean;
    readonly provisioningState?: string;
    readonly status?: string;
  };
}

export const planLifecycle: Lifecycle<PlanProps, AzureClient> = {
  after: [],
  fixed: ["name", "location", "kind", "sku"],
  whole: ["/tags"],
  permissions: {
    read: ["Microsoft.Web/serverfarms/read"],
    create: ["Microsoft.Web/serverfarms/write"],
    update: ["Microsoft.Web/serverfarms/write"],
    delete: ["Microsoft.Web/serverfarms/delete", "Microsoft.Web/serverfarms/write"],
  },

  async find(cx) {
    const all = await together(cx, "plans", () => ifThere(listed<Plan>(cx, path(cx, ""), versions.web)));
    return (all ?? []).flatMap((plan) => {
      const mark = markIn(plan.tags ?? {});
      return mark?.deployment === cx.deployment ? [{ id: mark.resource, live: liveOf(plan) }] : [];
    });
  },

  async read(cx, _id, props) {
    const plan = await look(cx, props.name);
    return plan === undefined ? undefined : liveOf(plan, props);
  },

  async create(cx, id, props) {
    await put(cx, props.name, props, tagsWith({}, markOf(cx, id), props.tags));
    return outputsOf(answered(await settled(cx, props.name), "the plan"));
  },

  async update(cx, id, props) {
    const { tags = {} } = answered(await settled(cx, props.name), "the plan");
    const before = tags ?? {};
    const adopted = markIn(before) === null || before[adoptedTag] !== undefined;
    const wanted = tagsWith(before, markOf(cx, id), props.tags);
    await put(cx, props.name, props, adopted ? { ...wanted, [adoptedTag]: "yes" } : wanted);
    return outputsOf(answered(await settled(cx, props.name), "the plan"));
  },

  async delete(cx, _id, { props: { name = "" } }) {
    const plan = await look(cx, name);
    if (plan === undefined) return;
    const { tags } = plan;
    if (tags?.[adoptedTag] !== undefined) {
      const props = liveOf(plan).props as PlanProps;
      await put(cx, name, props, withoutOurs(tags));
      await settled(cx, name);
      return;
    }
    const answer = await ifThere(cx.client.arm.delete(path(cx, name), versions.web, cx));
    if (answer !== undefined) await finished(cx, `the plan ${name} to be gone`, answer);
    await cx.until(`the plan ${name} to be gone`, async () => ((await look(cx, name)) === undefined ? true : undefined));
  },
};

function path({ client }: Context, name: string): string {
  return `${client.group}/providers/Microsoft.Web/serverfarms${name === "" ? "" : `/${name}`}`;
}

function look(cx: Context, name: string): Promise<Plan | undefined> {
  return together(cx, `plan ${name}`, () => ifThere(cx.client.arm.get<Plan>(path(cx, name), versions.web, cx)));
}

async function put(cx: Context, name: string, { location, kind, sku, properties }: PlanProps, tags: Tags): Promise<void> {
  const answer = await cx.client.arm.put(path(cx, name), versions.web, { location, kind, sku, tags, properties }, cx);
  await finished(cx, `the plan ${name} to be ready`, answer);
}

function settled(cx: Context, name: string): Promise<Plan> {
  return cx.until(`the plan ${name} to be ready`, async () => {
    const plan = await look(cx, name);
    return plan === undefined ||
      /^(in ?progress|creating|pending|accepted|updating)$/i.test(plan.properties?.provisioningState ?? "")
      ? undefined
      : plan;
  });
}

function liveOf(plan: Plan, wanted?: PlanProps): Live<PlanProps> {
  const { name = "", location, kind = "", sku = {}, properties = {} } = plan;
  const tags = plan.tags ?? {};
  const props = {
    name,
    location: regionName(location),
    // Azure adds words of its own, such as `linux`.
    kind: kind.split(",").includes("functionapp") ? "functionapp" : kind,
    sku: { name: sku.name ?? "", tier: sku.tier ?? "" },
    tags: tagsIn(tags, wanted?.tags),
    properties: { reserved: properties.reserved === true, zoneRedundant: properties.zoneRedundant === true },
  };
  const { provisioningState = "Succeeded", status = "Ready" } = properties;
  return {
    props: alike(wanted as unknown as JsonObject | undefined, props) as unknown as PlanProps,
    outputs: outputsOf(plan),
    mark: markIn(tags),
    state: /^succeeded$/i.test(provisioningState) ? (/^(ready|0)$/i.test(String(status)) ? "ready" : status) : provisioningState,
  };
}

function outputsOf({ id = "" }: Plan) {
  return { Id: id };
}
