/**
 * Checks the whole document as written, stages and overrides included, so that a slip in a stage nobody deploys today is
 * found too. What only the merge of one target and stage can show is checked there.
 */
import { withHint, type Problem } from "../errors.ts";
import { pointer, type Json, type JsonObject } from "../json.ts";
import { didYouMean, isPrototypeKey } from "../schema.ts";
import type { LoadedConfig } from "./load.ts";
import { merged, stageName, targetCommon } from "./schema.ts";
import { shapeOf } from "./shape.ts";
import { duplicateNames, triggerShape } from "./trigger-shape.ts";
import { isArray, isMap, type Path } from "./tree.ts";
import { dropDoubles, plaintext } from "./validate-secrets.ts";
import { checkKeys, checkStrings } from "./validate-text.ts";
import { z } from "zod";

/** The adapters that come with fnpkg; their names are keys of the format. */
export const builtinTargets = ["local", "aws-lambda", "google-cloud-functions", "azure-functions"] as const;

/** Every problem of the document itself, with file, line and pointer. `targets` names further adapters. */
export function validateDocument(loaded: LoadedConfig, targets: readonly string[] = []): Problem[] {
  const { document } = loaded;
  const found = isMap(document) ? check(document, targets) : [notAMap(document)];
  return found.map((problem) => withHint(placed(problem, loaded)));
}

function notAMap(document: Json): Problem {
  const what = document === null ? "empty" : isArray(document) ? "a list" : `a ${typeof document}`;
  return {
    code: "E_SCHEMA",
    message: `the configuration is ${what}; it is a map that begins with \`specVersion\` and \`kind\``,
    pointer: "",
  };
}

function placed(problem: Problem, loaded: LoadedConfig): Problem {
  const line = problem.pointer === undefined ? undefined : loaded.line(problem.pointer);
  return {
    ...problem,
    ...(loaded.file === undefined ? {} : { file: loaded.file }),
    ...(line === undefined ? {} : { line }),
  };
}

function check(document: JsonObject, adapters: readonly string[]): Problem[] {
  const keys = checkKeys(document, []);
  const version = shapeOf(merged.pick({ specVersion: true }), { specVersion: document["specVersion"] ?? "1.0" });
  const unsupported = version.problems.filter((problem) => problem.code === "E_SPEC_UNSUPPORTED");
  if (unsupported.length > 0) return unsupported;

  const { targets, stages, ...base } = document;
  const known = new Set<string>([...builtinTargets, ...adapters]);
  const cx: Context = { known, types: triggerTypesIn(document) };
  return [
    ...keys,
    ...checkStrings(document, []),
    ...checkLayer(base, [], cx),
    ...checkSections(targets, known, cx),
    ...checkStages(stages, cx),
  ];
}

interface Context {
  readonly known: ReadonlySet<string>;
  /** The type that any layer gives a trigger's name. */
  readonly types: ReadonlyMap<string, string>;
}

function checkSections(targets: Json | undefined, known: ReadonlySet<string>, cx: Context): Problem[] {
  if (targets === undefined) return [];
  if (!isMap(targets)) return [expectedMap(["targets"])];
  return Object.entries(targets).flatMap(([name, section]) => {
    const unknown: Problem[] = known.has(name)
      ? []
      : [{ code: "E_TARGET", message: `no target "${name}"${didYouMean(name, known)}`, pointer: pointer("targets", name) }];
    return [...unknown, ...checkSection(section, ["targets", name], cx)];
  });
}

/** What every section takes; the adapter's own keys are checked with its schema, for the target at hand. */
function checkSection(section: Json, at: Path, cx: Context): Problem[] {
  if (!isMap(section)) return [expectedMap(at)];
  const { override, ...rest } = section;
  const common = shapeOf(z.looseObject(targetCommon), withoutNulls(rest, at), { at, partial: true }).problems;
  if (override === undefined || override === null) return [...common];
  return [...common, ...checkLayer(override, [...at, "override"], cx)];
}

function checkStages(stages: Json | undefined, cx: Context): Problem[] {
  if (stages === undefined) return [];
  if (!isMap(stages)) return [expectedMap(["stages"])];
  return Object.entries(stages).flatMap(([name, stage]): Problem[] => {
    const at: Path = ["stages", name];
    const grammar = shapeOf(stageName, name, { at }).problems;
    if (!isMap(stage)) return [...grammar, expectedMap(at)];
    const { targets, ...patch } = stage;
    const sections = targets === undefined || targets === null ? [] : isMap(targets) ? Object.entries(targets) : undefined;
    if (sections === undefined) return [...grammar, ...checkLayer(patch, at, cx, ["targets"]), expectedMap([...at, "targets"])];
    const inner = sections.flatMap(([target, section]): Problem[] => {
      const here = [...at, "targets", target];
      const unknown: Problem[] = cx.known.has(target)
        ? []
        : [{ code: "E_TARGET", message: `no target "${target}"${didYouMean(target, cx.known)}`, pointer: pointer(...here) }];
      return [...unknown, ...(section === null ? [] : checkSection(section, here, cx))];
    });
    return [...grammar, ...checkLayer(patch, at, cx, ["targets"]), ...inner];
  });
}

