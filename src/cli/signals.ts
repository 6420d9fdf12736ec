/** Ctrl-C: the first lets the call in flight finish, the second stops at once. */

/** How long the hard signal may take to end the command before the process ends itself. */
const GRACE_MS = 500;

export function interruption(): { signal: AbortSignal; hard: AbortSignal } {
  const soft = new AbortController();
  const hard = new AbortController();
  const onSignal = () => {
    if (!soft.signal.aborted) {
      soft.abort();
      return;
    }
    if (hard.signal.aborted) process.exit(130);
    hard.abort();
    setTimeout(() => process.exit(130), GRACE_MS);
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return { signal: soft.signal, hard: hard.signal };
}
