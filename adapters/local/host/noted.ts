/** What must be known of a host that is killed: its processes, its sockets, the code they run from. */
import { mkdtempSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { socketsPrefix } from "../state/workers.ts";

/** Paths of sockets must be short; 104 bytes on some systems. */
const longestSocketPath = 90;

/** At once: the next moment may be the last. */
export function writeNow(file: string, value: unknown): void {
  const partial = join(dirname(file), `.${basename(file)}.partial`);
  writeFileSync(partial, JSON.stringify(value), { mode: 0o600 });
  renameSync(partial, file);
}

/** A folder for sockets, readable by its owner alone. */
export function makeSockets(): string | null {
  if (process.platform === "win32") return null;
  for (const parent of [tmpdir(), "/tmp"]) {
    if (parent.length > longestSocketPath - 30) continue;
    try {
      return mkdtempSync(join(parent, socketsPrefix));
    } catch {
      // The next one, or a port.
    }
  }
  return null;
}
