/** The facts of triggers: of each one, and of several together. */
import type { ObjectStorageTrigger, Resolved, ResourceRef, Trigger } from "../config/resolved.ts";
import { pointer } from "../json.ts";
import { bytes, fact, idText, type Fact } from "./fact.ts";

/** The facts of one trigger, in its own scope. */
export function triggerFacts(trigger: Trigger, index: number, resolved: Resolved): Fact[] {
  const at = (...rest: (string | number)[]) => pointer("triggers", index, ...rest);
  const own = (field: Parameters<typeof fact>[0], value: Fact["value"] | undefined, ...rest: (string | number)[]) =>
    fact(field, value, at(...rest), trigger.name);
  const idOf = (field: Parameters<typeof fact>[0], ref: ResourceRef) =>
    fact(field, idText(ref), pointer("resources", ref.resource, resolved.target), trigger.name);
  const facts: (Fact | undefined)[] = [
    own("trigger", trigger.type, "type"),
    own("satellite", `${resolved.deployment}--${trigger.name}`, "name"),
  ];
  switch (trigger.type) {
    case "http": {
      const { cors } = trigger;
      facts.push(
        own("http.path", trigger.path, "path"),
        ...(trigger.methods ?? []).map((method, i) => own("http.method", method, "methods", i)),
        own("http.auth", trigger.auth, "auth"),
        ...(trigger.callers ?? []).map((caller, i) => own("http.caller", caller, "callers", i)),
      );
      if (cors === undefined) break;
      facts.push(
        ...cors.origins.map((origin, i) => own("cors.origin", origin, "cors", "origins", i)),
        own("cors.origins", cors.origins.length, "cors", "origins"),
        ...(cors.methods ?? []).map((method, i) => own("cors.method", method, "cors", "methods", i)),
        own("cors.methods", cors.methods?.length, "cors", "methods"),
        ...(cors.headers ?? []).map((header, i) => own("cors.header", header, "cors", "headers", i)),
        own("cors.headers", cors.headers?.length, "cors", "headers"),
        ...(cors.exposeHeaders ?? []).map((header, i) => own("cors.header", header, "cors", "exposeHeaders", i)),
        own("cors.exposeHeaders", cors.exposeHeaders?.length, "cors", "exposeHeaders"),
        own("cors.maxAge", cors.maxAgeSeconds, "cors", "maxAge"),
        own("cors.credentials", cors.credentials, "cors", "credentials"),
      );
      break;
    }
    case "schedule":
      facts.push(
        own("schedule.cron", trigger.cron, "cron"),
        own("schedule.every", trigger.everySeconds, "every"),
        own("schedule.timezone", trigger.timezone, "timezone"),
        own("schedule.data.bytes", trigger.data === undefined ? undefined : bytes(JSON.stringify(trigger.data)), "data"),
      );
      break;
    case "queue":
      facts.push(
        idOf("queue.source", trigger.source),
        own("maxConcurrency", trigger.maxConcurrency, "maxConcurrency"),
        own("ordered", trigger.ordered, "ordered"),
      );
      break;
    case "topic":
      facts.push(idOf("topic.source", trigger.source));
      if (trigger.filter !== undefined) {
        const values = Object.values(trigger.filter.attributes);
        const combinations = values.reduce((total, list) => total * list.length, 1);
        facts.push(
          own("filter.attributes", values.length, "filter", "attributes"),
          own("filter.combinations", combinations, "filter", "attributes"),
        );
      }
      break;
    case "object-storage":
      facts.push(
        idOf("object-storage.source", trigger.source),
        ...trigger.events.map((event, i) => own("event", event, "events", i)),
        own("events.count", trigger.events.length, "events"),
        own("filter.prefix.bytes", lengthOf(trigger.filter?.prefix), "filter", "prefix"),
        own("filter.suffix.bytes", lengthOf(trigger.filter?.suffix), "filter", "suffix"),
      );
      break;
    case "stream":
      facts.push(
        idOf("stream.source", trigger.source),
        own("start", trigger.start, "start"),
        own("parallelism", trigger.parallelism, "parallelism"),
      );
      break;
  }
  if ("batch" in trigger) {
    facts.push(
      own("batch.size", trigger.batch?.size, "batch", "size"),
      own("batch.window", trigger.batch?.windowSeconds, "batch", "window"),
    );
  }
  if ("retry" in trigger && trigger.retry !== undefined) {
    const { attempts, deadLetter } = trigger.retry;
    facts.push(
      own("retry.attempts", attempts, "retry", "attempts"),
      own("deadLetter", deadLetter?.resource, "retry", "deadLetter"),
    );
    if (deadLetter !== undefined) facts.push(idOf("deadLetter.id", deadLetter));
  }
  return facts.filter((found) => found !== undefined);
}

