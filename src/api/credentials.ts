/** Credentials that the caller hands in: opaque here, but for what must never be shown. */

const secret = /secret|token|password|private.?key/i;
/** Shorter texts are words, not secrets. */
const shortest = 12;
const deepest = 3;

/** The secret texts that stand in it in the open; what a function answers is the adapter's alone. */
export function secretsOf(credentials: unknown): string[] {
  return collect(credentials, 0, false);
}

function collect(value: unknown, depth: number, named: boolean): string[] {
  if (typeof value === "string") return named && value.length >= shortest ? [value] : [];
  if (typeof value !== "object" || value === null || depth > deepest) return [];
  return Object.entries(value).flatMap(([key, inner]) => collect(inner, depth + 1, named || secret.test(key)));
}
