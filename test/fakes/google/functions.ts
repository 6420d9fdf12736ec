/** cloudfunctions.googleapis.com/v2. */
import { begin, isBusy, look, lookAt } from "./operations.ts";
import type { Protos } from "./protos.ts";
import { makeService, newRevision, removeService } from "./run.ts";
import { makeTrigger, removeTrigger } from "./eventarc.ts";
import { codeNumbers, denied, invalid, Status } from "./status.ts";
import { copyOf, type Json, type JsonMap, mapOf, now, paged, shortName, textOf, type World } from "./world.ts";

type Query = { readonly [name: string]: string };
const stages = ["ARTIFACT_REGISTRY", "BUILD", "SERVICE"];
const limits = { key: /^[a-z][a-z0-9_-]{0,62}$/, value: /^[a-z0-9_-]{0,63}$/ };

export function getFunction(world: World, name: string): JsonMap {
  lookAt(world, name);
  return copyOf(found(world, name));
}

export function listFunctions(world: World, parent: string, query: Query): JsonMap {
  const all = [...world.functions].filter(([name]) => name.startsWith(`${parent}/functions/`)).map(([, one]) => one);
  return paged("functions", all, query);
}

export function generateUploadUrl(world: World, parent: string, body: JsonMap, protos: Protos | undefined): JsonMap {
  protos?.mustFit("GenerateUploadUrlRequest", { ...body, parent }, () => true);
  const bucket = `gcf-v2-uploads-${world.number}-${world.region}`;
  const object = `upload-${world.next()}.zip`;
  return {
    uploadUrl: `${world.endpoint}/upload/${bucket}/${object}?X-Goog-Signature=signed-${world.next()}-secret`,
    storageSource: { bucket, object },
  };
}

export function createFunction(world: World, parent: string, query: Query, body: JsonMap, protos: Protos | undefined): JsonMap {
  const id = query["functionId"] ?? "";
  if (!/^[a-z][a-z0-9-]{2,61}[a-z0-9]$/.test(id)) throw invalid("functionId", `'${id}' is no function id`);
  if (parent.split("/")[3] !== world.region) throw new Status("NOT_FOUND", `Location ${parent} is not found or is unauthorized.`);
  const name = `${parent}/functions/${id}`;
  if (textOf(body["name"]) !== "" && body["name"] !== name) throw invalid("function.name", "is not the name that is made");
  protos?.mustFit("Function", body, () => true);
  mustBeWhole(world, body);
  if (isBusy(world, name)) throw busy(name);
  if (world.functions.has(name)) {
    const error = { code: codeNumbers["ALREADY_EXISTS"] ?? 6, message: `Function ${name} already exists.` };
    return begin(world, { target: name, stages: [], finish: () => ({ error }) });
  }
  const made: JsonMap = { ...copyOf(body), name, state: "DEPLOYING", createTime: now(world), updateTime: now(world) };
  world.functions.set(name, withDefaults(world, made));
  return deploy(world, name);
}

export function patchFunction(world: World, name: string, query: Query, body: JsonMap, protos: Protos | undefined): JsonMap {
  const before = found(world, name);
  const mask = (query["updateMask"] ?? "").split(",").filter((path) => path !== "");
  if (mask.length === 0) throw invalid("updateMask", "none is given: every field would be cleared");
  if (new Set(mask).size !== mask.length) throw invalid("updateMask", "a path stands twice");
  protos?.mustFit("Function", body, () => true);
  for (const path of mask) protos?.mustBeField("Function", path);
  for (const path of ["eventTrigger.pubsubTopic", "eventTrigger.triggerRegion", "environment", "name"])
    if (mask.includes(path)) throw invalid("updateMask", `${path} can't be changed`);
  if (isBusy(world, name)) throw busy(name);
  if (before["state"] === "FAILED" && !mask.some((path) => path.startsWith("buildConfig.source")))
    throw new Status("FAILED_PRECONDITION", "Precondition failed: the function failed, its source must be given.");
  const after = copyOf(before);
  for (const path of mask) set(after, path.split("."), at(body, path.split(".")));
  if (Object.hasOwn(before, "eventTrigger") !== Object.hasOwn(after, "eventTrigger"))
    throw invalid("eventTrigger", "a function can't change between http and events");
  mustBeWhole(world, after);
  world.functions.set(name, withDefaults(world, { ...after, state: "DEPLOYING", stateMessages: [], updateTime: now(world) }));
  return deploy(world, name);
}

