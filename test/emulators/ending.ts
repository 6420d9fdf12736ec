/** How an emulator that was started is ended, with the folder that it lives in. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";

export function endingOf(server: ChildProcess, home: string): { readonly ended: Promise<unknown>; close(): Promise<void> } {
  const ended = once(server, "exit");
  return {
    ended,
    async close() {
      server.kill();
      const late = setTimeout(() => server.kill("SIGKILL"), 10_000);
      await ended;
      clearTimeout(late);
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
