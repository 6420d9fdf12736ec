/** The anchor: code, settings, and the labels that say what was deployed. */
import { canonical, type Derivation, FnpkgError, type Json, type Lifecycle, type Live, type Outputs } from "fnpkg/adapter";
import type { GoogleClient } from "../client.ts";
import type { FunctionJson, ServiceJson, StorageSourceJson } from "../client-api.ts";
import { answered } from "../client-rest.ts";
import { ifThere, isBusy, isExhausted, isExisting, isStarting } from "../errors.ts";
import { derivationIn, type Labels, labelsAfter, labelsFor, markIn } from "../marks.ts";
import { type FunctionProps, ids, kinds } from "../resources.ts";
import {
  bodyOf,
  changedPaths,
  fieldsOf,
  isHttp,
  propsOf,
  revisionOf,
  revisionText,
  revisionVariable,
  stateOf,
  states,
} from "./function-props.ts";
import { ended } from "./operation.ts";
import { isNewest, pin, serviceNamed, servingIn, servingOf, servingRevision } from "./service.ts";
import { functionName, functionNamed, ourFunction } from "./owner.ts";
import { type Context, enumName, markOf, said, shortName, texts, together } from "./shared.ts";

/** firebase-tools deletes and makes again what Cloud Run's quota refused, a few times (src/deploy/functions/release/fabricator.ts). */
const mostExhausted = 5;
/** Looks at a function that doesn't show its change yet: about a minute. */
const mostLooks = 42;

export const functionLifecycle: Lifecycle<FunctionProps, GoogleClient> = {
  anchor: true,
  after: [kinds.topic],
  fixed: ["name", "environment", "/eventTrigger/triggerRegion", "/eventTrigger/pubsubTopic"],
  volatile: ["revision"],
  secret: ["/serviceConfig/environmentVariables/*"],
  whole: ["/serviceConfig/environmentVariables", "/buildConfig/environmentVariables"],
  permissions: {
    // Also what finds former triggers, whatever this deployment has now.
    read: [
      "cloudfunctions.functions.get",
      "cloudscheduler.jobs.list",
      "eventarc.triggers.get",
      "pubsub.subscriptions.get",
      "pubsub.topics.get",
      "pubsub.topics.list",
      "run.revisions.get",
      "run.services.get",
      "run.services.getIamPolicy",
    ],
    create: [
      "cloudfunctions.functions.create",
      "cloudfunctions.functions.delete",
      "cloudfunctions.functions.generateUploadUrl",
      "cloudfunctions.operations.get",
      "iam.serviceAccounts.actAs",
      "storage.buckets.get",
    ],
    update: [
      "cloudfunctions.functions.delete",
      "cloudfunctions.functions.generateUploadUrl",
      "cloudfunctions.functions.update",
      "cloudfunctions.operations.get",
      "iam.serviceAccounts.actAs",
      "run.operations.get",
      "run.services.update",
    ],
    delete: ["cloudfunctions.functions.delete", "cloudfunctions.operations.get"],
  },
  lock: ({ name }) => `function ${name}`,

  async find(cx) {
    const found = await ourFunction(cx);
    return found === undefined ? [] : [{ id: ids.function, live: await liveOf(cx, found) }];
  },

  async read(cx, _id, props) {
    const found = await functionNamed(cx, props.name);
    return found === undefined ? undefined : liveOf(cx, found, props);
  },

  create: (cx, id, props) => deployed(cx, id, props, undefined),
  update: (cx, id, props, live) => deployed(cx, id, props, live),

  async delete(cx, _id, live) {
    const name = live.props.name ?? functionName(cx);
    await cx.until(`the function ${shortName(name)} to be idle`, async () => {
      const found = await ifThere(cx.client.functions.getFunction(name, cx));
      return found === undefined || isIdle(found) ? true : undefined;
    });
    await remove(cx, name);
  },
};

async function liveOf(cx: Context, found: FunctionJson, wanted?: FunctionProps): Promise<Live<FunctionProps>> {
  const recorded = derivationIn(found.labels ?? {});
  const serving = await servingOf(cx, found);
  const derivation =
    recorded === undefined ? undefined : { ...recorded, packageDigest: serving.packageDigest ?? recorded.packageDigest };
  return {
    props: propsOf(found, wanted),
    outputs: await outputsOf(cx, found, serving.revision),
    mark: markIn(found.labels ?? {}),
    ...(derivation === undefined ? {} : { derivation }),
    state: stateOf(found),
  };
}

