/** Many deployments: several targets of one function, or many functions. */
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import type { ApplyEvent, Receipt } from "../engine/index.ts";
import { FnpkgError, type Problem, throwIfAny, withHint, wrap } from "../errors.ts";
import { problemsOf } from "../schema.ts";
import { parseStrict } from "../yaml.ts";
import { deploy, type DeployOptions } from "./deploy.ts";

export interface DeployTask {
  readonly package: string;
  readonly config: string;
  readonly target: string;
  readonly stage?: string;
}

export interface DeployAllOptions extends Omit<DeployOptions, "package" | "config" | "target"> {
  readonly tasks: readonly DeployTask[];
  /** How many at a time; default 4. */
  readonly concurrency?: number;
}

export interface DeployAllResult {
  /** In the order of the tasks. Each has either a receipt or an error. */
  readonly results: readonly {
    readonly task: DeployTask;
    readonly receipt?: Receipt;
    readonly changed: boolean;
    readonly error?: FnpkgError;
  }[];
  /** One error for all that failed; its code is the first one's. */
  readonly error?: FnpkgError;
}

/** Deploys side by side; one that fails does not stop the others. Throws nothing: failures are in the result. */
export async function deployAll(options: DeployAllOptions): Promise<DeployAllResult> {
  const { tasks, concurrency = 4, ...common } = options;
  const results: { task: DeployTask; receipt?: Receipt; changed: boolean; error?: FnpkgError }[] = [];
  const queue = tasks.entries();
  const worker = async () => {
    for (const [index, task] of queue) {
      let changed = true;
      const onEvent = (event: ApplyEvent) => {
        if (event.event === "unchanged") changed = false;
        options.onEvent?.(event);
      };
      try {
        const receipt = await deploy({ ...common, ...task, onEvent });
        results[index] = { task, receipt, changed };
      } catch (cause) {
        results[index] = { task, changed, error: wrap(cause, "E_INTERNAL", `deploying ${task.package} to ${task.target}`) };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, tasks.length) }, worker));
  const error = combined(
    results.flatMap((r) => (r.error === undefined ? [] : [{ task: r.task, error: r.error }])),
    tasks.length,
  );
  return { results, ...(error === undefined ? {} : { error }) };
}

function combined(failed: readonly { task: DeployTask; error: FnpkgError }[], of: number): FnpkgError | undefined {
  const first = failed[0];
  if (first === undefined || of === 1) return first?.error;
  const problems = failed.flatMap(({ task, error }) => error.problems.map((p) => ({ ...p, target: p.target ?? task.target })));
  return new FnpkgError(
    first.error.code,
    `${failed.length} of ${of} deployments failed: ${failed.map((f) => `${f.task.package} on ${f.task.target} (${f.error.code})`).join(", ")}`,
    {
      problems,
      hint: first.error.hint,
      cause: first.error,
    },
  );
}

const list = z.array(
  z.strictObject({
    package: z.string().min(1),
    config: z.string().min(1),
    targets: z.array(z.string().min(1)).min(1),
    stage: z.string().optional(),
  }),
);

/**
 * Reads a list of `{ package, config, targets, stage }`; its paths start from the file's folder.
 * @throws E_NOT_FOUND, E_IO, E_YAML, E_SCHEMA, E_UNKNOWN_FIELD
 */
export async function readDeployments(file: string): Promise<DeployTask[]> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw wrap(cause, (cause as NodeJS.ErrnoException).code === "ENOENT" ? "E_NOT_FOUND" : "E_IO", `can't read ${file}`, {
      file,
    });
  });
  const { value, locate } = parseStrict(bytes, { file });
  const parsed = list.safeParse(value);
  if (!parsed.success) {
    const keysAt = () => ["package", "config", "targets", "stage"];
    const problems: Problem[] = problemsOf(parsed.error, { file, keysAt }).map((p) =>
      withLine(withHint(p), locate(p.pointer ?? "")?.line),
    );
    throwIfAny(problems, file);
  }
  const base = dirname(resolve(file));
  return (parsed.data ?? []).flatMap(({ targets, ...entry }) =>
    targets.map((target) => ({
      package: resolve(base, entry.package),
      config: resolve(base, entry.config),
      target,
      ...(entry.stage === undefined ? {} : { stage: entry.stage }),
    })),
  );
}

function withLine(problem: Problem, line: number | undefined): Problem {
  return line === undefined ? problem : { ...problem, line };
}
