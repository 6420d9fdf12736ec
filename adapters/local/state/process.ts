/** Processes told apart by pid and start, so that a pid that was given again is never taken for the old one. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";

export interface ProcessId {
  readonly pid: number;
  /** When it started, in the system's own words; empty where the system does not tell. */
  readonly started: string;
}

/** When the process started; `undefined` when there is none, or only its zombie. */
export function startedOf(pid: number): string | undefined {
  if (process.platform === "linux") {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return fields[0] === "Z" || fields[0] === "X" ? undefined : `${bootId()}:${fields[19] ?? ""}`;
    } catch {
      return undefined;
    }
  }
  if (!exists(pid)) return undefined;
  if (process.platform === "win32") return "";
  try {
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "";
  }
}

let boot: string | undefined;

/** Changes with every start of the machine; empty where the system does not tell. */
export function bootId(): string {
  if (boot !== undefined) return boot;
  try {
    boot = readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  } catch {
    boot = "";
  }
  return boot;
}

export function self(): ProcessId {
  return identify(process.pid);
}

export function identify(pid: number): ProcessId {
  return { pid, started: startedOf(pid) ?? "" };
}

export function isAlive({ pid, started }: ProcessId): boolean {
  const now = startedOf(pid);
  return now !== undefined && (started === "" || now === "" || now === started);
}

/** Asks the process to end, and ends it after the grace. Only the very process that is meant. */
export async function endProcess(id: ProcessId, graceMs: number): Promise<void> {
  if (!isAlive(id)) return;
  send(id.pid, "SIGTERM");
  if (await gone(id, graceMs)) return;
  send(id.pid, "SIGKILL");
  await gone(id, 5000);
}

async function gone(id: ProcessId, ms: number): Promise<boolean> {
  const until = Date.now() + ms;
  for (let step = 5; isAlive(id); step = Math.min(step * 2, 100)) {
    if (Date.now() >= until) return false;
    await wait(step);
  }
  return true;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return cause instanceof Error && "code" in cause && cause.code === "EPERM";
  }
}

export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already.
  }
}
