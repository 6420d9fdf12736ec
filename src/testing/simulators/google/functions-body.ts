/** What a function must be to be deployed, and what the vendor fills in. */
import { mustAct } from "./accounts.ts";
import { GoogleStatus, invalid } from "./status.ts";
import { type JsonMap, mapOf, shortName, textOf, type World } from "./world.ts";

const limits = { key: /^[a-z][a-z0-9_-]{0,62}$/, value: /^[a-z0-9_-]{0,63}$/ };

/** What the vendor fills in. */
export function withDefaults(world: World, fn: JsonMap): JsonMap {
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
export function mustBeWhole(world: World, fn: JsonMap): void {
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
  if (topic !== "" && !world.topics.has(topic)) throw new GoogleStatus("NOT_FOUND", `Topic ${topic} not found.`);
  const filters = Array.isArray(trigger["eventFilters"]) ? trigger["eventFilters"].map(mapOf) : [];
  const bucket = filters.find(({ attribute }) => attribute === "bucket");
  if (bucket === undefined) return;
  const location = world.buckets.get(textOf(bucket["value"]))?.location.toLowerCase();
  if (location === undefined) throw new GoogleStatus("NOT_FOUND", "The specified bucket does not exist.");
  if (textOf(trigger["triggerRegion"]) !== location)
    throw invalid("eventTrigger.triggerRegion", `Bucket is in location '${location}', the trigger is not`);
}
