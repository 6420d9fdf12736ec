/** The function's Cloud Run service: which revisions serve. The function makes and removes it; here it is only changed. */
import { byCodeUnit, canonical, type Lifecycle, type Live } from "fnpkg/adapter";
import type { GoogleClient } from "../client.ts";
import type { ServiceJson, TrafficJson } from "../client-api.ts";
import { ifThere, isStale } from "../errors.ts";
import { ids, kinds, type ServiceProps, type TrafficTarget } from "../resources.ts";
import { ended } from "./operation.ts";
import { derivedMark, ourFunction } from "./owner.ts";
import { type Context, enumName, known, noOutputs, said, shortName, text } from "./shared.ts";

const allocations = ["", "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"];
const byRevision = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION";
/** google/cloud/run/v2/condition.proto, Condition.State. */
const conditions = ["", "CONDITION_PENDING", "CONDITION_RECONCILING", "CONDITION_FAILED", "CONDITION_SUCCEEDED"];

export const serviceLifecycle: Lifecycle<ServiceProps, GoogleClient> = {
  after: [kinds.function],
  permissions: {
    read: ["run.services.get"],
    create: ["run.operations.get", "run.services.update"],
    update: ["run.operations.get", "run.services.update"],
  },
  lock: ({ name }) => `service ${text(name) ?? ""}`,

  async find(cx) {
    const name = said((await ourFunction(cx))?.serviceConfig?.service);
    const live = name === undefined ? undefined : await look(cx, ids.service, name);
    return live === undefined ? [] : [{ id: ids.service, live }];
  },

  async read(cx, id, { name }) {
    const asked = text(name);
    return asked === undefined ? undefined : look(cx, id, asked);
  },

  async create(cx, _id, props) {
    await write(cx, props);
    return noOutputs;
  },

  async update(cx, _id, props) {
    await write(cx, props);
    return noOutputs;
  },

  /** It goes with its function. */
  async delete() {},
};

async function look(cx: Context, id: string, name: string): Promise<Live<ServiceProps> | undefined> {
  const found = await ifThere(cx.client.run.getService(name, cx));
  if (found === undefined) return undefined;
  return {
    props: { name, traffic: trafficOf(found), invokerIamDisabled: found.invokerIamDisabled === true },
    outputs: noOutputs,
    mark: await derivedMark(cx, id, ({ serviceConfig }) => serviceConfig?.service === name),
    state: stateOf(found),
  };
}

/** What serves, by revision; a target of no percent only carries a tag. Nothing written is all to the newest. */
export function trafficOf(service: ServiceJson): readonly TrafficTarget[] {
  const shares = new Map<string, number>();
  for (const target of targetsOf(service)) {
    const { percent = 0 } = target;
    if (percent === 0) continue;
    const name = revisionOf(service, target);
    shares.set(name, (shares.get(name) ?? 0) + percent);
  }
  return [...shares]
    .toSorted(([a, most], [b, least]) => least - most || byCodeUnit(a, b))
    .map(([revision, percent]) => ({ type: byRevision, revision, percent }));
}

function targetsOf({ traffic = [] }: ServiceJson): readonly TrafficJson[] {
  return traffic.length === 0 ? [{ type: "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", percent: 100 }] : traffic;
}

/** The short name; LATEST means the newest that is ready. */
function revisionOf({ latestReadyRevision = "" }: ServiceJson, { type, revision }: TrafficJson): string {
  const latest = enumName(type, allocations) !== byRevision && said(revision) === undefined;
  return shortName(latest ? latestReadyRevision : (revision ?? ""));
}

function stateOf({ reconciling, terminalCondition }: ServiceJson): string {
  const state = enumName(terminalCondition?.state, conditions);
  if (reconciling === true) return "reconciling";
  if (state === undefined || state === "CONDITION_SUCCEEDED") return "ready";
  return terminalCondition?.message === undefined ? state : `${state}: ${terminalCondition.message}`;
}

/** Looks and writes under the service's etag, anew when something else changed it in between. Tags stay where they are. */
async function write(cx: Context, props: ServiceProps): Promise<void> {
  const name = known(props.name, "the function's service");
  const wanted = props.traffic.map((target) => ({ ...target, revision: known(target.revision, "the revision to serve") }));
  await cx.until(`the service ${shortName(name)} to take a change`, async () => {
    const now = await cx.client.run.getService(name, cx);
    const traffic = canonical(trafficOf(now)) === canonical(wanted) ? undefined : withTags(now, wanted);
    const open = (now.invokerIamDisabled === true) === props.invokerIamDisabled ? undefined : props.invokerIamDisabled;
    const mask = [...(traffic === undefined ? [] : ["traffic"]), ...(open === undefined ? [] : ["invokerIamDisabled"])];
    if (mask.length === 0) return true;
    const body = {
      name,
      ...(now.etag === undefined ? {} : { etag: now.etag }),
      ...(traffic === undefined ? {} : { traffic }),
      ...(open === undefined ? {} : { invokerIamDisabled: open }),
    };
    try {
      await ended(cx, "run", await cx.client.run.patchService(name, body, mask, cx));
      return true;
    } catch (cause) {
      if (isStale(cause)) return undefined;
      throw cause;
    }
  });
}

/** All traffic to one revision. */
export async function serveAll(cx: Context, name: string, revision: string): Promise<void> {
  const now = await cx.client.run.getService(name, cx);
  const traffic: TrafficTarget[] = [{ type: byRevision, revision, percent: 100 }];
  await write(cx, { name, traffic, invokerIamDisabled: now.invokerIamDisabled === true });
}

function withTags(now: ServiceJson, wanted: readonly (TrafficTarget & { readonly revision: string })[]): TrafficJson[] {
  const tagged = targetsOf(now).filter(({ tag }) => said(tag) !== undefined);
  const kept = tagged.map(({ type, revision, tag }): TrafficJson => {
    const target = type === undefined ? {} : { type };
    return { ...target, ...(revision === undefined ? {} : { revision }), percent: 0, ...(tag === undefined ? {} : { tag }) };
  });
  return [...wanted, ...kept];
}
