/** What others have in the account: names, keys and ids that begin with `theirs-`. */

const theirs = /(^|[:/])theirs-/;

/** Of a snapshot, what is others' alone, each with the name of what holds it; nothing where nothing is. JSON in texts is read too. */
export function foreignIn(value: unknown): unknown {
  if (typeof value === "string") return foreignIn(documentIn(value));
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) {
    const found = value.map((one: unknown) => (isNamed(one) ? one : foreignIn(one))).filter((one) => one !== undefined);
    return found.length === 0 ? undefined : found.toSorted(byText);
  }
  const kept = Object.entries(value).flatMap(([name, one]) => {
    const found: unknown = theirs.test(name) ? one : foreignIn(one);
    return found === undefined ? [] : [[name, found] as const];
  });
  if (kept.length === 0) return undefined;
  const { name } = value as { readonly name?: unknown };
  return { ...(typeof name === "string" ? { name } : {}), ...Object.fromEntries(kept) };
}

function documentIn(text: string): unknown {
  if (!text.startsWith("{")) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isNamed(value: unknown): boolean {
  if (typeof value === "string") return theirs.test(value);
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some((one) => typeof one === "string" && theirs.test(one));
}

function byText(a: unknown, b: unknown): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}
