/** What is only looked at: buckets, logs, builds. */
import { invalid, GoogleStatus } from "./status.ts";
import { type JsonMap, mapOf, textOf, type World } from "./world.ts";

/** storage.googleapis.com/storage/v1. */
export function getBucket(world: World, name: string): JsonMap {
  const bucket = world.buckets.get(name);
  if (bucket === undefined) throw new GoogleStatus("NOT_FOUND", "The specified bucket does not exist.");
  return { location: bucket.location, locationType: "region" };
}

/** cloudbuild.googleapis.com/v1. */
export function getBuild(world: World, name: string): JsonMap {
  const build = world.builds.get(name);
  if (build === undefined) throw new GoogleStatus("NOT_FOUND", "Requested entity was not found.");
  return build;
}

/** logging.googleapis.com/v2: `field="value"` and `timestamp>="…"`, joined by AND. */
export function listEntries(world: World, body: JsonMap): JsonMap {
  const known = ["resourceNames", "filter", "orderBy", "pageSize", "pageToken"];
  for (const key of Object.keys(body)) if (!known.includes(key)) throw invalid(key, "Cannot find field.");
  const conditions = textOf(body["filter"])
    .split(" AND ")
    .map((condition) => {
      const [, field = "", operator = "", value = ""] = /^([\w.]+)(>=|=)"(.*)"$/.exec(condition) ?? [];
      if (field === "") throw invalid("filter", `can't be read: ${condition}`);
      return { field, operator, value };
    });
  const matching = world.logs.filter((entry) =>
    conditions.every(({ field, operator, value }) => {
      const live = textOf(field.split(".").reduce<JsonMap[string]>((at, part) => mapOf(at)[part] ?? null, entry));
      return operator === "=" ? live === value : Date.parse(live) >= Date.parse(value);
    }),
  );
  const falling = textOf(body["orderBy"]).endsWith("desc");
  const sorted = matching.toSorted((a, b) => {
    const order = textOf(a["timestamp"]) < textOf(b["timestamp"]) ? -1 : 1;
    return falling ? -order : order;
  });
  const [from, most] = [Number(body["pageToken"] ?? 0), Math.min(Number(body["pageSize"] ?? 50), 3)];
  const entries = sorted.slice(from, from + most);
  return {
    ...(entries.length === 0 ? {} : { entries }),
    ...(from + most < sorted.length ? { nextPageToken: String(from + most) } : {}),
  };
}
