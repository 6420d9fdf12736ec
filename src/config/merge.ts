/**
 * The merge order: base < `targets.T.override` < `stages.S` < `stages.S.targets.T.override` < `--set`. Each is an RFC 7396
 * merge patch: `null` deletes, lists replace. `triggers` is the exception: its items merge by `name`, new names are added at
 * the end, and an item with `type: null` removes the trigger of that name.
 */
import { branch, harvest, nodeAt, plant, withEntry, type Branch, type Origin, type Tree } from "./tree.ts";

/** RFC 7396 on trees. */
export function mergeTree(target: Tree | undefined, patch: Tree): Tree {
  if (patch.kind !== "map") return patch;
  const below = target?.kind === "map" ? target : branch(patch.origin);
  const entries = new Map(below.entries);
  for (const [key, child] of patch.entries) {
    if (isNull(child)) entries.delete(key);
    else entries.set(key, mergeTree(entries.get(key), child));
  }
  return { ...below, entries };
}

/** One layer onto the document: RFC 7396, but triggers merge by name. */
export function mergeLayer(document: Branch, patch: Branch): Branch {
  const triggers = patch.entries.get("triggers");
  const below = document.entries.get("triggers");
  const merged = mergeTree(document, withEntry(patch, "triggers", undefined));
  const result = merged.kind === "map" ? merged : document;
  if (triggers === undefined) return result;
  if (isNull(triggers)) return withEntry(result, "triggers", undefined);
  return withEntry(result, "triggers", mergeTriggers(below, triggers));
}

function mergeTriggers(below: Tree | undefined, patch: Tree): Tree {
  if (patch.kind !== "list") return patch;
  const items: Tree[] = below?.kind === "list" ? [...below.items] : [];
  for (const item of patch.items) {
    const name = nameOf(item);
    const index = name === undefined ? -1 : items.findIndex((known) => nameOf(known) === name);
    if (removes(item)) {
      if (index >= 0) items.splice(index, 1);
    } else if (index >= 0) {
      items[index] = mergeTree(items[index], item);
    } else {
      items.push(item.kind === "map" ? mergeTree(undefined, item) : item);
    }
  }
  return { kind: "list", items, origin: below?.kind === "list" ? below.origin : patch.origin };
}

function nameOf(item: Tree): string | undefined {
  const name = nodeAt(item, ["name"]);
  return name?.kind === "leaf" && typeof name.value === "string" ? name.value : undefined;
}

/** Whether an item of a patch's triggers removes the trigger it names. */
function removes(item: Tree): boolean {
  const type = nodeAt(item, ["type"]);
  return type !== undefined && isNull(type) && nameOf(item) !== undefined;
}

function isNull(tree: Tree): boolean {
  return tree.kind === "leaf" && tree.value === null;
}

/** Which layer of the document a pointer is in. */
export function originIn(at: string): Origin {
  const parts = at.split("/").slice(1);
  const [section, name, targets, target, override] = parts;
  if (section === "targets" && targets === "override") return { layer: `targets.${name}.override`, pointer: at };
  if (section !== "stages" || name === undefined) return { layer: "base", pointer: at };
  if (targets !== "targets" || target === undefined) return { layer: `stages.${name}`, pointer: at };
  return { layer: `stages.${name}.targets.${target}${override === "override" ? ".override" : ""}`, pointer: at };
}

/**
 * The document for one target and stage, without `stages`; `targets` holds that target's section alone, without `override`.
 * Patches that are no maps are left out: the document's own check reports them.
 */
export function mergeDocument(root: Branch, target: string, stage: string | undefined): Branch {
  const map = (from: Tree | undefined, ...path: string[]): Branch | undefined => {
    const found = from === undefined ? undefined : nodeAt(from, path);
    return found?.kind === "map" ? found : undefined;
  };
  const section = map(root, "targets", target);
  const patch = stage === undefined ? undefined : map(root, "stages", stage);
  const staged = map(patch, "targets", target);
  let document = withEntry(withEntry(root, "stages", undefined), "targets", undefined);
  const layers = [map(section, "override"), patch && withEntry(patch, "targets", undefined), map(staged, "override")];
  for (const layer of layers) if (layer !== undefined) document = mergeLayer(document, layer);
  let merged: Tree = section === undefined ? branch(root.origin) : withEntry(section, "override", undefined);
  if (staged !== undefined) merged = mergeTree(merged, withEntry(staged, "override", undefined));
  const origin = map(root, "targets")?.origin ?? root.origin;
  return withEntry(document, "targets", branch(origin, [[target, merged]]));
}

/** RFC 7396 on plain JSON. */
export function mergePatch(target: Parameters<typeof plant>[0], patch: Parameters<typeof plant>[0]): ReturnType<typeof harvest> {
  const origin: Origin = { layer: "base", pointer: "" };
  return harvest(
    mergeTree(
      plant(target, () => origin),
      plant(patch, () => origin),
    ),
  );
}
