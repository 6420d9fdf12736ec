/** A loaded configuration, for one target and stage, bound to one package. Offline and pure, but for the environment's values. */
import { resolve as absolute } from "node:path";
import type { ZodType } from "zod";
import { errorsOf, type Problem } from "../errors.ts";
import { pointer, type Digest, type JsonObject } from "../json.ts";
import type { Manifest } from "../package/manifest.ts";
import { bind } from "./bind.ts";
import { createCx, given } from "./cx.ts";
import { packageNamed, prepare, settle, type SourceOptions } from "./prepare.ts";
import type { Resolved } from "./resolved.ts";
import { merged } from "./schema.ts";
import { readSection } from "./section.ts";
import { shapeOf } from "./shape.ts";

export interface ResolveOptions<Section = JsonObject> extends SourceOptions {
  readonly manifest: Manifest;
  readonly packageDigest: Digest;
  /** The adapter's schema for its own keys of `targets.T`. Absent: they are taken as they are. */
  readonly adapterConfig?: ZodType<Section>;
  /** Takes plain values for variables that the package marks secret; each stays a warning. */
  readonly allowPlaintextSecret?: boolean;
  /** The folder that relative paths start from. Default: the loaded configuration's. */
  readonly base?: string;
}

export interface ResolveResult<Section = JsonObject> {
  /** Present when no problem is an error. */
  readonly resolved?: Resolved<Section>;
  /**
   * What could be made out in spite of errors, so that limits are checked in the same run: what was malformed is left out or
   * default, a resource without entry has the id `null`, a refused section stands as written. Never to be deployed.
   */
  readonly draft?: Resolved<Section>;
  /** The values that came from the environment: never to be shown. */
  readonly sensitive: readonly string[];
  /** Every problem of the document, the merge and the binding. */
  readonly problems: readonly Problem[];
}

/** Merges, interpolates, validates and binds. Problems are returned, never thrown. */
export function resolveConfig<Section = JsonObject>(options: ResolveOptions<Section>): ResolveResult<Section> {
  const { loaded, manifest, packageDigest, target } = options;
  const preparation = prepare(options, { name: manifest.name, version: manifest.version, digest: packageDigest });
  const { prepared } = preparation;
  if (prepared === undefined) return { problems: settle(preparation, [], target), sensitive: [] };
  const sensitive = [...prepared.sensitive];
  const found: Problem[] = [...preparation.found];
  const cx = createCx(target, prepared.tree, found);
  const bound = bind(cx, prepared, {
    manifest,
    packageDigest,
    base: absolute(options.base ?? loaded.base),
    ...given("stage", options.stage),
    ...given("adapterConfig", options.adapterConfig),
    ...given("allowPlaintextSecret", options.allowPlaintextSecret),
  });
  const problems = settle(preparation, withoutEchoes(found), target);
  if (bound === undefined) return { problems, sensitive };
  return { problems, sensitive, draft: bound, ...(errorsOf(problems).length === 0 ? { resolved: bound } : {}) };
}

/** A placeholder that could not be filled is one problem: what its text then breaks is not another. */
function withoutEchoes(found: readonly Problem[]): Problem[] {
  const unfilled = new Set(found.filter(({ code }) => code === "E_INTERPOLATION").map((problem) => problem.pointer));
  return found.filter(({ code, pointer }) => code === "E_INTERPOLATION" || !unfilled.has(pointer));
}

/** Where a deployment is: enough for `status`, `logs` and `destroy`, which know no package. */
export type Location<Section = JsonObject> = Pick<
  Resolved<Section>,
  "target" | "stage" | "deployment" | "function" | "endpoint" | "section" | "base"
> & {
  /** The package's name, as the configuration gives it. */
  readonly package: string;
};

export interface LocateResult<Section = JsonObject> {
  readonly location?: Location<Section>;
  /** The values that came from the environment: never to be shown. */
  readonly sensitive: readonly string[];
  readonly problems: readonly Problem[];
}

/** Reads the function's name and the target's section alone, so that nothing else in the configuration can be in the way. */
export function locateConfig<Section = JsonObject>(
  options: SourceOptions & Pick<ResolveOptions<Section>, "adapterConfig" | "base">,
): LocateResult<Section> {
  const { loaded, target, stage } = options;
  const preparation = prepare(options, given("name", packageNamed(loaded)), ["function", "package", "targets"]);
  const { prepared } = preparation;
  const needed = { ...preparation, problems: preparation.problems.filter((problem) => concerns(problem, options)) };
  if (prepared === undefined) return { problems: settle(needed, [], target), sensitive: [] };
  const sensitive = [...prepared.sensitive];
  const found: Problem[] = [];
  const cx = createCx(target, prepared.tree, found);
  const section = readSection(cx, options.adapterConfig);
  const read = <T>(schema: ZodType<T>, ...at: string[]) => {
    const shape = shapeOf(schema, cx.value(at), { at });
    cx.reportAll(shape.problems);
    return shape.value;
  };
  const named = read(merged.shape.function, "function");
  const about = read(merged.shape.package.shape.name, "package", "name");
  const unfilled = preparation.found.filter(({ pointer }) => /^\/(function$|package\/name$|targets\/)/.test(pointer ?? ""));
  const problems = settle(needed, withoutEchoes([...unfilled, ...found]), target);
  if (named === undefined || about === undefined || errorsOf(problems).length > 0) return { problems, sensitive };
  const location: Location<Section> = {
    target,
    ...given("stage", stage),
    deployment: stage === undefined ? named : `${named}-${stage}`,
    function: named,
    package: about,
    ...given("endpoint", section.endpoint),
    section: section.section,
    base: absolute(options.base ?? loaded.base),
  };
  return { location, sensitive, problems };
}

/** Whether a problem of the document is about where the deployment is. */
function concerns({ code, file, pointer: at = "" }: Problem, { target, stage }: SourceOptions): boolean {
  if (code === "E_STAGE" || code === "E_SPEC_UNSUPPORTED" || file === "--set") return true;
  if (["", "/function", "/package", "/package/name", "/targets"].includes(at)) return true;
  const sections = [pointer("targets", target), ...(stage === undefined ? [] : [pointer("stages", stage, "targets", target)])];
  return sections.some((section) => at === section || (at.startsWith(`${section}/`) && !at.startsWith(`${section}/override`)));
}
