/** What is there, without what differs from run to run, and what of it is others'. */
import { finish } from "./finish.ts";
import { settle } from "./operations.ts";
import { type JsonMap, listOf, shortName, stateOf, textOf, type World } from "./world.ts";

const fleeting =
  /^(etag|uid|generation|createTime|updateTime|userUpdateTime|build|revision|object|latest.*Revision|generations|reconciling)$/;

/** What is under way counts as done. */
export function snapshot(world: World): unknown {
  const settled = world.pending.length === 0 ? world : { ...world, ...stateOf(world) };
  settle(settled, finish, Number.POSITIVE_INFINITY);
  const { functions, services, policies, jobs, topics, subscriptions, triggers } = settled;
  const serving = new Map([...services].map(([name, service]) => [name, { ...service, traffic: serves(settled, service) }]));
  return plain({ functions, services: serving, policies, jobs, topics, subscriptions, triggers });
}

/** What answers, however the traffic names it: the variables of each revision that has a share. */
function serves({ revisions }: World, { traffic, latestReadyRevision }: JsonMap): unknown {
  return listOf(traffic).map(({ revision, percent }) => {
    const short = textOf(revision) === "" ? shortName(textOf(latestReadyRevision)) : textOf(revision);
    const found = [...revisions].find(([name]) => shortName(name) === short)?.[1];
    return { percent, containers: found?.["containers"] };
  });
}

/** All that another writer made: things of their own, and what they hung on ours. */
export function foreign(world: World): unknown {
  const own = (things: ReadonlyMap<string, unknown>) => new Map([...things].filter(([name]) => /\/theirs-[^/]*$/.test(name)));
  const { functions, services, jobs, topics, subscriptions } = world;
  const bindings = [...world.policies].flatMap(([name, policy]) => {
    const theirs = policy.bindings.filter(({ members }) => members.some((member) => member.includes(":theirs-")));
    return theirs.length === 0 ? [] : [[name, theirs] as const];
  });
  const labels = [...functions].flatMap(([name, fn]) => {
    const theirs = Object.entries((fn["labels"] ?? {}) as JsonMap).filter(([key]) => key.startsWith("theirs-"));
    return theirs.length === 0 ? [] : [[name, Object.fromEntries(theirs)] as const];
  });
  return plain({
    functions: own(functions),
    services: own(services),
    jobs: own(jobs),
    topics: own(topics),
    subscriptions: own(subscriptions),
    bindings: new Map(bindings),
    labels: new Map(labels),
  });
}

/** As JSON, in the order of names. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "string") return value.replaceAll(/-\d{5}-[a-z]{3}\b/g, "-REVISION");
  if (typeof value !== "object" || value === null) return value;
  const entries: [string, unknown][] = value instanceof Map ? [...(value as Map<string, unknown>)] : Object.entries(value);
  const kept = entries.filter(([key, inner]) => inner !== undefined && !fleeting.test(key));
  return Object.fromEntries(kept.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, plain(inner)]));
}
