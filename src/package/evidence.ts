/** What tells that a folder is as it was: what the system says of each of its files. */
import { createHash } from "node:crypto";
import type { WalkedFile } from "./walk.ts";

export interface Evidence {
  /** Another one as soon as a file came, went or was touched. */
  readonly fingerprint: string;
  /** When the last file was touched, in milliseconds of the wall clock. */
  readonly newestMs: number;
}

/** `files` in any fixed order. */
export function evidenceOf(files: readonly WalkedFile[]): Evidence {
  const states = new Float64Array(files.length * 5);
  const lines: string[] = [];
  let newestMs = 0;
  for (const [i, { path, executable, state }] of files.entries()) {
    states.set([state.size, state.mtimeMs, state.ctimeMs, state.ino, state.dev], i * 5);
    lines.push(`${path}\0${executable ? "x" : "-"}\n`);
    newestMs = Math.max(newestMs, state.mtimeMs, state.ctimeMs);
  }
  return { fingerprint: createHash("sha256").update(lines.join("")).update(states).digest("hex"), newestMs };
}
