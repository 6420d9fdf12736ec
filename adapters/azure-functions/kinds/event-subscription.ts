/** A storage account's events for a function of the app; made once the function is there. */
import { type JsonObject, type Lifecycle, type Live, readMark } from "fnpkg/adapter";
import type { AzureClient } from "../client.ts";
import { AzureError, ifThere } from "../errors.ts";
import { type EventSubscriptionProps, kinds } from "../resources.ts";
import { finished } from "./operation.ts";
import { scopesOf } from "./settings.ts";
import { alike, type Context, listed } from "./shared.ts";
import { versions } from "./versions.ts";

interface Subscription {
  readonly name?: string;
  readonly properties?: JsonObject & { readonly provisioningState?: string; readonly labels?: readonly string[] | null };
}

const changing = /^(creating|updating|deleting|accepted|awaitingmanualaction)$/i;

export const eventSubscriptionLifecycle: Lifecycle<EventSubscriptionProps, AzureClient> = {
  after: [kinds.code],
  fixed: ["scope", "name"],
  permissions: {
    read: ["Microsoft.EventGrid/eventSubscriptions/read"],
    // Who points events at a function must be allowed to write it: learn.microsoft.com/azure/event-grid/security-authorization.
    create: ["Microsoft.EventGrid/eventSubscriptions/write", "Microsoft.Web/sites/functions/write"],
    update: ["Microsoft.EventGrid/eventSubscriptions/write", "Microsoft.Web/sites/functions/write"],
    delete: ["Microsoft.EventGrid/eventSubscriptions/delete"],
  },

  async find(cx) {
    const found = await Promise.all(
      (await scopesOf(cx, kinds.eventSubscription)).map(async (scope) => {
        const all = await ifThere(listed<Subscription>(cx, path(scope), versions.eventGrid));
        return (all ?? []).flatMap((one) => {
          const mark = markOf(one);
          return mark?.deployment === cx.deployment ? [{ id: mark.resource, live: liveOf(scope, one) }] : [];
        });
      }),
    );
    return found.flat();
  },

  async read(cx, _id, props) {
    const found = await look(cx, props.scope, props.name);
    return found === undefined ? undefined : liveOf(props.scope, found, props);
  },

  create: put,
  update: put,

  async delete(cx, _id, { props: { scope, name } }) {
    if (scope === undefined || name === undefined) return;
    const answer = await ifThere(cx.client.arm.delete(path(scope, name), versions.eventGrid, cx));
    if (answer !== undefined) await finished(cx, `the event subscription ${name} to be gone`, answer);
  },
};

function path(scope: string, name?: string): string {
  return `${scope}/providers/Microsoft.EventGrid/eventSubscriptions${name === undefined ? "" : `/${name}`}`;
}

function look(cx: Context, scope: string, name: string): Promise<Subscription | undefined> {
  return ifThere(cx.client.arm.get<Subscription>(path(scope, name), versions.eventGrid, cx));
}

async function put(cx: Context, _id: string, { scope, name, properties }: EventSubscriptionProps) {
  const answer = await cx.client.arm.put(path(scope, name), versions.eventGrid, { properties }, cx);
  const what = `the event subscription ${name} to be ready`;
  await finished(cx, what, answer);
  await cx.until(what, async () => {
    const state = (await look(cx, scope, name))?.properties?.provisioningState;
    if (state === undefined || changing.test(state)) return undefined;
    if (/^succeeded$/i.test(state)) return true;
    throw new AzureError({ call: what, message: `the event subscription ${name} is ${state}` });
  });
  return {};
}

function markOf({ properties }: Subscription) {
  return (properties?.labels ?? []).map((label) => readMark(label)).find((mark) => mark !== null) ?? null;
}

function liveOf(scope: string, found: Subscription, wanted?: EventSubscriptionProps): Live<EventSubscriptionProps> {
  const { name = "", properties = {} } = found;
  const { provisioningState = "Succeeded", ...rest } = properties as JsonObject & { readonly provisioningState?: string };
  const filter = (rest["filter"] ?? {}) as { readonly includedEventTypes?: readonly string[] | null };
  const props = {
    scope,
    name,
    properties: {
      ...rest,
      filter: {
        ...filter,
        includedEventTypes: (filter.includedEventTypes ?? []).toSorted(),
        subjectBeginsWith: (filter as JsonObject)["subjectBeginsWith"] ?? "",
        subjectEndsWith: (filter as JsonObject)["subjectEndsWith"] ?? "",
      },
    },
  } as unknown as JsonObject;
  return {
    props: alike(wanted as unknown as JsonObject | undefined, props) as unknown as EventSubscriptionProps,
    outputs: {},
    mark: markOf(found),
    state: /^succeeded$/i.test(provisioningState) ? "ready" : provisioningState,
  };
}
