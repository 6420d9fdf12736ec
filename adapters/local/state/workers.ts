/** What a host leaves when it is killed: workers that did not notice, and its folder of sockets. */
import { rm } from "node:fs/promises";
import { basename } from "node:path";
import { readJson } from "./files.ts";
import type { FunctionPaths } from "./paths.ts";
import { endProcess, type ProcessId } from "./process.ts";

/** `workers.json`. */
export interface WorkersDocument {
  readonly processes: readonly ProcessId[];
  readonly sockets: string | null;
}

export const socketsPrefix = "fnpkg-";

/** Call it only when the host is gone. */
export async function endWorkers(paths: FunctionPaths): Promise<void> {
  const left = await readJson<WorkersDocument>(paths.workers);
  if (left === undefined) return;
  await Promise.all(left.processes.map((id) => endProcess(id, 0)));
  if (left.sockets !== null && basename(left.sockets).startsWith(socketsPrefix))
    await rm(left.sockets, { recursive: true, force: true });
  await rm(paths.workers, { force: true });
}
