/** What the steps of the binding share: the merged document, how to report, how to show a value. */
import type { Code, Problem } from "../errors.ts";
import { pointer, type Json } from "../json.ts";
import { show } from "./shape.ts";
import { harvest, nodeAt, type Branch, type Path } from "./tree.ts";

export interface Cx {
  readonly target: string;
  /** Merged for target and stage, placeholders filled. */
  readonly tree: Branch;
  /** Pointers are of the merged document; they become places once all is collected. */
  report(code: Code, message: string, at: Path, more?: Pick<Problem, "hint" | "severity">): void;
  reportAll(problems: readonly Problem[]): void;
  /** The value at a path for a message: `***` where it came from the environment. */
  show(at: Path): string;
  /** The plain value at a path. */
  value(at: Path): Json | undefined;
  sensitive(at: Path): boolean;
}

export function createCx(target: string, tree: Branch, problems: Problem[]): Cx {
  const node = (at: Path) => nodeAt(tree, at);
  return {
    target,
    tree,
    report: (code, message, at, more = {}) => void problems.push({ code, message, pointer: pointer(...at), ...more }),
    reportAll: (found) => void problems.push(...found),
    show(at) {
      const found = node(at);
      return found === undefined ? "nothing" : show(harvest(found), found);
    },
    value(at) {
      const found = node(at);
      return found === undefined ? undefined : harvest(found);
    },
    sensitive(at) {
      const found = node(at);
      return found?.kind === "leaf" && found.sensitive === true;
    },
  };
}

/** An optional member: nothing when the value is undefined. */
export function given<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V };
}
