/** cloudfunctions.googleapis.com/v2. */
import { makeTrigger, removeTrigger } from "./eventarc.ts";
import { mustBeWhole, withDefaults } from "./functions-body.ts";
import { begin, isBusy } from "./operations.ts";
import { makeService, newRevision, removeService } from "./run.ts";
import { codeNumbers, GoogleStatus, invalid } from "./status.ts";
import {
  addressOf,
  allSeen,
  copyOf,
  forget,
  type GoogleFailure,
  type Json,
  type JsonMap,
  mapOf,
  next,
  now,
  type Operation,
  paged,
  type Query,
  remember,
  seen,
  shortName,
  textOf,
  type World,
} from "./world.ts";

export function getFunction(world: World, name: string): JsonMap {
  const fn = seen(world, "functions", name, world.lags.read);
  if (fn === undefined) throw missing(name);
  return fn;
}

export function listFunctions(world: World, parent: string, query: Query): JsonMap {
  return paged("functions", allSeen(world, "functions", `${parent}/functions/`, world.lags.list), query);
}

/** The address is signed: who has it may put one archive there, without credentials. */
export function generateUploadUrl(world: World, parent: string, body: JsonMap): JsonMap {
  world.check?.mustFit("GenerateUploadUrlRequest", { ...body, parent });
  const bucket = `gcf-v2-uploads-${world.number}-${world.region}`;
  const object = `upload-${next(world)}.zip`;
  const signature = `signed-${next(world)}-secret`;
  world.uploads.set(`${bucket}/${object}`, signature);
  world.objects.delete(forget(world.uploads) ?? "");
  const uploadUrl = `https://storage.googleapis.com/${bucket}/${object}?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Signature=${signature}`;
  return { uploadUrl, storageSource: { bucket, object } };
}

export function createFunction(world: World, parent: string, query: Query, body: JsonMap): JsonMap {
  const id = query["functionId"] ?? "";
  if (!/^[a-z][a-z0-9-]{2,61}[a-z0-9]$/.test(id)) throw invalid("functionId", `'${id}' is no function id`);
  if (parent.split("/")[3] !== world.region)
    throw new GoogleStatus("NOT_FOUND", `Location ${parent} is not found or is unauthorized.`);
  const name = `${parent}/functions/${id}`;
  if (textOf(body["name"]) !== "" && body["name"] !== name) throw invalid("function.name", "is not the name that is made");
  world.check?.mustFit("Function", body);
  mustBeWhole(world, body);
  if (isBusy(world, name)) throw busy(name);
  if (world.functions.has(name)) {
    const [code, message] = [codeNumbers["ALREADY_EXISTS"] ?? 6, `Function ${name} already exists.`];
    return begin(world, { target: name, stages: [], work: { kind: "refuse", code, message } });
  }
  remember(world, "functions", name);
  const made: JsonMap = { ...body, name, state: "DEPLOYING", createTime: now(world), updateTime: now(world) };
  world.functions.set(name, withDefaults(world, made));
  return deploy(world, name);
}

export function patchFunction(world: World, name: string, query: Query, body: JsonMap): JsonMap {
  const before = found(world, name);
  const mask = (query["updateMask"] ?? "").split(",").filter((path) => path !== "");
  if (mask.length === 0) throw invalid("updateMask", "none is given: every field would be cleared");
  if (new Set(mask).size !== mask.length) throw invalid("updateMask", "a path stands twice");
  world.check?.mustFit("Function", body);
  for (const path of mask) world.check?.mustBeField("Function", path);
  for (const path of ["eventTrigger.pubsubTopic", "eventTrigger.triggerRegion", "environment", "name"])
    if (mask.includes(path)) throw invalid("updateMask", `${path} can't be changed`);
  if (isBusy(world, name)) throw busy(name);
  if (before["state"] === "FAILED" && !mask.some((path) => path.startsWith("buildConfig.source")))
    throw new GoogleStatus("FAILED_PRECONDITION", "Precondition failed: the function failed, its source must be given.");
  const after = copyOf(before);
  for (const path of mask) set(after, path.split("."), at(body, path.split(".")));
  if (Object.hasOwn(before, "eventTrigger") !== Object.hasOwn(after, "eventTrigger"))
    throw invalid("eventTrigger", "a function can't change between http and events");
  mustBeWhole(world, after);
  remember(world, "functions", name);
  world.functions.set(name, withDefaults(world, { ...after, state: "DEPLOYING", stateMessages: [], updateTime: now(world) }));
  return deploy(world, name);
}

export function deleteFunction(world: World, name: string): JsonMap {
  const fn = found(world, name);
  if (isBusy(world, name)) throw busy(name);
  remember(world, "functions", name);
  world.functions.set(name, { ...fn, state: "DELETING" });
  return begin(world, { target: name, stages: [["SERVICE", world.lags.delete ?? 0]], work: { kind: "remove" } });
}

export function listRuntimes(world: World, parent: string, query: Query): JsonMap {
  if (parent.split("/")[3] !== world.region)
    throw new GoogleStatus(
      "PERMISSION_DENIED",
      `Permission denied on 'locations/${parent.split("/")[3]}' (or it may not exist).`,
    );
  const all = world.runtimes.map((name) => ({ name, stage: "GA", environment: "GEN_2" }));
  return paged("runtimes", all, query);
}

