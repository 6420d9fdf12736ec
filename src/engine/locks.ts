/** Serialises work over all deployments in the process: vendors change shared parents by replacing them whole. */
const tails = new Map<string, Promise<unknown>>();

/** Runs `work` after everything that was asked for before under the same key. Without a key it runs at once. */
export async function locked<T>(key: string | undefined, work: () => Promise<T>): Promise<T> {
  if (key === undefined) return work();
  const before = tails.get(key) ?? Promise.resolve();
  const mine = before.then(work, work);
  const tail = mine.catch(() => undefined);
  tails.set(key, tail);
  try {
    return await mine;
  } finally {
    if (tails.get(key) === tail) tails.delete(key);
  }
}
