/** Ctrl-C: the first lets the call in flight finish, the second stops at once. */

/** How long the hard signal may take to end the command before the process ends itself. */
const GRACE_MS = 500;

/** SIGTERM and a terminal that closes count as Ctrl-C. */
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
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, onSignal);
  return { signal: soft.signal, hard: hard.signal };
}
