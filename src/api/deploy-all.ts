/** Many deployments: several targets of one function, or many functions. */
import type { ApplyEvent, Receipt } from "../engine/index.ts";
import { FnpkgError, wrap } from "../errors.ts";
import { deploy, type DeployOptions } from "./deploy.ts";
import type { DeployTask } from "./deployments.ts";
import { given } from "./options.ts";

export type { DeployTask };

export interface DeployAllOptions extends Omit<DeployOptions, "package" | "config" | "target" | "credentials"> {
  readonly tasks: readonly DeployTask[];
  /** By target; a target without any uses the vendor's default chain. */
  readonly credentials?: { readonly [target: string]: unknown };
  /** Bound on all of them together, milliseconds; default 30 minutes. */
  readonly timeoutMs?: number;
  /** How many at a time; default 64. They wait for the vendor nearly all the time, and its rate limits are kept over all of them. */
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
  /** One error for all that failed; its code is the first one's, or E_INTERRUPTED. */
  readonly error?: FnpkgError;
}

/** Deploys side by side; one that fails does not stop the others. Throws nothing: failures are in the result. */
export async function deployAll(options: DeployAllOptions): Promise<DeployAllResult> {
  const { tasks, concurrency = 64, timeoutMs, credentials, ...common } = options;
  const deadline = timeoutMs === undefined ? undefined : Date.now() + timeoutMs;
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
        const left = deadline === undefined ? {} : { timeoutMs: Math.max(0, deadline - Date.now()) };
        const receipt = await deploy({
          ...common,
          ...left,
          ...task,
          onEvent,
          ...given({ credentials: credentials?.[task.target] }),
        });
        results[index] = { task, receipt, changed };
      } catch (cause) {
        results[index] = { task, changed, error: wrap(cause, "E_INTERNAL", `deploying ${task.package} to ${task.target}`) };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(concurrency, tasks.length)) }, worker));
  const error = combined(
    results.flatMap((r) => (r.error === undefined ? [] : [{ task: r.task, error: r.error }])),
    tasks.length,
  );
  return { results, ...(error === undefined ? {} : { error }) };
}

function combined(failed: readonly { task: DeployTask; error: FnpkgError }[], of: number): FnpkgError | undefined {
  // Whoever stopped it wants to hear that.
  const first = failed.find(({ error }) => error.code === "E_INTERRUPTED") ?? failed[0];
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

/**
 * Reads a list of `{ package, config, targets, stage }`; its paths start from the file's folder.
 * @throws E_NOT_FOUND, E_IO, E_YAML, E_SCHEMA, E_UNKNOWN_FIELD
 */
export async function readDeployments(file: string): Promise<DeployTask[]> {
  const { readTasks } = await import("./deployments.ts");
  return readTasks(file);
}
