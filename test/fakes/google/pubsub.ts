/** pubsub.googleapis.com/v1: topics and the subscriptions of Eventarc. */
import { mustFit } from "./shapes.ts";
import { invalid, Status } from "./status.ts";
import { copyOf, type JsonMap, mapOf, paged, textOf, type World } from "./world.ts";

type Query = { readonly [name: string]: string };

export function getTopic(world: World, name: string): JsonMap {
  return copyOf(foundTopic(world, name));
}

export function listTopics(world: World, project: string, query: Query): JsonMap {
  return paged(
    "topics",
    [...world.topics].filter(([name]) => name.startsWith(`${project}/topics/`)).map(([, one]) => one),
    query,
  );
}

export function createTopic(world: World, name: string, body: JsonMap): JsonMap {
  mustFit(body, { name: "string", labels: "map" });
  if (!/^projects\/[^/]+\/topics\/[A-Za-z][\w.~+%-]{2,254}$/.test(name)) throw invalid("name", `'${name}' is no topic's name`);
  if (world.topics.has(name)) throw new Status("ALREADY_EXISTS", `Resource already exists in the project (resource=${name}).`);
  world.topics.set(name, { ...copyOf(body), name });
  return getTopic(world, name);
}

export function patchTopic(world: World, name: string, body: JsonMap): JsonMap {
  mustFit(body, { topic: { object: { name: "string", labels: "map" } }, updateMask: "string" });
  if (body["updateMask"] !== "labels") throw invalid("updateMask", "names what can't be changed");
  world.topics.set(name, { ...foundTopic(world, name), labels: copyOf(mapOf(body["topic"])["labels"] ?? {}) });
  return getTopic(world, name);
}

export function deleteTopic(world: World, name: string): JsonMap {
  foundTopic(world, name);
  world.topics.delete(name);
  return {};
}

export function getSubscription(world: World, name: string): JsonMap {
  return copyOf(foundSubscription(world, name));
}

export function patchSubscription(world: World, name: string, body: JsonMap): JsonMap {
  const deadLetterPolicy = { object: { deadLetterTopic: "string", maxDeliveryAttempts: "number" } } as const;
  mustFit(body, { subscription: { object: { name: "string", deadLetterPolicy } }, updateMask: "string" });
  if (body["updateMask"] !== "deadLetterPolicy") throw invalid("updateMask", "names what can't be changed");
  const subscription = copyOf(foundSubscription(world, name));
  const policy = mapOf(body["subscription"])["deadLetterPolicy"];
  if (policy === undefined) delete subscription["deadLetterPolicy"];
  else {
    const topic = textOf(mapOf(policy)["deadLetterTopic"]);
    if (!world.topics.has(topic)) throw new Status("NOT_FOUND", `Resource not found (resource=${topic}).`);
    subscription["deadLetterPolicy"] = copyOf(policy);
  }
  world.subscriptions.set(name, subscription);
  return copyOf(subscription);
}

function foundTopic(world: World, name: string): JsonMap {
  const topic = world.topics.get(name);
  if (topic === undefined) throw new Status("NOT_FOUND", `Resource not found (resource=${name}).`);
  return topic;
}

function foundSubscription(world: World, name: string): JsonMap {
  const subscription = world.subscriptions.get(name);
  if (subscription === undefined) throw new Status("NOT_FOUND", `Resource not found (resource=${name}).`);
  return subscription;
}