/** The facts that several triggers make together. */
export function crossFacts(resolved: Resolved): Fact[] {
  const sources = resolved.triggers.flatMap((trigger, index) =>
    "source" in trigger ? [{ trigger, index, id: idText(trigger.source) }] : [],
  );
  const pushed = sources.filter(({ trigger }) => trigger.type === "topic" || trigger.type === "object-storage");
  const retries = pushed.flatMap(({ trigger }) => (trigger.retry === undefined ? [] : [trigger.retry]));
  const attempts = new Set(retries.flatMap((retry) => (retry.attempts === undefined ? [] : [retry.attempts])));
  const deadLetters = new Set(retries.flatMap((retry) => (retry.deadLetter === undefined ? [] : [idText(retry.deadLetter)])));
  const ofQueues = sources.flatMap(({ trigger }) => (trigger.type === "queue" ? (trigger.retry?.attempts ?? []) : []));
  const ofStreams = sources.flatMap(({ trigger }) =>
    trigger.type === "stream" ? `${trigger.start} ${trigger.batch?.size} ${trigger.batch?.windowSeconds}` : [],
  );
  const facts: (Fact | undefined)[] = [
    fact("sources.count", sources.length, "/triggers"),
    fact("queue.attempts", new Set(ofQueues).size, "/triggers"),
    fact("streams.settings", new Set(ofStreams).size, "/triggers"),
    fact("async.attempts", attempts.size, "/triggers"),
    fact("async.deadLetters", deadLetters.size, "/triggers"),
    ...sources
      .slice(1)
      .map(({ trigger, index }) => fact("source.further", trigger.name, pointer("triggers", index), trigger.name)),
  ];
  for (const [position, { trigger, index, id }] of sources.entries()) {
    for (const earlier of sources.slice(0, position)) {
      if (id === undefined || earlier.id !== id || earlier.trigger.type !== trigger.type) continue;
      const at = pointer("triggers", index);
      if (trigger.type !== "object-storage")
        facts.push(fact("source.shared", earlier.trigger.name, `${at}/source`, trigger.name));
      else if (earlier.trigger.type === "object-storage" && overlap(trigger, earlier.trigger)) {
        facts.push(fact("source.overlap", earlier.trigger.name, `${at}/filter`, trigger.name));
      }
    }
  }
  return facts.filter((found) => found !== undefined);
}

/** Whether one object could be reported to both. */
function overlap(a: ObjectStorageTrigger, b: ObjectStorageTrigger): boolean {
  const [prefixA, prefixB] = [a.filter?.prefix ?? "", b.filter?.prefix ?? ""];
  const [suffixA, suffixB] = [a.filter?.suffix ?? "", b.filter?.suffix ?? ""];
  return (
    a.events.some((event) => b.events.includes(event)) &&
    (prefixA.startsWith(prefixB) || prefixB.startsWith(prefixA)) &&
    (suffixA.endsWith(suffixB) || suffixB.endsWith(suffixA))
  );
}

function lengthOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : bytes(text);
}