export function deleteFunction(world: World, name: string): JsonMap {
  const fn = found(world, name);
  if (isBusy(world, name)) throw busy(name);
  world.functions.set(name, { ...fn, state: "DELETING" });
  return begin(world, {
    target: name,
    stages: ["SERVICE"],
    finish() {
      removeTrigger(world, name);
      removeService(world, serviceName(world, name));
      world.functions.delete(name);
      return {};
    },
  });
}

export function listRuntimes(world: World, parent: string, query: Query): JsonMap {
  if (parent.split("/")[3] !== world.region)
    throw new Status("PERMISSION_DENIED", `Permission denied on 'locations/${parent.split("/")[3]}' (or it may not exist).`);
  const all = world.runtimes.map((name) => ({ name, stage: "GA", environment: "GEN_2" }));
  return paged("runtimes", all, query);
}

export function getOperation(world: World, name: string): JsonMap {
  return look(world, name);
}

/** Builds and serves: a build that fails leaves what served, and the function failed. */
function deploy(world: World, name: string): JsonMap {
  const buildName = `projects/${world.number}/locations/${world.region}/builds/build-${world.next()}`;
  const failure = world.failures.shift();
  const logUrl = `https://console.cloud.google.com/cloud-build/builds/${shortName(buildName)}`;
  world.builds.set(buildName, { name: buildName, status: "WORKING", logUrl });
  return begin(world, {
    target: name,
    stages,
    buildName,
    finish() {
      const fn = world.functions.get(name) ?? {};
      world.builds.set(buildName, { name: buildName, status: failure?.at === "BUILD" ? "FAILURE" : "SUCCESS", logUrl });
      if (failure !== undefined) {
        const { code, message } = failure;
        const resource = { type: "build", labels: { build_id: shortName(buildName) } };
        if (failure.at === "BUILD")
          for (const textPayload of world.buildLog) world.logs.push({ timestamp: now(world), textPayload, resource });
        fn["state"] = "FAILED";
        fn["stateMessages"] = [
          { severity: "ERROR", type: failure.at === "BUILD" ? "CloudRunBuildError" : "CloudRunError", message },
        ];
        return { error: { code, message } };
      }
      serve(world, name, fn, buildName);
      return {
        response: { "@type": "type.googleapis.com/google.cloud.functions.v2.Function", ...copyOf(fn), state: 1, environment: 2 },
      };
    },
  });
}

function serve(world: World, name: string, fn: JsonMap, buildName: string): void {
  const build = mapOf(fn["buildConfig"]);
  const config = mapOf(fn["serviceConfig"]);
  const source = mapOf(mapOf(build["source"])["storageSource"]);
  const kept = { bucket: `gcf-v2-sources-${world.number}-${world.region}`, object: `${shortName(name)}/function-source.zip` };
  const bytes = world.objects.get(`${textOf(source["bucket"])}/${textOf(source["object"])}`);
  if (bytes !== undefined) world.objects.set(`${kept.bucket}/${kept.object}`, bytes);
  const generation = String(world.next());
  build["build"] = buildName;
  build["source"] = { storageSource: { ...kept, generation } };
  build["sourceProvenance"] = { resolvedStorageSource: { ...kept, generation } };
  const service = serviceName(world, name);
  makeService(world, service);
  const all = config["allTrafficOnLatestRevision"] === true;
  const revision = newRevision(world, service, variablesOf(config), all);
  config["service"] = service;
  config["uri"] = world.address;
  config["revision"] = revision;
  config["allTrafficOnLatestRevision"] = all;
  fn["url"] = `https://${world.region}-${world.project}.cloudfunctions.net/${shortName(name)}`;
  fn["state"] = "ACTIVE";
  fn["updateTime"] = now(world);
  const trigger = mapOf(fn["eventTrigger"]);
  if (textOf(trigger["eventType"]) !== "") trigger["trigger"] = makeTrigger(world, name, trigger);
}

function variablesOf(config: JsonMap): { name: string; value: string }[] {
  return Object.entries(mapOf(config["environmentVariables"])).map(([name, value]) => ({ name, value: textOf(value) }));
}

