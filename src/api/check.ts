/** Every problem of package and configuration, on every target at once. Offline. */
import { targetNames } from "../../adapters/index.ts";
import type { LoadedConfig } from "../config/load.ts";
import { errorsOf, FnpkgError, type Problem, throwIfAny } from "../errors.ts";
import { pointer } from "../json.ts";
import type { OpenPackage } from "../package/open.ts";
import { didYouMean } from "../schema.ts";
import { given, type PackageOptions } from "./options.ts";

export interface CheckOptions extends PackageOptions {
  /** Default: all that the configuration names. */
  readonly targets?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface TargetCheck {
  readonly ok: boolean;
  /** The runtime that the target would run, such as "nodejs 24". */
  readonly runtime?: string;
  readonly problems: readonly Problem[];
}

export interface CheckReport {
  readonly ok: boolean;
  readonly targets: { readonly [name: string]: TargetCheck };
}

/**
 * Finds every problem on each target, warnings included; sends nothing anywhere.
 * @throws only when nothing could be checked: a package or configuration that can't be read at all
 */
export async function check(options: CheckOptions): Promise<CheckReport> {
  const [{ loadConfig }, { openFor }] = await Promise.all([import("../config/load.ts"), import("./bind.ts")]);
  const { pkg } = await openFor(options);
  try {
    const asked = options.targets ?? [];
    const loaded =
      asked.length > 0 ? undefined : await loadConfig(options.config, given({ stage: options.stage, base: options.base }));
    const names = new Set(loaded === undefined ? asked : targetsOf(loaded));
    const targets: Record<string, TargetCheck> = {};
    const failures: FnpkgError[] = [];
    for (const name of names) {
      const found = unknownTarget(name, loaded) ?? (await checkOne(name, pkg, options));
      targets[name] =
        found instanceof FnpkgError ? { ok: false, problems: found.problems.map((p) => ({ target: name, ...p })) } : found;
      if (found instanceof FnpkgError) failures.push(found);
    }
    refuseWords(Object.values(targets).flatMap(({ problems }) => problems));
    const [first] = failures;
    if (first !== undefined && failures.length === names.size) throw first;
    return { ok: Object.values(targets).every((t) => t.ok), targets };
  } finally {
    await pkg.close();
  }
}

/** A key of `targets` that is no target's name, with the place where it stands. */
function unknownTarget(name: string, loaded: LoadedConfig | undefined): FnpkgError | undefined {
  if (loaded === undefined || (targetNames as readonly string[]).includes(name)) return undefined;
  const at = pointer("targets", name);
  return new FnpkgError("E_TARGET", `there is no target "${name}"${didYouMean(name, targetNames)}`, {
    target: name,
    pointer: at,
    hint: `Targets are: ${targetNames.join(", ")}.`,
    ...given({ file: loaded.file, line: loaded.line(at) }),
  });
}

/** `--set` that can't be read is no fault of any target. */
function refuseWords(problems: readonly Problem[]): void {
  const words = problems
    .filter(({ code }) => code === "E_USAGE")
    .map(({ code, message, hint, file }) => ({ code, message, ...given({ hint, file }) }));
  throwIfAny([...new Map(words.map((problem) => [problem.message, problem])).values()], "what was asked for");
}

/** A failure stands for a target that could not be checked at all. */
async function checkOne(target: string, pkg: OpenPackage, options: CheckOptions): Promise<TargetCheck | FnpkgError> {
  const { bind } = await import("./bind.ts");
  try {
    const { problems, runtime } = await bind({ ...options, target }, pkg);
    return {
      ok: errorsOf(problems).length === 0,
      ...(runtime === undefined ? {} : { runtime: `${pkg.manifest.profile} ${runtime}` }),
      problems,
    };
  } catch (cause) {
    if (cause instanceof FnpkgError && cause.exit === 3) return cause;
    throw cause;
  }
}

/** The targets that the document names, in our order; without the section only `local`. */
function targetsOf(loaded: LoadedConfig): readonly string[] {
  const document = loaded.document;
  const section =
    typeof document === "object" && document !== null && "targets" in document
      ? document["targets" as keyof typeof document]
      : undefined;
  const named = typeof section === "object" && section !== null ? Object.keys(section) : [];
  if (named.length === 0) return ["local"];
  const rank = (name: string) => (targetNames as readonly string[]).indexOf(name);
  return named.toSorted((a, b) => rank(a) - rank(b));
}
