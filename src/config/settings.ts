/** Reads the merged document key by key, so that one slip does not hide the others. */
import type { z } from "zod";
import type { JsonObject } from "../json.ts";
import { didYouMean } from "../schema.ts";
import type { Cx } from "./cx.ts";
import { merged, type MergedConfig, type TriggerOutput } from "./schema.ts";
import { shapeOf } from "./shape.ts";
import { duplicateNames, triggerShape } from "./trigger-shape.ts";
import { dropDoubles, plaintext } from "./validate-secrets.ts";
import { harvest, isArray, isMap, nodeAt, type Path } from "./tree.ts";

/** What is there and well formed. */
export type Settings = Partial<Omit<MergedConfig, "triggers" | "package">> & {
  readonly package: Partial<MergedConfig["package"]>;
};

export interface ReadSettings {
  readonly settings: Settings;
  /** The well-formed triggers with their index in the document. */
  readonly triggers: readonly { readonly index: number; readonly trigger: TriggerOutput }[];
  /** Some trigger is malformed, so their number says nothing. */
  readonly incomplete: boolean;
}

/** Maps whose members stand alone: a bad one is left out, the others are kept. */
const MAPS = new Set(["env", "secrets", "services", "resources", "identity", "tags", "package"]);

/** Every problem of the merged document's shape is reported. */
export function readSettings(cx: Cx): ReadSettings {
  const shape: Readonly<Record<string, z.ZodType>> = merged.shape;
  const found: [string, unknown][] = [];
  for (const key of cx.tree.entries.keys()) {
    if (key === "targets" || Object.hasOwn(shape, key)) continue;
    cx.report("E_UNKNOWN_FIELD", `unknown field "${key}"${didYouMean(key, Object.keys(shape))}`, [key]);
  }
  for (const [key, schema] of Object.entries(shape)) {
    if (key === "triggers") continue;
    const node = cx.tree.entries.get(key);
    const value = node === undefined ? undefined : harvest(node);
    if (MAPS.has(key) && isMap(value)) found.push([key, members(cx, key, schema, value)]);
    else if (value !== undefined || !schema.safeParse(undefined).success) {
      const read = shapeOf(schema, value, { at: [key], ...(node === undefined ? {} : { tree: node }) });
      cx.reportAll(read.problems);
      if (read.problems.length === 0) found.push([key, read.value]);
    }
  }
  const settings = Object.fromEntries(found) as Partial<MergedConfig>;
  checkInstances(cx, settings);
  return { settings: { ...settings, package: settings.package ?? {} }, ...readTriggers(cx) };
}

function members(cx: Cx, key: string, schema: z.ZodType, value: JsonObject): unknown {
  const node = nodeAt(cx.tree, [key]);
  const options = { at: [key], ...(node === undefined ? {} : { tree: node }) };
  const whole = shapeOf<unknown>(schema, value, options);
  if (whole.value !== undefined) return whole.value;
  const problems = dropDoubles([...plaintext(key, value, [key]), ...whole.problems]);
  cx.reportAll(problems);
  const bad = new Set(problems.map((problem) => memberOf(problem.pointer ?? "")));
  return Object.fromEntries(Object.entries(value).filter(([name]) => !bad.has(name)));
}

function memberOf(pointer: string): string {
  return (pointer.split("/")[2] ?? "").replaceAll("~1", "/").replaceAll("~0", "~");
}

function readTriggers(cx: Cx): Pick<ReadSettings, "triggers" | "incomplete"> {
  const node = cx.tree.entries.get("triggers");
  if (node === undefined) return { triggers: [], incomplete: false };
  const value = harvest(node);
  const at: Path = ["triggers"];
  if (!isArray(value)) {
    cx.report("E_SCHEMA", "`triggers` is a list; each item has a `name`", at);
    return { triggers: [], incomplete: true };
  }
  cx.reportAll(duplicateNames(value, at));
  const triggers = value.flatMap((item, index) => {
    const tree = nodeAt(node, [index]);
    const read = triggerShape(item, { at: [...at, index], ...(tree === undefined ? {} : { tree }) });
    cx.reportAll(read.problems);
    return read.value === undefined ? [] : [{ index, trigger: read.value }];
  });
  return { triggers, incomplete: triggers.length < value.length };
}

function checkInstances(cx: Cx, { instances }: Partial<MergedConfig>): void {
  if (instances?.min === undefined || instances.max === undefined || instances.max >= instances.min) return;
  cx.report(
    "E_SCHEMA",
    `instances.max (${cx.show(["instances", "max"])}) is below instances.min (${cx.show(["instances", "min"])})`,
    ["instances", "max"],
  );
}