/** Its service; for what takes events who brings them, and by which subscription. */
async function outputsOf(cx: Context, found: FunctionJson, serving: string | undefined): Promise<Outputs> {
  const { serviceConfig, eventTrigger } = found;
  const [service, uri] = [said(serviceConfig?.service), said(serviceConfig?.uri)];
  const revision = revisionOf(found) ?? (cx.client.emulated && service !== undefined ? "latest" : undefined);
  // Where the trigger names none, it is the one that the function runs as: the project's default, both.
  const invoker =
    eventTrigger === undefined
      ? undefined
      : (said(eventTrigger["serviceAccountEmail"]) ?? said(serviceConfig?.["serviceAccountEmail"]));
  const trigger = said(eventTrigger?.trigger);
  const transport =
    trigger === undefined
      ? undefined
      : await together(cx, `trigger ${trigger}`, () => ifThere(cx.client.eventarc.getTrigger(trigger, cx)));
  const subscription = said(transport?.transport?.pubsub?.subscription);
  return {
    ...(service === undefined ? {} : { service }),
    ...(uri === undefined ? {} : { uri }),
    ...(uri === undefined || !isHttp(found) ? {} : { url: uri }),
    ...(revision === undefined ? {} : { revision }),
    ...(serving === undefined ? {} : { serving }),
    ...(invoker === undefined ? {} : { invoker: `serviceAccount:${invoker}` }),
    ...(subscription === undefined ? {} : { subscription }),
  };
}

/**
 * Looks, and does the one thing that brings the function nearer to what is wanted, until it is there: waits for a change that is
 * under way (one of a run that was killed is found this way), makes it, makes it again when it never came to serve, or changes
 * what differs. What one operation did is not done twice; a difference that stays is the read-back's.
 */
async function deployed(cx: Context, id: string, props: FunctionProps, live: Live<FunctionProps> | undefined): Promise<Outputs> {
  const name = shortName(props.name);
  let exhausted = 0;
  let [existing, unseen] = [false, mostLooks];
  const work = async (change: Promise<void>): Promise<boolean> => {
    try {
      await change;
      return true;
    } catch (cause) {
      existing = isExisting(cause) || isBusy(cause);
      if (existing) return false;
      if (isStarting(cause)) cx.progress("waiting for permissions that Google is making known");
      else if (isExhausted(cause) && exhausted++ < mostExhausted) cx.progress("waiting for a quota");
      else throw cause;
      return false;
    }
  };
  // Nothing was there a moment ago: whoever made it since is seen by Google's refusal to make it again.
  let absent = live === undefined;
  const done = await cx.until(`the function ${name} to be deployed`, async () => {
    const now = absent ? undefined : await ifThere(cx.client.functions.getFunction(props.name, cx));
    absent = false;
    if (now === undefined) {
      // A read may be behind one that exists.
      if (existing && unseen-- > 0) return undefined;
      if (!(await work(create(cx, id, props)))) return undefined;
      return shown(cx, props, undefined);
    }
    mustBeOurs(cx, props, now, live);
    if (!isIdle(now)) return undefined;
    if (!hasServed(now) && stateOf(now) !== "ready") {
      await work(remove(cx, props.name));
      return undefined;
    }
    const service = said(now.serviceConfig?.service);
    const patch = await patchOf(cx, id, props, now);
    if (patch.mask.length === 0) return { fn: now, serving: await servingRevision(cx, service) };
    if (!(await work(update(cx, props.name, patch, service)))) return undefined;
    return shown(cx, props, now);
  });
  return outputsOf(cx, done.fn, done.serving);
}

interface Shown {
  readonly fn: FunctionJson;
  /** The revision that serves. */
  readonly serving: string | undefined;
}

/**
 * The function as an operation left it. A read may be behind the operation's end: an older state is looked past, for a while, since
 * all that comes after stands on the revision that it names. A difference that stays is the read-back's.
 */
async function shown(cx: Context, { name }: FunctionProps, before: FunctionJson | undefined): Promise<Shown | undefined> {
  let left = mostLooks;
  const known = said(before?.serviceConfig?.service);
  const { found } = await cx.until(`the function ${shortName(name)} to show its change`, async () => {
    const [fn, early] = await Promise.all([
      ifThere(cx.client.functions.getFunction(name, cx)),
      known === undefined ? undefined : serviceNamed(cx, known),
    ]);
    left -= 1;
    if (fn === undefined) return left === 0 ? { found: undefined } : undefined;
    const service = said(fn.serviceConfig?.service);
    const running = early ?? (service === undefined ? undefined : await serviceNamed(cx, service));
    if (left > 0 && !isShown(cx, fn, before, running)) return undefined;
    return { found: { fn, serving: running === undefined ? undefined : servingIn(running) } };
  });
  return found;
}

