/** Steps before any binding: the document's own check, stage and target, merge, `--set`, interpolation. */
import { withHint, type Problem } from "../errors.ts";
import { pointer } from "../json.ts";
import { didYouMean } from "../schema.ts";
import { interpolate, type Values } from "./interpolate.ts";
import type { LoadedConfig } from "./load.ts";
import { mergeDocument, originIn } from "./merge.ts";
import { placesOf, type FoundPlaces } from "./places.ts";
import { applySets } from "./set.ts";
import { branch, isMap, nodeAt, plant, withEntry, type Branch, type Tree } from "./tree.ts";
import { validateDocument } from "./validate.ts";

export interface SourceOptions {
  readonly loaded: LoadedConfig;
  readonly target: string;
  readonly stage?: string;
  /** `--set`: `path=value`, in order. */
  readonly set?: readonly string[];
  /** What `${env:NAME}` is filled from. Default: the process's environment. */
  readonly env?: { readonly [name: string]: string | undefined };
  /** Names of adapters besides those that come with fnpkg. */
  readonly targets?: readonly string[];
}

export interface Prepared {
  /** Merged for the target and stage, with the resources of every target. */
  readonly all: Branch;
  /** What is of this target only, placeholders filled. */
  readonly tree: Branch;
  readonly places: FoundPlaces;
  readonly sensitive: ReadonlySet<string>;
}

export interface Preparation {
  /** Absent when document, stage or target leave nothing to go on with. */
  readonly prepared?: Prepared;
  /** Of the document itself, with places. */
  readonly problems: readonly Problem[];
  /** Of the merged document, with pointers in it. */
  readonly found: readonly Problem[];
}

/** `only` keeps these keys of the merged document and leaves the rest out. */
export function prepare(options: SourceOptions, about: Values["package"], only?: readonly string[]): Preparation {
  const { loaded, target, stage } = options;
  const problems = validateDocument(loaded, [...(options.targets ?? []), target]);
  const root = plant(loaded.document, originIn);
  if (root.kind !== "map" || problems.some(({ code }) => code === "E_SPEC_UNSUPPORTED")) return { problems, found: [] };
  const absent = checkNames(options, root);
  if (absent.length > 0) return { problems: [...problems, ...absent], found: [] };

  const known = ["local", ...keysOf(nodeAt(root, ["targets"]))];
  const sets = applySets(mergeDocument(root, target, stage), options.set ?? [], { target, known });
  const pruned = prune(sets.document, target);
  const wanted =
    only === undefined ? pruned : { ...pruned, entries: new Map([...pruned.entries].filter(([key]) => only.includes(key))) };
  const filled = interpolate(wanted, {
    env: options.env ?? process.env,
    target,
    ...(stage === undefined ? {} : { stage }),
    ...(about === undefined ? {} : { package: about }),
  });
  const prepared: Prepared = {
    all: sets.document,
    tree: filled.tree,
    places: placesOf(filled.tree, loaded),
    sensitive: filled.sensitive,
  };
  const withTarget = sets.problems.map((problem) => withHint({ ...problem, target }));
  return { prepared, problems: [...problems, ...withTarget], found: filled.problems };
}

function checkNames({ loaded, target, stage }: SourceOptions, root: Branch): Problem[] {
  const problems: Problem[] = [];
  const report = (code: "E_STAGE" | "E_TARGET", message: string, at: string) => {
    const line = loaded.line(at);
    problems.push(
      withHint({
        code,
        message,
        pointer: at,
        ...(loaded.file === undefined ? {} : { file: loaded.file }),
        ...(line === undefined ? {} : { line }),
      }),
    );
  };
  const stages = keysOf(nodeAt(root, ["stages"]));
  if (stage !== undefined && !stages.includes(stage)) {
    const named = stages.length === 0 ? "the configuration has no stages" : `the stages are ${stages.join(", ")}`;
    report("E_STAGE", `no stage "${stage}"${didYouMean(stage, stages)}; ${named}`, pointer("stages"));
  }
  const targets = keysOf(nodeAt(root, ["targets"]));
  if (target !== "local" && !targets.includes(target)) {
    const named =
      targets.length === 0 ? "the configuration names none besides local" : `the configuration names ${targets.join(", ")}`;
    report(
      "E_TARGET",
      `the target "${target}" is not configured${didYouMean(target, ["local", ...targets])}; ${named}`,
      pointer("targets"),
    );
  }
  return problems;
}

function keysOf(tree: Tree | undefined): string[] {
  return tree?.kind === "map" ? [...tree.entries.keys()] : [];
}

/** Without the ids and identities of other targets, so that nothing of theirs can fail this one. */
function prune(document: Branch, target: string): Branch {
  const keep = (tree: Tree): Tree =>
    tree.kind === "map" ? { ...tree, entries: new Map([...tree.entries].filter(([key]) => key === target)) } : tree;
  let result = document;
  const resources = document.entries.get("resources");
  if (resources?.kind === "map") {
    result = withEntry(
      result,
      "resources",
      branch(
        resources.origin,
        [...resources.entries].map(([name, ids]) => [name, keep(ids)] as const),
      ),
    );
  }
  const identity = document.entries.get("identity");
  return identity === undefined ? result : withEntry(result, "identity", keep(identity));
}

/**
 * Problems of the merged document, with the places where their values were written, added to the document's own: each slip
 * once, and never with a value that came from the environment.
 */
export function settle(preparation: Preparation, found: readonly Problem[], target: string): Problem[] {
  const { prepared, problems } = preparation;
  const keyOf = (p: Problem) => JSON.stringify([p.code, p.pointer, p.file]);
  const seen = new Set(problems.map(keyOf));
  const placed = found.flatMap((problem) => {
    const merged: Problem = withHint({ ...problem, ...prepared?.places.at(problem.pointer ?? ""), target });
    return seen.has(keyOf(merged)) ? [] : [merged];
  });
  return [...problems, ...placed].map((problem) => scrub(problem, prepared?.sensitive ?? new Set()));
}

/** The last net: messages are built without such values; one that a schema of an adapter's quotes is caught here. */
function scrub(problem: Problem, sensitive: ReadonlySet<string>): Problem {
  let { message, hint = "" } = problem;
  for (const value of [...sensitive].filter((v) => v.length >= 4).sort((a, b) => b.length - a.length)) {
    message = message.replaceAll(value, "***");
    hint = hint.replaceAll(value, "***");
  }
  return { ...problem, message, ...(problem.hint === undefined ? {} : { hint }) };
}

/** The document's `package.name`, for placeholders where no package is at hand. */
export function packageNamed(loaded: LoadedConfig): string | undefined {
  const named = isMap(loaded.document) ? loaded.document["package"] : undefined;
  const name = isMap(named) ? named["name"] : undefined;
  return typeof name === "string" && !name.includes("${") ? name : undefined;
}
