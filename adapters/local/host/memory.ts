/** How much memory processes use. */
import { readFile } from "node:fs/promises";

/** Whether this machine tells of other processes; else they report themselves. */
export const seesOthers = process.platform === "linux";

const pageBytes = 4096;

/** Resident bytes; `undefined` when the process has gone or can't be seen. */
export async function residentBytes(pid: number): Promise<number | undefined> {
  try {
    const status = await readFile(`/proc/${pid}/status`, "latin1");
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    if (kib !== undefined) return Number(kib) * 1024;
    const pages = (await readFile(`/proc/${pid}/statm`, "latin1")).split(" ")[1];
    return pages === undefined ? undefined : Number(pages) * pageBytes;
  } catch {
    return undefined;
  }
}
