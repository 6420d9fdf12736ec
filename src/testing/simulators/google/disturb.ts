/**
 * Somebody else at work in the same project. What they add is named `theirs-…` and is the same however often they add it; what they
 * change by hand is put right by the next deploy.
 */
import { etag, makeService, newRevision, putPolicy } from "./run.ts";
import { addressOf, type JsonMap, mapOf, now, type Policy, remember, shortName, textOf, type World } from "./world.ts";

/** One thing that they may do now; answers what, in words. */
type Deed = () => string;

export function disturb(world: World, random: () => number): string {
  const deeds = [...additions(world), ...drifts(world)];
  return deeds[Math.floor(random() * deeds.length)]?.() ?? "nothing";
}

/** What leaves ours as it is. */
export function additions(world: World): Deed[] {
  const { project, region } = world;
  const parent = `projects/${project}/locations/${region}`;
  const beside: Deed[] = [
    () => {
      const name = `${parent}/functions/theirs-function`;
      if (!world.functions.has(name)) makeTheirs(world, name);
      return "another function is made";
    },
    () => {
      const name = `${parent}/jobs/theirs-job`;
      const httpTarget = { uri: "https://theirs.example.com/", httpMethod: "POST" };
      put(world, "jobs", name, {
        name,
        description: "theirs",
        schedule: "0 0 * * *",
        timeZone: "UTC",
        httpTarget,
        state: "ENABLED",
      });
      return "another job is made";
    },
    () => {
      const topic = `projects/${project}/topics/theirs-topic`;
      put(world, "topics", topic, { name: topic, labels: { "theirs-team": "a" } });
      subscribe(world, topic, "theirs-subscription");
      return "another topic and its subscription are made";
    },
  ];
  const onTopics = [...world.topics.keys()].filter(isOurs).map((topic): Deed => () => {
    subscribe(world, topic, `theirs-on-${shortName(topic)}`);
    return `the topic ${shortName(topic)} gets another subscription`;
  });
  const onPolicies = [...world.policies]
    .filter(([service]) => isOurs(service))
    .map(([service, policy]): Deed => () => {
      const theirs = { role: "roles/run.viewer", members: ["user:theirs-viewer@example.com"] };
      const has = policy.bindings.some(({ members }) => members.includes(theirs.members[0] ?? ""));
      if (!has) putPolicy(world, service, { ...policy, etag: etag(world), bindings: [...policy.bindings, theirs] });
      return `another role is granted on ${shortName(service)}`;
    });
  const onFunctions = idle(world).map(([name, fn]): Deed => () => {
    put(world, "functions", name, { ...fn, labels: { ...mapOf(fn["labels"]), "theirs-team": "a" } }, true);
    return `${shortName(name)} gets another label`;
  });
  return [...beside, ...onTopics, ...onPolicies, ...onFunctions];
}

/** What makes ours another than it should be. */
export function drifts(world: World): Deed[] {
  const memory = idle(world).map(([name, fn]): Deed => () => {
    put(world, "functions", name, { ...fn, serviceConfig: { ...mapOf(fn["serviceConfig"]), availableMemory: "3008Mi" } }, true);
    return `the memory of ${shortName(name)} is changed`;
  });
  const jobs = [...world.jobs]
    .filter(([name]) => isOurs(name))
    .flatMap(([name, job]): Deed[] => [
      () => {
        put(world, "jobs", name, { ...job, schedule: "59 23 31 12 *" }, true);
        return `the schedule of ${shortName(name)} is changed`;
      },
      () => {
        put(world, "jobs", name, { ...job, state: "PAUSED" }, true);
        return `${shortName(name)} is paused`;
      },
    ]);
  const invokers = [...world.policies].flatMap(([service, policy]): Deed[] => {
    const bindings = policy.bindings.filter(({ role }) => role !== "roles/run.invoker");
    if (!isOurs(service) || bindings.length === policy.bindings.length) return [];
    return [
      () => {
        putPolicy(world, service, { ...policy, etag: etag(world), bindings });
        return `nobody may call ${shortName(service)} any more`;
      },
    ];
  });
  const traffic = [...world.services]
    .filter(([name]) => isOurs(name))
    .flatMap(([name, service]): Deed[] => {
      const first = [...world.revisions.keys()].find((revision) => revision.startsWith(`${name}/revisions/`));
      const wanted = [{ type: "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", revision: shortName(first ?? ""), percent: 100 }];
      if (first === undefined || first === textOf(service["latestReadyRevision"])) return [];
      return [
        () => {
          put(world, "services", name, { ...service, traffic: wanted, etag: etag(world) }, true);
          return `the traffic of ${shortName(name)} is moved`;
        },
      ];
    });
  return [...memory, ...jobs, ...invokers, ...traffic];
}

/** Functions of ours that nothing is going on with. */
function idle({ functions }: World): [string, JsonMap][] {
  return [...functions].filter(([name, { state }]) => isOurs(name) && state === "ACTIVE");
}

function isOurs(name: string): boolean {
  return !shortName(name).startsWith("theirs-");
}

/** What is there already stays, unless it is to be changed. */
function put(
  world: World,
  kind: "functions" | "services" | "jobs" | "topics",
  name: string,
  thing: JsonMap,
  change = false,
): void {
  if (world[kind].has(name) && !change) return;
  remember(world, kind, name);
  world[kind].set(name, thing);
}

function subscribe(world: World, topic: string, id: string): void {
  const name = `projects/${world.project}/subscriptions/${id}`;
  if (!world.subscriptions.has(name)) world.subscriptions.set(name, { name, topic, ackDeadlineSeconds: 10 });
}

/** A function by another tool, that has come to serve. */
function makeTheirs(world: World, name: string): void {
  const service = name.replace("/functions/", "/services/");
  makeService(world, service);
  const revision = newRevision(world, service, [], true);
  const policy: Policy = {
    etag: etag(world),
    bindings: [{ role: "roles/run.invoker", members: ["user:theirs-caller@example.com"] }],
  };
  putPolicy(world, service, policy);
  put(world, "functions", name, {
    name,
    environment: "GEN_2",
    state: "ACTIVE",
    labels: { "deployment-tool": "cli-gcloud" },
    buildConfig: { runtime: "nodejs22", entryPoint: "theirs" },
    serviceConfig: { service, uri: addressOf(world, service), revision, availableMemory: "256M" },
    createTime: now(world),
    updateTime: now(world),
  });
}
