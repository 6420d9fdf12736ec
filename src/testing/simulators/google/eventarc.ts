/** eventarc.googleapis.com/v1: the triggers that functions make, each with its subscription. */
import { GoogleStatus } from "./status.ts";
import { type JsonMap, shortName, textOf, type World } from "./world.ts";

export function makeTrigger(world: World, fn: string, { pubsubTopic }: JsonMap): string {
  const { project, region } = world;
  const id = `${shortName(fn)}-trigger`;
  const name = `projects/${project}/locations/${region}/triggers/${id}`;
  if (world.triggers.has(name)) return name;
  const subscription = `projects/${project}/subscriptions/eventarc-${region}-${id}-sub`;
  const topic = textOf(pubsubTopic) === "" ? `projects/${project}/topics/eventarc-${region}-${id}` : textOf(pubsubTopic);
  world.subscriptions.set(subscription, { name: subscription, topic, ackDeadlineSeconds: 600 });
  world.triggers.set(name, { name, destination: { cloudFunction: fn }, transport: { pubsub: { topic, subscription } } });
  return name;
}

export function removeTrigger(world: World, fn: string): void {
  const name = `projects/${world.project}/locations/${world.region}/triggers/${shortName(fn)}-trigger`;
  world.triggers.delete(name);
  world.subscriptions.delete(`projects/${world.project}/subscriptions/eventarc-${world.region}-${shortName(fn)}-trigger-sub`);
}

export function getTrigger(world: World, name: string): JsonMap {
  const trigger = world.triggers.get(name);
  if (trigger === undefined) throw new GoogleStatus("NOT_FOUND", `Resource '${name}' was not found`);
  return trigger;
}
