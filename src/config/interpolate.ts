/** Fills placeholders in string values: after parsing, once, never in what was filled in. */
import type { Problem } from "../errors.ts";
import { pointer } from "../json.ts";
import { parseTemplate, type Part } from "./placeholder.ts";
import type { Branch, Leaf, Path, Tree } from "./tree.ts";

/** What placeholders are filled from. */
export interface Values {
  readonly env: { readonly [name: string]: string | undefined };
  readonly stage?: string;
  readonly target?: string;
  readonly package?: { readonly name?: string; readonly version?: string; readonly digest?: string };
}

export interface Interpolated<T extends Tree = Tree> {
  readonly tree: T;
  /** E_INTERPOLATION for each placeholder that can't be filled, with the pointer in the tree. */
  readonly problems: readonly Problem[];
  /** The values that came from `${env:…}`; never to be shown. */
  readonly sensitive: ReadonlySet<string>;
}

/** Every string leaf of the tree, filled. A leaf with a problem keeps its text. */
export function interpolate(tree: Branch, values: Values): Interpolated<Branch>;
export function interpolate(tree: Tree, values: Values): Interpolated;
export function interpolate(tree: Tree, values: Values): Interpolated {
  const problems: Problem[] = [];
  const sensitive = new Set<string>();
  const walk = (node: Tree, at: Path): Tree => {
    if (node.kind === "list") return { ...node, items: node.items.map((item, i) => walk(item, [...at, i])) };
    if (node.kind === "map") {
      return { ...node, entries: new Map([...node.entries].map(([key, child]) => [key, walk(child, [...at, key])])) };
    }
    return fill(node, at, values, problems, sensitive);
  };
  return { tree: walk(tree, []), problems, sensitive };
}

function fill(leaf: Leaf, at: Path, values: Values, problems: Problem[], sensitive: Set<string>): Leaf {
  if (typeof leaf.value !== "string" || !leaf.value.includes("${")) return leaf;
  const { parts, faults } = parseTemplate(leaf.value);
  const found = faults.map((fault) => fault);
  const filled = parts.map((part) => {
    const value = lookup(part, at, values);
    if (typeof value === "object") found.push(value.fault);
    else if (part.kind === "env" && value !== "") sensitive.add(value);
    return typeof value === "object" ? "" : value;
  });
  const [only] = parts;
  const marks = {
    ...(parts.some((part) => part.kind === "env") ? { sensitive: true } : {}),
    ...(parts.length === 1 && only?.kind !== "text" ? { whole: true } : {}),
  };
  if (found.length > 0) {
    for (const message of found) problems.push({ code: "E_INTERPOLATION", message, pointer: pointer(...at) });
    return { ...leaf, ...marks };
  }
  const value = filled.join("");
  if (marks.sensitive === true && value !== "") sensitive.add(value);
  const { text: _, ...rest } = leaf;
  return { ...rest, value, ...marks };
}

function lookup(part: Part, at: Path, values: Values): string | { readonly fault: string } {
  switch (part.kind) {
    case "text":
      return part.text;
    case "env":
      return (
        (Object.hasOwn(values.env, part.name) ? values.env[part.name] : undefined) ??
        part.byDefault ?? { fault: `the environment variable ${part.name} is not set` }
      );
    case "stage":
      return values.stage ?? { fault: "${stage} can't be filled: no stage is given" };
    case "target":
      return values.target ?? { fault: "${target} can't be filled: no target is given" };
    case "package":
      if (at[0] === "package")
        return { fault: `\${package.${part.field}} can't stand in \`package\`: it says which package is meant` };
      return values.package?.[part.field] ?? { fault: `\${package.${part.field}} can't be filled: no package is given` };
  }
}