function isShown(
  { client }: Context,
  fn: FunctionJson,
  before: FunctionJson | undefined,
  service: ServiceJson | undefined,
): boolean {
  const same = fn.updateTime !== undefined && fn.updateTime === before?.updateTime;
  if (same || !isIdle(fn) || (!hasServed(fn) && !client.emulated)) return false;
  return client.emulated || stateOf(fn) !== "ready" || (service !== undefined && isNewest(service, fn));
}

async function create(cx: Context, id: string, props: FunctionProps): Promise<void> {
  const { source, archiveSha256 } = await upload(cx, props);
  const derivation = { ...mustKnow(cx.derivation), archiveSha256 };
  const fields = fieldsOf(props);
  put(fields, "buildConfig.source", { storageSource: { ...source } });
  put(fields, "serviceConfig.environmentVariables", variablesOf(props, derivation));
  put(fields, "serviceConfig.allTrafficOnLatestRevision", false);
  put(fields, "labels", labelsFor(markOf(cx, id), props.labels, derivation));
  const { eventTrigger } = props;
  if (eventTrigger !== null) {
    put(fields, "eventTrigger.pubsubTopic", eventTrigger.pubsubTopic);
    put(fields, "eventTrigger.triggerRegion", eventTrigger.triggerRegion ?? (await sourceRegion(cx, eventTrigger)));
  }
  const body = { ...bodyOf(props.name, fields), environment: props.environment };
  const parent = props.name.slice(0, props.name.lastIndexOf("/functions/"));
  cx.progress("making the function; Google builds it first, which takes minutes");
  await ended(cx, "functions", await cx.client.functions.createFunction(parent, shortName(props.name), body, cx));
}

/** Where a bucket is, there is its trigger; a topic's is where the function is. */
async function sourceRegion(cx: Context, { eventFilters }: NonNullable<FunctionProps["eventTrigger"]>): Promise<string | null> {
  const bucket = eventFilters.find(({ attribute }) => attribute === "bucket")?.value;
  if (bucket === undefined) return cx.client.section.region;
  const { location } = await cx.client.storage.getBucket(bucket, cx);
  return answered(location, `the location of the bucket ${bucket}`).toLowerCase();
}

interface Patch {
  readonly body: FunctionJson;
  readonly mask: readonly string[];
  /** Ours among the labels that it writes. */
  readonly labels?: Labels;
  /** What serves is pinned already. */
  readonly pinned: boolean;
}

/**
 * What must be written, path by path; maps and lists whole, as Google replaces them. Every change makes Google build again, a
 * change of labels alone too (github.com/hashicorp/terraform-provider-google/issues/23781), so all of it goes in one.
 */
async function patchOf(cx: Context, id: string, props: FunctionProps, now: FunctionJson): Promise<Patch> {
  const recorded = derivationIn(now.labels ?? {});
  const wanted = fieldsOf(props);
  const paths = new Set(changedPaths(props, propsOf(now, props)));
  const fields = new Map<string, Json>();
  let derivation: Derivation | undefined = cx.derivation ?? recorded;
  let pinned = false;
  // A function that failed takes nothing without its source (github.com/firebase/firebase-tools/pull/9456).
  const stale = recorded?.layoutDigest !== derivation?.layoutDigest || recorded === undefined || stateOf(now) !== "ready";
  if (cx.content !== undefined && stale) {
    const service = said(now.serviceConfig?.service);
    const [{ source, archiveSha256 }] = await Promise.all([
      upload(cx, props),
      service === undefined ? undefined : pin(cx, service),
    ]);
    pinned = true;
    derivation = { ...mustKnow(derivation), archiveSha256 };
    put(fields, "buildConfig.source", { storageSource: { ...source } });
  } else if (derivation !== undefined && recorded?.archiveSha256 !== undefined) {
    derivation = { ...derivation, archiveSha256: recorded.archiveSha256 };
  }
  const variables = variablesOf(props, derivation);
  if (texts(now.serviceConfig?.environmentVariables)[revisionVariable] !== variables[revisionVariable])
    paths.add("serviceConfig.environmentVariables");
  for (const path of paths) fields.set(path, wanted.get(path) ?? null);
  if (paths.has("serviceConfig.environmentVariables")) put(fields, "serviceConfig.environmentVariables", variables);
  const ours = labelsFor(markOf(cx, id), props.labels, derivation);
  const labels = labelsAfter(now.labels ?? {}, ours);
  if (canonical(labels) !== canonical(now.labels ?? {})) put(fields, "labels", labels);
  if (fields.size === 0) return { body: {}, mask: [], pinned };
  // The traffic is the service's: a split that stands there outlives this change.
  put(fields, "serviceConfig.allTrafficOnLatestRevision", false);
  const type = props.eventTrigger?.eventType;
  const mask = [...fields.keys()].sort();
  // A trigger names its type, changed or not: without one it is none.
  if (type !== undefined && mask.some((path) => path.startsWith("eventTrigger."))) put(fields, "eventTrigger.eventType", type);
  return { body: bodyOf(props.name, fields), mask, pinned, ...(mask.includes("labels") ? { labels: ours } : {}) };
}