/** Builds, serves and listens, or as far as the next failure lets it come. */
function deploy(world: World, name: string): JsonMap {
  const buildName = `projects/${world.number}/locations/${world.region}/builds/build-${next(world)}`;
  const failure = world.failures.shift();
  world.builds.set(buildName, { name: buildName, status: "WORKING", logUrl: logOf(buildName) });
  forget(world.builds);
  const { build = 0, service = 0, trigger = 0 } = world.lags;
  const hears = textOf(mapOf(world.functions.get(name)?.["eventTrigger"])["eventType"]) !== "";
  const all = [
    ["ARTIFACT_REGISTRY", 0],
    ["BUILD", build],
    ["SERVICE", service],
    ...(hears ? [["TRIGGER", trigger] as const] : []),
  ] as const;
  const last = all.findIndex(([stage]) => stage === failure?.at);
  const stages = last < 0 ? all : all.slice(0, last + 1);
  return begin(world, {
    target: name,
    stages,
    buildName,
    work: { kind: "deploy", ...(failure === undefined ? {} : { failure }) },
  });
}

/** What a deployment ends in: a build that fails leaves what served, and the function failed. */
export function endDeploy(
  world: World,
  { target, buildName = "" }: Operation,
  failure?: GoogleFailure,
): NonNullable<Operation["ended"]> {
  const fn = world.functions.get(target) ?? {};
  remember(world, "functions", target);
  const logUrl = logOf(buildName);
  world.builds.set(buildName, { name: buildName, status: failure?.at === "BUILD" ? "FAILURE" : "SUCCESS", logUrl });
  if (failure === undefined) {
    serve(world, target, fn, buildName);
    const response = {
      "@type": "type.googleapis.com/google.cloud.functions.v2.Function",
      ...copyOf(fn),
      state: 1,
      environment: 2,
    };
    return { response };
  }
  const { code, message } = failure;
  const resource = { type: "build", labels: { build_id: shortName(buildName) } };
  if (failure.at === "BUILD")
    for (const textPayload of world.buildLog) world.logs.push({ timestamp: now(world), textPayload, resource });
  fn["state"] = "FAILED";
  fn["stateMessages"] = [{ severity: "ERROR", type: failure.at === "BUILD" ? "CloudRunBuildError" : "CloudRunError", message }];
  return { error: { code, message } };
}

/** What a deletion ends in. */
export function endRemove(world: World, { target }: Operation): NonNullable<Operation["ended"]> {
  removeTrigger(world, target);
  removeService(world, serviceName(world, target));
  remember(world, "functions", target);
  world.functions.delete(target);
  return { response: {} };
}

function serve(world: World, name: string, fn: JsonMap, buildName: string): void {
  const build = mapOf(fn["buildConfig"]);
  const config = mapOf(fn["serviceConfig"]);
  const source = mapOf(mapOf(build["source"])["storageSource"]);
  const kept = { bucket: `gcf-v2-sources-${world.number}-${world.region}`, object: `${shortName(name)}/function-source.zip` };
  const bytes = world.objects.get(`${textOf(source["bucket"])}/${textOf(source["object"])}`);
  if (bytes !== undefined) world.objects.set(`${kept.bucket}/${kept.object}`, bytes);
  const generation = String(next(world));
  build["build"] = buildName;
  build["source"] = { storageSource: { ...kept, generation } };
  build["sourceProvenance"] = { resolvedStorageSource: { ...kept, generation } };
  const service = serviceName(world, name);
  makeService(world, service);
  const all = config["allTrafficOnLatestRevision"] === true;
  const revision = newRevision(world, service, variablesOf(config), all);
  config["service"] = service;
  config["uri"] = addressOf(world, service);
  config["revision"] = revision;
  config["allTrafficOnLatestRevision"] = all;
  fn["url"] = `https://${world.region}-${world.project}.cloudfunctions.net/${shortName(name)}`;
  fn["state"] = "ACTIVE";
  fn["updateTime"] = now(world);
  const trigger = mapOf(fn["eventTrigger"]);
  if (textOf(trigger["eventType"]) !== "") trigger["trigger"] = makeTrigger(world, name, trigger);
}

function logOf(build: string): string {
  return `https://console.cloud.google.com/cloud-build/builds/${shortName(build)}`;
}

function variablesOf(config: JsonMap): { name: string; value: string }[] {
  return Object.entries(mapOf(config["environmentVariables"])).map(([name, value]) => ({ name, value: textOf(value) }));
}

function found(world: World, name: string): JsonMap {
  const fn = world.functions.get(name);
  if (fn === undefined) throw missing(name);
  return fn;
}

function missing(name: string): GoogleStatus {
  return new GoogleStatus("NOT_FOUND", `Resource '${name}' was not found`);
}

function busy(name: string): GoogleStatus {
  return new GoogleStatus("ABORTED", `unable to queue the operation: another one is in progress for ${name}`);
}

export function serviceName({ project, region }: Pick<World, "project" | "region">, name: string): string {
  return `projects/${project}/locations/${region}/services/${shortName(name)}`;
}

function at(value: JsonMap, path: readonly string[]): Json | undefined {
  const [first = "", ...rest] = path;
  return rest.length === 0 ? value[first] : at(mapOf(value[first]), rest);
}

function set(target: JsonMap, [first = "", ...rest]: readonly string[], value: Json | undefined): void {
  if (rest.length > 0) {
    if (target[first] === undefined) target[first] = {};
    set(mapOf(target[first]), rest, value);
  } else if (value === undefined) delete target[first];
  else target[first] = copyOf(value);
}
