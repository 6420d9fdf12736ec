/** pubsub.googleapis.com/v1: topics and the subscriptions of Eventarc. */
import { mustFit } from "./shapes.ts";
import { invalid, GoogleStatus } from "./status.ts";
import { allSeen, type JsonMap, mapOf, paged, type Query, remember, textOf, type World } from "./world.ts";

export function getTopic(world: World, name: string): JsonMap {
  return foundTopic(world, name);
}

export function listTopics(world: World, project: string, query: Query): JsonMap {
  return paged("topics", allSeen(world, "topics", `${project}/topics/`, world.lags.list), query);
}

export function createTopic(world: World, name: string, body: JsonMap): JsonMap {
  mustFit(body, { name: "string", labels: "map" });
  if (!/^projects\/[^/]+\/topics\/[A-Za-z][\w.~+%-]{2,254}$/.test(name)) throw invalid("name", `'${name}' is no topic's name`);
  if (world.topics.has(name))
    throw new GoogleStatus("ALREADY_EXISTS", `Resource already exists in the project (resource=${name}).`);
  remember(world, "topics", name);
  world.topics.set(name, { ...body, name });
  return getTopic(world, name);
}

export function patchTopic(world: World, name: string, body: JsonMap): JsonMap {
  mustFit(body, { topic: { object: { name: "string", labels: "map" } }, updateMask: "string" });
  if (body["updateMask"] !== "labels") throw invalid("updateMask", "names what can't be changed");
  remember(world, "topics", name);
  world.topics.set(name, { ...foundTopic(world, name), labels: mapOf(body["topic"])["labels"] ?? {} });
  return getTopic(world, name);
}

export function deleteTopic(world: World, name: string): JsonMap {
  foundTopic(world, name);
  remember(world, "topics", name);
  world.topics.delete(name);
  return {};
}

export function getSubscription(world: World, name: string): JsonMap {
  return foundSubscription(world, name);
}

export function patchSubscription(world: World, name: string, body: JsonMap): JsonMap {
  const deadLetterPolicy = { object: { deadLetterTopic: "string", maxDeliveryAttempts: "number" } } as const;
  mustFit(body, { subscription: { object: { name: "string", deadLetterPolicy } }, updateMask: "string" });
  if (body["updateMask"] !== "deadLetterPolicy") throw invalid("updateMask", "names what can't be changed");
  const subscription = { ...foundSubscription(world, name) };
  const policy = mapOf(body["subscription"])["deadLetterPolicy"];
  if (policy === undefined) delete subscription["deadLetterPolicy"];
  else {
    const topic = textOf(mapOf(policy)["deadLetterTopic"]);
    if (!world.topics.has(topic)) throw new GoogleStatus("NOT_FOUND", `Resource not found (resource=${topic}).`);
    subscription["deadLetterPolicy"] = policy;
  }
  world.subscriptions.set(name, subscription);
  return subscription;
}

function foundTopic(world: World, name: string): JsonMap {
  const topic = world.topics.get(name);
  if (topic === undefined) throw new GoogleStatus("NOT_FOUND", `Resource not found (resource=${name}).`);
  return topic;
}

function foundSubscription(world: World, name: string): JsonMap {
  const subscription = world.subscriptions.get(name);
  if (subscription === undefined) throw new GoogleStatus("NOT_FOUND", `Resource not found (resource=${name}).`);
  return subscription;
}
