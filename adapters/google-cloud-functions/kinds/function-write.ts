/** What is sent to Google to make, change and remove the function. */
import { canonical, type Derivation, FnpkgError, type Json } from "fnpkg/adapter";
import type { FunctionJson, StorageSourceJson } from "../client-api.ts";
import { answered } from "../client-rest.ts";
import { ifThere } from "../errors.ts";
import { derivationIn, type Labels, labelsAfter, labelsFor } from "../marks.ts";
import type { FunctionProps } from "../resources.ts";
import { bodyOf, changedPaths, fieldsOf, propsOf, revisionText, revisionVariable, stateOf } from "./function-props.ts";
import { ended } from "./operation.ts";
import { pin } from "./service.ts";
import { type Context, markOf, said, shortName, texts } from "./shared.ts";

export async function create(cx: Context, id: string, props: FunctionProps): Promise<void> {
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
export async function patchOf(cx: Context, id: string, props: FunctionProps, now: FunctionJson): Promise<Patch> {
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

export async function update(cx: Context, name: string, patch: Patch, service: string | undefined): Promise<void> {
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

export async function remove(cx: Context, name: string): Promise<void> {
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

function mustKnow(derivation: Derivation | undefined): Derivation {
  if (derivation !== undefined) return derivation;
  throw new FnpkgError("E_INTERNAL", "a function is deployed without saying what is");
}

function put(fields: Map<string, Json>, path: string, value: Json | object): void {
  fields.set(path, value as Json);
}
