/** What others have in the account: names, keys and ids that begin with `theirs-`. */

const theirs = /(^|[:/])theirs-/;

/** Of a snapshot, what is others' alone; nothing where nothing is. */
export function foreignIn(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value))
    return filled(
      value
        .map((one: unknown) => (isNamed(one) ? one : foreignIn(one)))
        .filter(there)
        .toSorted(byText),
    );
  const kept = Object.entries(value).flatMap(([name, one]) => {
    const found: unknown = theirs.test(name) ? one : foreignIn(one);
    return found === undefined ? [] : [[name, found] as const];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function isNamed(value: unknown): boolean {
  if (typeof value === "string") return theirs.test(value);
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some((one) => typeof one === "string" && theirs.test(one));
}

function there(value: unknown): boolean {
  return value !== undefined;
}

function filled(list: readonly unknown[]): readonly unknown[] | undefined {
  return list.length === 0 ? undefined : list;
}

function byText(a: unknown, b: unknown): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}