async function update(cx: Context, name: string, patch: Patch, service: string | undefined): Promise<void> {
  // Sending the code takes long, and labels are replaced whole: what others labelled meanwhile stays.
  const { mask, labels, pinned } = patch;
  const [now] = await Promise.all([
    labels === undefined ? undefined : ifThere(cx.client.functions.getFunction(name, cx)),
    service === undefined || pinned ? undefined : pin(cx, service),
  ]);
  const body =
    now === undefined || labels === undefined ? patch.body : { ...patch.body, labels: labelsAfter(now.labels ?? {}, labels) };
  cx.progress("changing the function; Google builds it again, which takes minutes");
  await ended(cx, "functions", await cx.client.functions.patchFunction(name, body, mask, cx));
}

async function remove(cx: Context, name: string): Promise<void> {
  const begun = await ifThere(cx.client.functions.deleteFunction(name, cx));
  if (begun !== undefined) await ended(cx, "functions", begun);
  await cx.until(`the function ${shortName(name)} to be gone`, async () => {
    const found = await ifThere(cx.client.functions.getFunction(name, cx));
    return found === undefined ? true : undefined;
  });
}

/** Sends the archive where Google says, and answers how the function names it. */
async function upload(
  cx: Context,
  props: FunctionProps,
): Promise<{ readonly source: StorageSourceJson; readonly archiveSha256: string }> {
  if (cx.content === undefined) throw new FnpkgError("E_INTERNAL", "a function is deployed without code");
  const archive = await cx.content.archive();
  const kms = props.kmsKeyName === null ? {} : { kmsKeyName: props.kmsKeyName };
  const parent = props.name.slice(0, props.name.lastIndexOf("/functions/"));
  const { uploadUrl, storageSource } = await cx.client.functions.generateUploadUrl(
    parent,
    { environment: props.environment, ...kms },
    cx,
  );
  cx.progress(`sending ${archive.size} bytes of code`);
  await cx.client.upload(answered(uploadUrl, "an upload address"), archive, cx);
  return { source: answered(storageSource, "where the code goes"), archiveSha256: archive.sha256 };
}

function variablesOf(props: FunctionProps, derivation: Derivation | undefined): Labels {
  const { environmentVariables } = props.serviceConfig;
  return derivation === undefined
    ? environmentVariables
    : { ...environmentVariables, [revisionVariable]: revisionText(props, derivation) };
}

function isIdle({ state }: FunctionJson): boolean {
  const word = enumName(state, states);
  return word !== "DEPLOYING" && word !== "DELETING";
}

/** It has a service that came up once. */
function hasServed({ serviceConfig }: FunctionJson): boolean {
  return said(serviceConfig?.revision) !== undefined || said(serviceConfig?.uri) !== undefined;
}

/** Whose function it is was settled before; another's that came in between is left alone. */
function mustBeOurs(cx: Context, props: FunctionProps, now: FunctionJson, live: Live<FunctionProps> | undefined): void {
  const mark = markIn(now.labels ?? {});
  // One that takes http never becomes one that takes events, nor the other way round: it is no longer the one that was looked at.
  const alike = ((now.eventTrigger ?? null) === null) === (props.eventTrigger === null);
  // Where it was to be made and is there already, a run of the same deploy made it, or another one.
  const same = derivationIn(now.labels ?? {})?.configDigest === cx.derivation?.configDigest;
  if (alike && mark?.deployment === cx.deployment && (live !== undefined || (same && mark.package === cx.package))) return;
  if (alike && live !== undefined && canonical(mark) === canonical(live.mark)) return;
  throw new FnpkgError("E_CONFLICT", `the function ${cx.deployment} was made by something else at the same time`, {
    target: "google-cloud-functions",
  });
}

function mustKnow(derivation: Derivation | undefined): Derivation {
  if (derivation !== undefined) return derivation;
  throw new FnpkgError("E_INTERNAL", "a function is deployed without saying what is");
}

function put(fields: Map<string, Json>, path: string, value: Json | object): void {
  fields.set(path, value as Json);
}
