/** Runs tasks as early as what they wait for allows. */
import { FnpkgError } from "../errors.ts";

export interface Task {
  readonly key: string;
  /** Keys of tasks that must be done before. */
  readonly after: readonly string[];
  run(): Promise<void>;
}

/**
 * After the first failure nothing new begins, and what is under way ends. The first failure is thrown; it carries the problems
 * of those that failed at the same time.
 */
export async function runTasks(tasks: readonly Task[]): Promise<void> {
  const failures: unknown[] = [];
  const running = new Map<string, Promise<void>>();
  const byKey = new Map(tasks.map((task) => [task.key, task]));
  const start = (task: Task): Promise<void> => {
    const known = running.get(task.key);
    if (known !== undefined) return known;
    const waits = task.after.flatMap((key) => byKey.get(key) ?? []).map(start);
    const promise = Promise.all(waits).then(async () => {
      if (failures.length > 0) return;
      try {
        await task.run();
      } catch (cause) {
        failures.push(cause);
      }
    });
    running.set(task.key, promise);
    return promise;
  };
  await Promise.all(tasks.map(start));
  const first = failures[0];
  if (failures.length === 0) return;
  if (!(first instanceof FnpkgError) || failures.length === 1) throw first;
  throw new FnpkgError(first.code, first.message, {
    hint: first.hint,
    problems: failures.flatMap((failure) => (failure instanceof FnpkgError ? failure.problems : [])),
    ...(first.cause === undefined ? {} : { cause: first.cause }),
  });
}
