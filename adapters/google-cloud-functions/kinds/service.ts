/** The function's Cloud Run service: which revisions serve. The function makes and removes it; here it is only changed. */
import { canonical, type Digest, type Lifecycle, type Live } from "fnpkg/adapter";
import type { GoogleClient } from "../client.ts";
import type { FunctionJson, RevisionJson, ServiceJson, TrafficJson } from "../client-api.ts";
import { ifThere, isStale } from "../errors.ts";
import { ids, kinds, type ServiceProps, type TrafficTarget } from "../resources.ts";
import { packageIn, revisionOf as newestOf, revisionVariable } from "./function-props.ts";
import { ended } from "./operation.ts";
import { derivedMark, functionName, functionNamed, markWithin, ourFunction } from "./owner.ts";
import { type Context, enumName, known, noOutputs, said, shortName, text, together } from "./shared.ts";

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
    const ours = await ourFunction(cx);
    const name = said(ours?.serviceConfig?.service);
    const live = name === undefined ? undefined : await look(cx, ids.service, name, ours);
    return live === undefined ? [] : [{ id: ids.service, live }];
  },

  async read(cx, id, props) {
    const asked = text(props.name);
    if (asked === undefined) return undefined;
    const found = await look(cx, id, asked);
    return found === undefined && cx.client.emulated ? unsplit(cx, id, props) : found;
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

/** `ours`: the function, where it was just read. */
async function look(cx: Context, id: string, name: string, ours?: FunctionJson): Promise<Live<ServiceProps> | undefined> {
  const [found, fn] = await Promise.all([serviceNamed(cx, name), ours ?? functionNamed(cx, functionName(cx))]);
  if (found === undefined) return undefined;
  const traffic = trafficOf(found);
  const candidate = traffic.length === 2 ? traffic[1] : undefined;
  return {
    props: { name, traffic, invokerIamDisabled: found.invokerIamDisabled === true },
    ...(candidate === undefined ? {} : { traffic: candidate.percent / 100 }),
    outputs: noOutputs,
    mark: markWithin(fn, id, ({ serviceConfig }) => serviceConfig?.service === name),
    state: stateOf(found),
  };
}

/** An emulator of functions that has no Cloud Run: what is newest serves. */
async function unsplit(cx: Context, id: string, props: ServiceProps): Promise<Live<ServiceProps> | undefined> {
  const mark = await derivedMark(cx, id, ({ serviceConfig }) => serviceConfig?.service === props.name);
  return mark === null || props.traffic.length > 1 ? undefined : { props, outputs: noOutputs, mark, state: "ready" };
}

export function serviceNamed(cx: Context, name: string): Promise<ServiceJson | undefined> {
  return together(cx, `service ${name}`, () => ifThere(cx.client.run.getService(name, cx)));
}

/** The revision that serves: while the traffic is split the one that was there before. */
export async function servingRevision(cx: Context, name: string | undefined): Promise<string | undefined> {
  const service = name === undefined ? undefined : await serviceNamed(cx, name);
  return service === undefined ? undefined : servingIn(service);
}

export function servingIn(service: ServiceJson): string | undefined {
  const [first] = trafficOf(service);
  return first === undefined ? undefined : known(first.revision, "what serves");
}

/**
 * The revision that serves: while the traffic is split the one that was there before. Where that is not the newest, after a
 * rollback, also the package that it runs: the function's labels name the one that was deployed last.
 */
export async function servingOf(
  cx: Context,
  fn: FunctionJson,
): Promise<{ readonly revision?: string; readonly packageDigest?: Digest }> {
  const name = said(fn.serviceConfig?.service);
  const service = name === undefined ? undefined : await serviceNamed(cx, name);
  const [first, ...more] = service === undefined ? [] : trafficOf(service);
  if (first === undefined) return {};
  const revision = known(first.revision, "what serves");
  if (more.length > 0 || revision === newestOf(fn)) return { revision };
  const found = await revisionNamed(cx, `${name}/revisions/${revision}`);
  const packageDigest = packageIn(found === undefined ? undefined : madeOf(found));
  return { revision, ...(packageDigest === undefined ? {} : { packageDigest }) };
}

/** Whether the service knows the function's revision as its newest. */
export function isNewest({ latestReadyRevision = "" }: ServiceJson, fn: FunctionJson): boolean {
  return shortName(latestReadyRevision) === newestOf(fn);
}

export function revisionNamed(cx: Context, name: string): Promise<RevisionJson | undefined> {
  return together(cx, `revision ${name}`, () => ifThere(cx.client.run.getRevision(name, cx)));
}

/** What a revision says of itself, as `revisionText` wrote it. */
export function madeOf({ containers = [] }: RevisionJson): string | undefined {
  return containers.flatMap(({ env = [] }) => env).find(({ name }) => name === revisionVariable)?.value;
}

/** What serves, by revision, the oldest first; a target of no percent only carries a tag. Nothing written is all to the newest. */
export function trafficOf(service: ServiceJson): readonly TrafficTarget[] {
  const shares = new Map<string, number>();
  for (const target of targetsOf(service)) {
    const { percent = 0 } = target;
    if (percent === 0) continue;
    const name = revisionOf(service, target);
    shares.set(name, (shares.get(name) ?? 0) + percent);
  }
  return [...shares]
    .toSorted(([a], [b]) => numberOf(a) - numberOf(b) || (a < b ? -1 : 1))
    .map(([revision, percent]) => ({ type: byRevision, revision, percent }));
}

/** `thumbnail-00012-abc` is the twelfth. */
function numberOf(revision: string): number {
  return Number(/-(\d+)-[a-z0-9]+$/.exec(revision)?.[1] ?? 0);
}

function targetsOf({ traffic = [] }: ServiceJson): readonly TrafficJson[] {
  return traffic.length === 0 ? [{ type: "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", percent: 100 }] : traffic;
}

/** The short name; LATEST means the newest that is ready. */
function revisionOf({ latestReadyRevision = "" }: ServiceJson, target: TrafficJson): string {
  return shortName(isLatest(target) ? latestReadyRevision : (target.revision ?? ""));
}

function isLatest({ type, revision }: TrafficJson): boolean {
  return enumName(type, allocations) !== byRevision && said(revision) === undefined;
}

function stateOf({ reconciling, terminalCondition }: ServiceJson): string {
  const state = enumName(terminalCondition?.state, conditions);
  if (reconciling === true) return "reconciling";
  if (state === undefined || state === "CONDITION_SUCCEEDED") return "ready";
  return terminalCondition?.message === undefined ? state : `${state}: ${terminalCondition.message}`;
}

/** Looks and writes under the service's etag, anew when something else changed it in between. Tags stay where they are. */
async function write(cx: Context, props: ServiceProps, always = false, seen?: ServiceJson): Promise<void> {
  const name = known(props.name, "the function's service");
  const wanted = props.traffic.map((target) => ({ ...target, revision: known(target.revision, "the revision to serve") }));
  let before = seen;
  const look = () => {
    const found = cx.client.run.getService(name, cx);
    return cx.client.emulated && wanted.length === 1 ? ifThere(found) : found;
  };
  await cx.until(`the service ${shortName(name)} to take a change`, async () => {
    const now = before ?? (await look());
    before = undefined;
    if (now === undefined) return true;
    const traffic = !always && canonical(trafficOf(now)) === canonical(wanted) ? undefined : withTags(now, wanted);
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

/** What serves goes on serving when a new revision comes: LATEST becomes the revision that it means. */
export async function pin(cx: Context, name: string): Promise<void> {
  const now = await ifThere(cx.client.run.getService(name, cx));
  const moving = now !== undefined && targetsOf(now).some((target) => (target.percent ?? 0) > 0 && isLatest(target));
  if (!moving || said(now.latestReadyRevision) === undefined) return;
  await write(cx, { name, traffic: trafficOf(now), invokerIamDisabled: now.invokerIamDisabled === true }, true, now);
}

/** All traffic to one revision. */
export async function serveAll(cx: Context, name: string, revision: string): Promise<void> {
  const now = await cx.client.run.getService(name, cx);
  const traffic: TrafficTarget[] = [{ type: byRevision, revision, percent: 100 }];
  await write(cx, { name, traffic, invokerIamDisabled: now.invokerIamDisabled === true }, false, now);
}

function withTags(now: ServiceJson, wanted: readonly (TrafficTarget & { readonly revision: string })[]): TrafficJson[] {
  const tagged = targetsOf(now).filter(({ tag }) => said(tag) !== undefined);
  const kept = tagged.map(({ type, revision, tag }): TrafficJson => {
    const target = type === undefined ? {} : { type };
    return { ...target, ...(revision === undefined ? {} : { revision }), percent: 0, ...(tag === undefined ? {} : { tag }) };
  });
  return [...wanted, ...kept];
}
