/** A JSON value in which every node knows where it was written. Merge, interpolation and messages work on it. */
import { pointer, type Json } from "../json.ts";

/** Where a node was written. */
export interface Origin {
  /** `base`, `targets.T.override`, `stages.S`, `stages.S.targets.T.override`, `stages.S.targets.T`, `--set` or `default`. */
  readonly layer: string;
  /** In the document, or in the layer where no document holds it. */
  readonly pointer: string;
}

export interface Leaf {
  readonly kind: "leaf";
  readonly value: null | boolean | number | string;
  readonly origin: Origin;
  /** It came, in part or whole, from `${env:…}`: shown as `***`. */
  readonly sensitive?: boolean;
  /** It was one placeholder and nothing else, so it may stand for a number or a boolean. */
  readonly whole?: boolean;
  /** As given on the command line, for fields that are strings. */
  readonly text?: string;
}
export interface List {
  readonly kind: "list";
  readonly items: readonly Tree[];
  readonly origin: Origin;
}
export interface Branch {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, Tree>;
  readonly origin: Origin;
}
export type Tree = Leaf | List | Branch;
export type Path = readonly (string | number)[];

/** The value as a tree; `originOf` says where a pointer was written. */
export function plant(value: Json, originOf: (pointer: string) => Origin, at: Path = []): Tree {
  const origin = originOf(pointer(...at));
  if (value === null || typeof value !== "object") return { kind: "leaf", value, origin };
  if (isArray(value)) return { kind: "list", items: value.map((item, i) => plant(item, originOf, [...at, i])), origin };
  const entries = Object.entries(value).map(([key, child]) => [key, plant(child, originOf, [...at, key])] as const);
  return { kind: "map", entries: new Map(entries), origin };
}

/** The plain value. No key can reach a prototype: members are defined, never assigned. */
export function harvest(tree: Tree): Json {
  if (tree.kind === "leaf") return tree.value;
  if (tree.kind === "list") return tree.items.map(harvest);
  return Object.fromEntries([...tree.entries].map(([key, child]) => [key, harvest(child)]));
}

/** The node at a path, if it is there. */
export function nodeAt(tree: Tree, path: Path): Tree | undefined {
  let node: Tree | undefined = tree;
  for (const part of path) {
    if (node?.kind === "map") node = node.entries.get(String(part));
    else if (node?.kind === "list") node = node.items[Number(part)];
    else return undefined;
  }
  return node;
}

export function branch(origin: Origin, entries: Iterable<readonly [string, Tree]> = []): Branch {
  return { kind: "map", entries: new Map(entries), origin };
}

/** The branch with one member set, or removed when `child` is undefined. */
export function withEntry(parent: Branch, key: string, child: Tree | undefined): Branch {
  const entries = new Map(parent.entries);
  if (child === undefined) entries.delete(key);
  else entries.set(key, child);
  return { ...parent, entries };
}

/** Every leaf, and every empty list and map, with its path. */
export function* leaves(tree: Tree, at: Path = []): Generator<{ path: Path; node: Tree }> {
  const children = tree.kind === "map" ? [...tree.entries] : tree.kind === "list" ? [...tree.items.entries()] : [];
  if (children.length === 0) yield { path: at, node: tree };
  for (const [key, child] of children) yield* leaves(child, [...at, key]);
}

/** The parts of a JSON pointer. */
export function pathOf(at: string): string[] {
  return at
    .split("/")
    .slice(1)
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

export function isArray(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}
export function isMap(value: unknown): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
