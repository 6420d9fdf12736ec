/** A Pub/Sub topic that `createTopics` makes. One that was there before is taken as it is, and stays. */
import { canonical, type Lifecycle, type Live } from "fnpkg/adapter";
import type { GoogleClient } from "../client.ts";
import type { TopicJson } from "../client-api.ts";
import { ifThere, isExisting } from "../errors.ts";
import { labelsAfter, labelsFor, labelsIn, markIn } from "../marks.ts";
import type { TopicProps } from "../resources.ts";
import { ourFunction } from "./owner.ts";
import { type Context, markOf, noOutputs, pages, said } from "./shared.ts";

export const topicLifecycle: Lifecycle<TopicProps, GoogleClient> = {
  after: [],
  fixed: ["name"],
  permissions: {
    read: ["pubsub.topics.get", "pubsub.topics.list"],
    create: ["pubsub.topics.create"],
    update: ["pubsub.topics.update"],
    delete: ["pubsub.topics.delete"],
  },
  lock: ({ name }) => `topic ${name}`,

  /** Where none are made any more, the one that the function listens to tells of the last. */
  async find(cx) {
    const topics = cx.client.section.createTopics ? await all(cx) : await former(cx);
    return topics.flatMap((topic) => {
      const mark = markIn(topic.labels ?? {});
      return mark?.deployment === cx.deployment ? [{ id: mark.resource, live: liveOf(cx, mark.resource, topic) }] : [];
    });
  },

  async read(cx, id, props) {
    const found = await ifThere(cx.client.pubsub.getTopic(props.name, cx));
    return found === undefined ? undefined : liveOf(cx, id, found, props);
  },

  async create(cx, id, { name, labels }) {
    try {
      await cx.client.pubsub.createTopic(name, { labels: labelsFor(markOf(cx, id), labels) }, cx);
    } catch (cause) {
      if (!isExisting(cause)) throw cause;
    }
    return noOutputs;
  },

  async update(cx, id, { name, labels }) {
    const now = await cx.client.pubsub.getTopic(name, cx);
    const wanted = labelsAfter(now.labels ?? {}, labelsFor(markOf(cx, id), labels));
    if (canonical(wanted) !== canonical(now.labels ?? {}))
      await cx.client.pubsub.patchTopic(name, { name, labels: wanted }, ["labels"], cx);
    return noOutputs;
  },

  async delete(cx, _id, { props: { name } }) {
    if (name === undefined) return;
    const now = await ifThere(cx.client.pubsub.getTopic(name, cx));
    if (markIn(now?.labels ?? {})?.deployment === cx.deployment) await ifThere(cx.client.pubsub.deleteTopic(name, cx));
  },
};

function all(cx: Context): Promise<TopicJson[]> {
  return pages((token) => cx.client.pubsub.listTopics(`projects/${cx.client.section.project}`, token, cx));
}

async function former(cx: Context): Promise<readonly TopicJson[]> {
  const name = said((await ourFunction(cx))?.eventTrigger?.["pubsubTopic"]);
  const found = name === undefined ? undefined : await ifThere(cx.client.pubsub.getTopic(name, cx));
  return found === undefined ? [] : [found];
}

/** Another's is as wanted, whatever its labels. */
function liveOf(cx: Context, id: string, found: TopicJson, wanted?: TopicProps): Live<TopicProps> {
  const labels = found.labels ?? {};
  const mark = markIn(labels);
  const ours = mark?.deployment === cx.deployment;
  const name = found.name ?? wanted?.name ?? "";
  return {
    props: { name, labels: ours || wanted === undefined ? labelsIn(labels, wanted?.labels) : wanted.labels },
    outputs: noOutputs,
    mark: ours ? mark : markOf(cx, id),
    state: "ready",
  };
}
