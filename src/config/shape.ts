/** A value against its zod schema, as problems with pointers, "did you mean", and fields that a placeholder fills. */
import { z } from "zod";
import type { Problem } from "../errors.ts";
import { problemsOf } from "../schema.ts";
import { hasPlaceholder } from "./placeholder.ts";
import { nodeAt, type Leaf, type Path, type Tree } from "./tree.ts";

type Issue = z.core.$ZodIssue;

export interface ShapeOptions {
  /** Where the value stands in its document; pointers begin with it. */
  readonly at?: Path;
  /** The value's tree, for the fields that placeholders or the command line fill. */
  readonly tree?: Tree;
  /** The value is a layer before merge and interpolation: what is missing, or holds a placeholder, is not judged. */
  readonly partial?: boolean;
}

export interface Shape<T> {
  readonly value?: T;
  /** Pointers include `at`. */
  readonly problems: readonly Problem[];
}

/** Parses `value`; every problem is reported, none throws. */
export function shapeOf<T>(schema: z.ZodType<T>, value: unknown, options: ShapeOptions = {}): Shape<T> {
  let subject = value;
  for (;;) {
    const parsed = schema.safeParse(subject);
    if (parsed.success) return { value: parsed.data, problems: [] };
    const coerced = options.tree === undefined ? undefined : coerce(subject, parsed.error.issues, options.tree);
    if (coerced !== undefined) {
      subject = coerced;
      continue;
    }
    const found = parsed.error.issues.flatMap((issue) => settle(issue, subject, options.partial ?? false));
    const error = new z.ZodError(found);
    const base = [...(options.at ?? [])];
    const problems = problemsOf(error, { base, keysAt: (path) => keysAt(schema, path.slice(base.length)) });
    // Of several things that are wrong with one value the first is enough.
    const first = problems.filter((p, i) => problems.findIndex((q) => q.code === p.code && q.pointer === p.pointer) === i);
    return { problems: first.map((problem) => withValue(problem, value, base, options.tree)) };
  }
}

/** Drops what can't be judged yet, and gives keys their own code. */
function settle(issue: Issue, value: unknown, partial: boolean): Issue[] {
  const at = dig(value, issue.path);
  if (partial && (at === undefined || (typeof at === "string" && hasPlaceholder(at)))) return [];
  if (issue.code === "invalid_key") {
    const inner = issue.issues[0];
    if (inner?.code === "custom" && inner.params !== undefined) {
      return [{ ...inner, path: issue.path, message: `${JSON.stringify(String(issue.path.at(-1)))} is ${inner.message}` }];
    }
  }
  if (issue.code === "invalid_union" && partial) {
    const branches = issue.errors.map((branch) => branch.flatMap((inner) => settle(inner, at, true)));
    if (branches.some((branch, i) => branch.length === 0 && (issue.errors[i]?.length ?? 0) > 0)) return [];
    return [{ ...issue, errors: branches } as Issue];
  }
  if (issue.code === "invalid_union" && issue.errors.length > 0 && at === undefined) {
    return [{ ...issue, errors: [], message: "the value is missing" }];
  }
  return [issue];
}

/** The value with every whole placeholder turned into what its field takes; undefined when there is none. */
function coerce(value: unknown, issues: readonly Issue[], tree: Tree): unknown {
  let copy: unknown;
  for (const issue of issues) {
    if (issue.code !== "invalid_type") continue;
    const leaf = nodeAt(tree, issue.path.map(String));
    const filled = leaf?.kind === "leaf" ? coerceLeaf(leaf, String(issue.expected), dig(value, issue.path)) : undefined;
    if (filled === undefined) continue;
    copy ??= structuredClone(value);
    copy = plantAt(copy, issue.path, filled);
  }
  return copy;
}

function coerceLeaf(leaf: Leaf, expected: string, now: unknown): unknown {
  if (expected === "string") return leaf.text !== undefined && typeof now !== "string" ? leaf.text : undefined;
  if (leaf.whole !== true || typeof now !== "string") return undefined;
  if (expected === "boolean" && /^(true|True|TRUE|false|False|FALSE)$/.test(now)) return now.toLowerCase() === "true";
  const numeric = /^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/.test(now) && Number.isFinite(Number(now));
  return (expected === "number" || expected === "int") && numeric ? Number(now) : undefined;
}

function plantAt(value: unknown, path: readonly PropertyKey[], leaf: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return leaf;
  const parent = value as Record<PropertyKey, unknown>;
  parent[key] = plantAt(parent[key], rest, leaf);
  return parent;
}

function dig(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<PropertyKey, unknown>)[key];
  }
  return at;
}

/** Sections whose values may be secrets: never quoted. */
const SILENT = new Set(["env", "secrets", "services", "resources"]);

/** Ends the message with the value that was found, where it may be shown. */
function withValue(problem: Problem, value: unknown, base: Path, tree: Tree | undefined): Problem {
  const path = (problem.pointer ?? "").split("/").slice(1);
  const inner = path.slice(base.length).map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
  const found = dig(value, inner);
  const node = tree === undefined ? undefined : nodeAt(tree, inner);
  if (
    problem.code === "E_UNKNOWN_FIELD" ||
    path.some((token) => SILENT.has(token)) ||
    found === undefined ||
    typeof found === "object"
  )
    return problem;
  return { ...problem, message: `${problem.message}; it is ${show(found, node)}` };
}

/** A value for a message: cut short, and `***` where it came from the environment. */
export function show(value: unknown, node?: Tree): string {
  if (node !== undefined && holdsSensitive(node)) return "***";
  const text = withoutUser(JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** A text with the user and password of every address in it covered. */
export function withoutUser(text: string): string {
  return text.replaceAll(/\/\/[^/@\s"]*@/g, "//***@");
}

export function holdsSensitive(node: Tree): boolean {
  if (node.kind === "leaf") return node.sensitive === true;
  return [...(node.kind === "map" ? node.entries.values() : node.items)].some(holdsSensitive);
}

/** The keys that an object at a path may have. */
export function keysAt(schema: unknown, path: readonly PropertyKey[]): readonly string[] {
  const plain = unwrap(schema);
  const [key, ...rest] = path;
  if (plain instanceof z.ZodUnion || plain instanceof z.ZodDiscriminatedUnion) {
    return [...new Set(plain.options.flatMap((option) => keysAt(option, path)))];
  }
  if (plain instanceof z.ZodObject) {
    const shape = plain.shape as Record<string, unknown>;
    if (key === undefined) return Object.keys(shape);
    return Object.hasOwn(shape, key) ? keysAt(shape[String(key)], rest) : [];
  }
  if (key === undefined) return [];
  if (plain instanceof z.ZodArray) return keysAt(plain.element, rest);
  if (plain instanceof z.ZodRecord) return keysAt(plain.valueType, rest);
  return [];
}

function unwrap(schema: unknown): unknown {
  let at = schema;
  while (at instanceof z.ZodOptional || at instanceof z.ZodNullable || at instanceof z.ZodDefault) at = at.unwrap();
  return at;
}
