/** `--set PATH=VALUE`: the last word in the merge order. */
import { FnpkgError, type Code, type Problem } from "../errors.ts";
import { pointer, type Json } from "../json.ts";
import { didYouMean, isPrototypeKey } from "../schema.ts";
import { parseStrict } from "../yaml.ts";
import { mergeLayer } from "./merge.ts";
import { branch, nodeAt, plant, withEntry, type Branch, type Leaf, type Origin, type Tree } from "./tree.ts";

export interface SetResult {
  readonly document: Branch;
  readonly problems: readonly Problem[];
}

/**
 * Applies settings in order. PATH has dots between keys; a key with a dot is quoted or has it escaped (`tags."a.b"`,
 * `tags.a\.b`); `triggers.NAME.KEY` names a trigger. VALUE is a YAML scalar or flow collection, `null` deletes; the value of
 * an environment variable, and of any other field that is a string, is taken as it stands.
 */
export function applySets(
  document: Branch,
  sets: readonly string[],
  targets: { readonly target: string; readonly known: readonly string[] },
): SetResult {
  const problems: Problem[] = [];
  for (const set of sets) {
    try {
      document = apply(document, set, targets);
    } catch (cause) {
      if (!(cause instanceof FnpkgError)) throw cause;
      problems.push(...cause.problems);
    }
  }
  return { document, problems };
}

function apply(
  document: Branch,
  set: string,
  { target, known }: { readonly target: string; readonly known: readonly string[] },
): Branch {
  const { path, text } = split(set);
  const [first, second, third] = path;
  const origin: Origin = { layer: "--set", pointer: pointer(...path) };
  if (first === "stages" || (first === "targets" && third === "override")) {
    fail(
      "E_UNKNOWN_FIELD",
      `--set changes the merged configuration, so it can't set ${path.join(".")}`,
      path,
      "Set the field itself, such as memory=1Gi.",
    );
  }
  const value = valueOf(path, text, origin);
  if (first === "targets" && second !== undefined && second !== target) {
    if (known.includes(second)) return document;
    fail(
      "E_TARGET",
      `--set names the target "${second}", which the configuration does not have${didYouMean(second, known)}`,
      path,
    );
  }
  if (first === "triggers" && second !== undefined) return mergeLayer(document, triggerPatch(document, path, value, origin));
  const patch = nest(path, value, origin);
  return patch.kind === "map" ? mergeLayer(document, patch) : document;
}

/** A patch with the one trigger that the path names. */
function triggerPatch(document: Branch, path: readonly string[], value: Tree, origin: Origin): Branch {
  const [, name = "", ...rest] = path;
  const names = triggerNames(document);
  if (!names.includes(name)) {
    const whole = rest.length === 0 && value.kind === "map";
    if (!whole)
      fail(
        "E_UNKNOWN_FIELD",
        `--set names the trigger "${name}", which the configuration does not have${didYouMean(name, names)}`,
        path,
      );
  }
  const removes = rest.length === 0 && value.kind === "leaf" && value.value === null;
  const inner = removes ? branch(origin, [["type", value]]) : nest(rest, value, origin);
  if (inner.kind !== "map") fail("E_SCHEMA", `--set: a trigger is a map, such as triggers.${name}={type: http}`, path);
  const named = withEntry(inner, "name", { kind: "leaf", value: name, origin });
  return branch(origin, [["triggers", { kind: "list", items: [named], origin }]]);
}

function triggerNames(document: Branch): string[] {
  const triggers = document.entries.get("triggers");
  if (triggers?.kind !== "list") return [];
  return triggers.items.flatMap((item) => {
    const name = nodeAt(item, ["name"]);
    return name?.kind === "leaf" && typeof name.value === "string" ? [name.value] : [];
  });
}

function nest(path: readonly string[], value: Tree, origin: Origin): Tree {
  return path.reduceRight<Tree>((child, key) => branch(origin, [[key, child]]), value);
}

const ESCAPED = /\\(.)/gs;

function split(set: string): { path: readonly string[]; text: string } {
  const path: string[] = [];
  let rest = set;
  for (;;) {
    const found = /^(?:"((?:[^"\\]|\\.)*)"|((?:[^".=\\]|\\.)(?:[^.=\\]|\\.)*))([.=])/s.exec(rest);
    if (found === null) return fail("E_USAGE", `--set takes PATH=VALUE, such as memory=1Gi; this is off: ${shownPath(set)}`, []);
    const key = (found[1] ?? found[2] ?? "").replaceAll(ESCAPED, "$1");
    path.push(key);
    if (isPrototypeKey(key)) fail("E_KEY", `--set: the key "${key}" is not allowed`, path);
    if (key.includes("${")) fail("E_INTERPOLATION", "--set: a key can't hold a placeholder", path);
    if (path.length > 32) fail("E_USAGE", "--set: the path is deeper than 32 keys", []);
    rest = rest.slice(found[0].length);
    if (found[3] === "=") return { path, text: rest };
  }
}

/** Without the value, which may be a secret. */
function shownPath(set: string): string {
  const end = set.indexOf("=");
  return JSON.stringify(end < 0 ? set : set.slice(0, end));
}

function valueOf(path: readonly string[], text: string, origin: Origin): Tree {
  const leaf = (value: Leaf["value"]): Leaf => ({ kind: "leaf", value, text, origin });
  if (path[0] === "env" && path.length === 2) return leaf(text);
  if (!/^\s*[[{"']/.test(text)) return leaf(coreScalar(text));
  let value: Json;
  try {
    ({ value } = parseStrict(text, { file: "--set" }));
  } catch (cause) {
    // The reader's words would quote the value, which may be a secret.
    if (!(cause instanceof FnpkgError)) throw cause;
    return fail(
      cause.code === "E_KEY" ? "E_KEY" : "E_YAML",
      `--set: the value of ${path.join(".")} is no YAML scalar or flow collection`,
      path,
    );
  }
  return plant(value, (at) => ({ layer: "--set", pointer: origin.pointer + at }));
}

/** YAML 1.2's core schema; nothing at all is the empty string. */
function coreScalar(text: string): null | boolean | number | string {
  if (/^(null|Null|NULL|~)$/.test(text)) return null;
  if (/^(true|True|TRUE)$/.test(text)) return true;
  if (/^(false|False|FALSE)$/.test(text)) return false;
  if (/^[-+]?\d+$/.test(text)) return safe(Number(text), text);
  if (/^0o[0-7]+$|^0x[0-9a-fA-F]+$/.test(text)) return safe(Number(text), text);
  if (/^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/.test(text)) return Number.isFinite(Number(text)) ? Number(text) : text;
  return text;
}

function safe(number: number, text: string): number | string {
  return Number.isSafeInteger(number) ? number + 0 : text;
}

function fail(code: Code, message: string, path: readonly string[], hint?: string): never {
  throw new FnpkgError(code, message, {
    file: "--set",
    ...(path.length === 0 ? {} : { pointer: pointer(...path) }),
    ...(hint === undefined ? {} : { hint }),
  });
}