/** What the vendor fills in. */
function withDefaults(world: World, fn: JsonMap): JsonMap {
  const compute = `${world.number}-compute@developer.gserviceaccount.com`;
  const build = mapOf(fn["buildConfig"]);
  const config = mapOf(fn["serviceConfig"]);
  const variables = mapOf(config["environmentVariables"]);
  const trigger = mapOf(fn["eventTrigger"]);
  const event = textOf(trigger["eventType"]) !== "";
  return {
    ...fn,
    environment: "GEN_2",
    buildConfig: {
      ...build,
      serviceAccount: build["serviceAccount"] ?? `projects/${world.project}/serviceAccounts/${compute}`,
      dockerRepository:
        build["dockerRepository"] ?? `projects/${world.project}/locations/${world.region}/repositories/gcf-artifacts`,
      dockerRegistry: "ARTIFACT_REGISTRY",
    },
    serviceConfig: {
      ...config,
      timeoutSeconds: config["timeoutSeconds"] ?? 60,
      maxInstanceCount: config["maxInstanceCount"] ?? 100,
      maxInstanceRequestConcurrency: config["maxInstanceRequestConcurrency"] ?? 1,
      availableMemory: config["availableMemory"] ?? "256M",
      ingressSettings: config["ingressSettings"] ?? "ALLOW_ALL",
      serviceAccountEmail: config["serviceAccountEmail"] ?? compute,
      environmentVariables: { LOG_EXECUTION_ID: "true", ...variables },
    },
    ...(event
      ? {
          eventTrigger: {
            ...trigger,
            triggerRegion: trigger["triggerRegion"] ?? world.region,
            serviceAccountEmail: trigger["serviceAccountEmail"] ?? compute,
          },
        }
      : {}),
  };
}

/** What must hold of every function that is deployed. */
function mustBeWhole(world: World, fn: JsonMap): void {
  const build = mapOf(fn["buildConfig"]);
  const config = mapOf(fn["serviceConfig"]);
  const source = mapOf(mapOf(build["source"])["storageSource"]);
  if (!world.runtimes.includes(textOf(build["runtime"])))
    throw invalid("buildConfig.runtime", `${textOf(build["runtime"])} is not supported`);
  if (textOf(build["entryPoint"]) === "") throw invalid("buildConfig.entryPoint", "is empty");
  const at = `${textOf(source["bucket"])}/${textOf(source["object"])}`;
  const bytes = world.objects.get(at);
  if (bytes === undefined) throw invalid("buildConfig.source", `there is no object ${at}`);
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b) throw invalid("buildConfig.source", "the source is no zip");
  const labels = Object.entries(mapOf(fn["labels"]));
  if (labels.length > 64) throw invalid("labels", "more than 64");
  for (const [key, value] of labels)
    if (!limits.key.test(key) || !limits.value.test(textOf(value)))
      throw invalid(`labels.${key}`, `'${textOf(value)}' is no label`);
  mustAct(world, textOf(config["serviceAccountEmail"]));
  mustAct(world, shortName(textOf(build["serviceAccount"])));
  const trigger = mapOf(fn["eventTrigger"]);
  mustAct(world, textOf(trigger["serviceAccountEmail"]));
  if (Object.hasOwn(fn, "eventTrigger")) mustHear(world, trigger);
  const cpu = Number(config["availableCpu"] ?? 1);
  if (Number(config["maxInstanceRequestConcurrency"] ?? 1) > 1 && cpu < 1)
    throw invalid("serviceConfig.availableCpu", "Total CPU must be at least 1 with concurrency > 1");
}

/** A trigger is where its source is. */
function mustHear(world: World, trigger: JsonMap): void {
  const topic = textOf(trigger["pubsubTopic"]);
  if (topic !== "" && !world.topics.has(topic)) throw new Status("NOT_FOUND", `Topic ${topic} not found.`);
  const filters = Array.isArray(trigger["eventFilters"]) ? trigger["eventFilters"].map(mapOf) : [];
  const bucket = filters.find(({ attribute }) => attribute === "bucket");
  if (bucket === undefined) return;
  const location = world.buckets.get(textOf(bucket["value"]))?.location.toLowerCase();
  if (location === undefined) throw new Status("NOT_FOUND", "The specified bucket does not exist.");
  if (textOf(trigger["triggerRegion"]) !== location)
    throw invalid("eventTrigger.triggerRegion", `Bucket is in location '${location}', the trigger is not`);
}

function mustAct(world: World, email: string): void {
  if (email === "") return;
  const account = world.accounts.get(email);
  if (account === undefined) throw new Status("NOT_FOUND", `Service account ${email} does not exist.`);
  world.used.add("iam.serviceAccounts.actAs");
  if (!account.actAs || (world.granted !== undefined && !world.granted.has("iam.serviceAccounts.actAs")))
    throw denied("iam.serviceAccounts.actAs", email);
}

function found(world: World, name: string): JsonMap {
  const fn = world.functions.get(name);
  if (fn === undefined) throw new Status("NOT_FOUND", `Resource '${name}' was not found`);
  return fn;
}

function busy(name: string): Status {
  return new Status("ABORTED", `unable to queue the operation: another one is in progress for ${name}`);
}

function serviceName({ project, region }: World, name: string): string {
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
