/** What a service keeps by name, and what its reads see of it. */
import type { Account } from "./service.ts";

interface Kept<T> {
  /** Nothing: it was removed. */
  readonly value: T | undefined;
  readonly before: T | undefined;
  /** When it was written, in milliseconds since the epoch. */
  readonly at: number;
}

/** Plain data. What is kept is never changed in place. */
export type Shelf<T> = Map<string, Kept<T>>;

export interface Things<T> {
  /** As it is. */
  get(name: string): T | undefined;
  /** As a read sees it: `lags.read` after a write still as it was before. */
  seen(name: string): T | undefined;
  /** As they are, in the order of their names. */
  all(): readonly (readonly [name: string, value: T])[];
  allSeen(): readonly (readonly [name: string, value: T])[];
  put(name: string, value: T): void;
  remove(name: string): void;
}

export function things<T>({ around, lags }: Pick<Account, "around" | "lags">, shelf: () => Shelf<T>): Things<T> {
  const late = (kept: Kept<T>) => around.now() < kept.at + (lags.read ?? 0);
  const write = (name: string, value: T | undefined) =>
    void shelf().set(name, { value, before: shelf().get(name)?.value, at: around.now() });
  const seen = (name: string) => {
    const kept = shelf().get(name);
    return kept !== undefined && late(kept) ? kept.before : kept?.value;
  };
  const listed = (of: (name: string) => T | undefined) =>
    [...shelf().keys()].toSorted().flatMap((name) => {
      const value = of(name);
      return value === undefined ? [] : [[name, value] as const];
    });
  const get = (name: string) => shelf().get(name)?.value;
  return {
    get,
    seen,
    all: () => listed(get),
    allSeen: () => listed(seen),
    put: write,
    remove(name) {
      if ((lags.read ?? 0) > 0) write(name, undefined);
      else shelf().delete(name);
    },
  };
}
