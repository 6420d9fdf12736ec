/** Tells what the work does, and, when it must stop, what was done. */
import { FnpkgError, reasonOf } from "../errors.ts";
import type { StepEvent } from "./events.ts";
import type { Step } from "./plan-types.ts";
import type { Retry } from "./retry.ts";
import type { Run } from "./run.ts";

type Said = Omit<StepEvent, "target" | "deployment">;
export type Doing = Pick<StepEvent, "action" | "kind" | "id">;

export interface Tell {
  step(event: Omit<Said, "event">): void;
  /** Tells the start, the retries and the end of one step. */
  during<T>(step: Doing, work: (say: { onStart(): void; onRetry(retry: Retry): void }) => Promise<T>): Promise<T>;
  /** Steps that are done. */
  readonly done: readonly Doing[];
}

export function told(run: Pick<Run<never>, "clock" | "secrets">, emit: (event: Said) => void): Tell {
  const done: Doing[] = [];
  const step = (event: Omit<Said, "event">) => emit({ event: "step", ...event });
  return {
    step,
    done,
    async during(doing, work) {
      let began: number | undefined;
      const ms = () => (began === undefined ? {} : { ms: Math.round(run.clock.now() - began) });
      try {
        const answer = await work({
          onStart() {
            began = run.clock.now();
            step({ ...doing, status: "start" });
          },
          onRetry: (retry) => step({ ...doing, status: "retry", ...ms(), ...retry }),
        });
        done.push(doing);
        step({ ...doing, status: "done", ...ms() });
        return answer;
      } catch (cause) {
        if (began !== undefined) step({ ...doing, status: "failed", ...ms(), reason: run.secrets.text(reasonOf(cause)) });
        throw cause;
      }
    },
  };
}

/** A stop says what is done, and that running again resumes. */
export async function withProgress<T>(
  tell: Tell,
  steps: readonly Pick<Step, "action" | "kind" | "id">[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof FnpkgError) || (cause.code !== "E_INTERRUPTED" && cause.code !== "E_TIMEOUT")) throw cause;
    const total = steps.filter(({ action }) => action !== "keep").length;
    const names = tell.done.slice(0, 10).map(({ action, kind, id }) => `${action} ${kind} "${id}"`);
    const more = tell.done.length > names.length ? [`${tell.done.length - names.length} more`] : [];
    const list = names.length === 0 ? "" : ` (${[...names, ...more].join(", ")})`;
    const done =
      steps.length === 0
        ? "nothing was changed"
        : `${tell.done.length} of ${total} steps are done${list}; running it again resumes`;
    throw new FnpkgError(cause.code, `${cause.message}: ${done}`, { hint: cause.hint, cause });
  }
}
