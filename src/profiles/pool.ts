/** Bounded parallel work that collects every failure. */
import { FnpkgError, type Problem, wrap } from "../errors.ts";

/**
 * Runs `work` over the items, at most `width` at once, and gives results and problems in the items' order. A failed item gives its
 * problems and does not stop the others, but an interruption (E_INTERRUPTED) or a network that is gone (E_NETWORK) begins
 * nothing new.
 */
export async function pool<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<{ results: (R | undefined)[]; problems: Problem[] }> {
  const results: (R | undefined)[] = items.map(() => undefined);
  const problems: (readonly Problem[])[] = items.map(() => []);
  let next = 0;
  let stopped = false;
  const worker = async (): Promise<void> => {
    while (!stopped && next < items.length) {
      const index = next++;
      try {
        results[index] = await work(items[index] as T);
      } catch (cause) {
        const error = wrap(cause, "E_INTERNAL", "unexpected");
        problems[index] = error.problems;
        if (error.code === "E_INTERRUPTED" || error.code === "E_NETWORK" || error.code === "E_IO") stopped = true;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return { results, problems: problems.flat() };
}

/** Lets `width` run at once; the others wait. */
export class Gate {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(width: number) {
    this.#free = width;
  }

  async run<R>(work: () => Promise<R>): Promise<R> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}

/** One error for a pool's problems, an interruption first. @throws FnpkgError */
export function throwPooled(problems: readonly Problem[], what: string): void {
  const first = problems.find((p) => p.code === "E_INTERRUPTED") ?? problems[0];
  if (first === undefined) return;
  const message = problems.length === 1 ? first.message : `${what}: ${problems.length} problems; the first: ${first.message}`;
  throw new FnpkgError(first.code, message, { problems, ...(first.hint === undefined ? {} : { hint: first.hint }) });
}
