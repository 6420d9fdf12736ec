/** Where everything of the data folder stands. */
import { join } from "node:path";

export interface FunctionPaths {
  readonly folder: string;
  /** What is deployed. */
  readonly current: string;
  /** What is being deployed: it becomes `current` once the function answered with it. */
  readonly next: string;
  readonly triggers: string;
  readonly token: string;
  /** The running host. */
  readonly host: string;
  /** Processes that the host started, so that they can be ended when it was killed. */
  readonly workers: string;
  /** Layouts that workers still run from. */
  readonly inUse: string;
  /** The http port, kept over restarts. */
  readonly port: string;
  readonly logs: string;
  /** What the host's process itself printed. */
  readonly output: string;
  /** What triggers have seen and done. */
  readonly seen: string;
}

export interface Paths {
  readonly dataDir: string;
  readonly functions: string;
  readonly layouts: string;
  readonly locks: string;
  readonly temporary: string;
}

export function pathsOf(dataDir: string): Paths {
  return {
    dataDir,
    functions: join(dataDir, "functions"),
    layouts: join(dataDir, "layouts", "sha256"),
    locks: join(dataDir, "locks"),
    temporary: join(dataDir, "tmp"),
  };
}

export function functionPaths(paths: Paths, deployment: string): FunctionPaths {
  return inFolder(join(paths.functions, deployment));
}

export function inFolder(folder: string): FunctionPaths {
  return {
    folder,
    current: join(folder, "function.json"),
    next: join(folder, "next.json"),
    triggers: join(folder, "triggers"),
    token: join(folder, "token"),
    host: join(folder, "host.json"),
    workers: join(folder, "workers.json"),
    inUse: join(folder, "layouts-in-use.json"),
    port: join(folder, "port.json"),
    logs: join(folder, "logs"),
    output: join(folder, "host-output.txt"),
    seen: join(folder, "seen"),
  };
}

/** The folder of a layout, by its digest. */
export function layoutFolder(paths: Paths, digest: string): string {
  return join(paths.layouts, digest.slice("sha256:".length));
}
