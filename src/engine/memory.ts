/** How much all deployments of the process hold in memory at once to send it. */

/** One archive as large as Lambda takes it in a request weighs less, in the form in which it is sent. */
const mostBytes = 256 * 1024 * 1024;

let free = mostBytes;
const waiting: { readonly bytes: number; readonly go: () => void }[] = [];

/**
 * Runs work that holds so many bytes in memory, in the order of asking, once they fit beside what others hold; more than fits at all
 * runs alone. Many small archives are sent side by side, large ones a few at a time.
 */
export async function held<T>(bytes: number, work: () => Promise<T>): Promise<T> {
  const taken = Math.min(bytes, mostBytes);
  if (taken > free || waiting.length > 0) await new Promise<void>((go) => waiting.push({ bytes: taken, go }));
  else free -= taken;
  try {
    return await work();
  } finally {
    free += taken;
    for (let next = waiting[0]; next !== undefined && next.bytes <= free; next = waiting[0]) {
      waiting.shift();
      free -= next.bytes;
      next.go();
    }
  }
}
