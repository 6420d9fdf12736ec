/** Work that tells events while it goes on, as an AsyncIterable. */

/**
 * The work begins with the first `next` and does not wait for the reader. When the reader leaves early, `signal` is aborted and
 * the work's end is awaited.
 */
export async function* streamed<Event>(
  work: (emit: (event: Event) => void, signal: AbortSignal) => Promise<void>,
): AsyncGenerator<Event, void, void> {
  const left = new AbortController();
  const queue: Event[] = [];
  let wake: () => void = () => undefined;
  let ended = false;
  let failure: { readonly cause: unknown } | undefined;
  const emit = (event: Event) => {
    queue.push(event);
    wake();
  };
  const done = work(emit, left.signal)
    .catch((cause: unknown) => {
      failure = { cause };
    })
    .finally(() => {
      ended = true;
      wake();
    });
  try {
    for (;;) {
      const event = queue.shift();
      if (event !== undefined) {
        yield event;
        continue;
      }
      if (ended) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (failure !== undefined) throw failure.cause;
  } finally {
    if (!ended) {
      left.abort();
      await done;
    }
  }
}