/** The base, a stage or an override: the merged schema's keys, all optional. */
function checkLayer(layer: Json, at: Path, cx: Context, also: readonly string[] = ["targets", "stages"]): Problem[] {
  if (!isMap(layer)) return [expectedMap(at)];
  const base = at.length === 0;
  const { triggers, ...rest } = layer;
  const known = [...Object.keys(merged.shape), ...(base || also.length === 1 ? also : [])];
  const problems: Problem[] = [];
  for (const [key, value] of Object.entries(rest)) {
    const here = [...at, key];
    if (!Object.hasOwn(merged.shape, key)) {
      if (!isPrototypeKey(key))
        problems.push({
          code: "E_UNKNOWN_FIELD",
          message: `unknown field "${key}"${didYouMean(key, known)}`,
          pointer: pointer(...here),
        });
      continue;
    }
    if (value === null && !base) continue;
    const schema = merged.shape[key as keyof typeof merged.shape];
    problems.push(...plaintext(key, value, here));
    problems.push(...shapeOf<unknown>(schema, base ? value : withoutNulls(value, here), { at: here, partial: true }).problems);
    if (key === "resources" || key === "identity") problems.push(...checkTargetKeys(key, value, here, cx.known));
  }
  return [...dropDoubles(problems), ...checkTriggers(triggers, [...at, "triggers"], cx, base)];
}

function checkTriggers(triggers: Json | undefined, at: Path, cx: Context, base: boolean): Problem[] {
  if (triggers === undefined || (triggers === null && !base)) return [];
  if (!isArray(triggers))
    return [{ code: "E_SCHEMA", message: "`triggers` is a list; each item has a `name`", pointer: pointer(...at) }];
  const items = triggers.flatMap((trigger, i) => {
    if (!base && isMap(trigger) && trigger["type"] === null && typeof trigger["name"] === "string") return [];
    const here = [...at, i];
    return triggerShape(base ? trigger : withoutNulls(trigger, here), {
      at: here,
      partial: true,
      typeOf: (name) => cx.types.get(name),
    }).problems;
  });
  return [...items, ...duplicateNames(triggers, at)];
}

function checkTargetKeys(key: string, value: Json, at: Path, known: ReadonlySet<string>): Problem[] {
  if (!isMap(value)) return [];
  const maps: [Path, Json][] =
    key === "identity" ? [[at, value]] : Object.entries(value).map(([name, ids]) => [[...at, name], ids]);
  return maps.flatMap(([here, map]) =>
    (isMap(map) ? Object.keys(map) : [])
      .filter((target) => !known.has(target))
      .map((target): Problem => ({
        code: "E_UNKNOWN_FIELD",
        message: `no target "${target}"${didYouMean(target, known)}`,
        pointer: pointer(...here, target),
      })),
  );
}

/** RFC 7396: `null` in a map deletes, so it is no value to judge. */
function withoutNulls(value: Json, at: Path): Json {
  if (!isMap(value)) return value;
  const opaque = at.at(-1) === "raw";
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, child]) => child !== null)
      .map(([key, child]) => [key, opaque ? child : withoutNulls(child, [...at, key])]),
  );
}

function triggerTypesIn(document: JsonObject): Map<string, string> {
  const types = new Map<string, string>();
  const visit = (layer: Json | undefined): void => {
    if (!isMap(layer)) return;
    const triggers = isArray(layer["triggers"]) ? layer["triggers"] : [];
    for (const trigger of triggers) {
      if (isMap(trigger) && typeof trigger["name"] === "string" && typeof trigger["type"] === "string")
        types.set(trigger["name"], trigger["type"]);
    }
    for (const section of Object.values(isMap(layer["targets"]) ? layer["targets"] : {}))
      if (isMap(section)) visit(section["override"]);
  };
  for (const stage of Object.values(isMap(document["stages"]) ? document["stages"] : {})) visit(stage);
  visit(document);
  return types;
}

function expectedMap(at: Path): Problem {
  return { code: "E_SCHEMA", message: `${pointer(...at)} is a map; an empty one is written {}`, pointer: pointer(...at) };
}
