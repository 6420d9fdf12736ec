/** `bundled` without a build: the lock file's production part as it lies in `node_modules`. */
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Problem, wrap } from "../../errors.ts";
import type { SourceFile } from "../profile.ts";
import { isPlace, type Lock, type LockEntry, production } from "./lock.ts";
import { readText } from "./project.ts";
import { FUNCTION } from "./source.ts";

export interface Installed {
  readonly files: readonly SourceFile[];
  /** The places whose files are there. */
  readonly entries: readonly LockEntry[];
  readonly problems: readonly Problem[];
}

/**
 * Every file of every production place. Links (`.bin`) and what the lock file doesn't name stay out; so do optional packages
 * that are not installed here.
 * Codes: E_LOCK (missing, another version, a link where a package should be), E_IO.
 */
export async function readInstalled(folder: string, base: string, lock: Lock): Promise<Installed> {
  const files: SourceFile[] = [];
  const entries: LockEntry[] = [];
  const problems: Problem[] = [];
  for (const entry of production(lock)) {
    if (!isPlace(entry.path)) continue;
    const disk = join(folder, base, entry.path);
    const fault = entry.link ? undefined : await faultOf(disk, entry);
    if (fault === "absent") continue;
    if (fault !== undefined) {
      problems.push({
        code: "E_LOCK",
        message: fault.problem,
        file: `${base}${entry.path}`,
        hint: "Run `npm ci`, then pack again. Layouts of links (pnpm, workspaces) need `build`.",
      });
      continue;
    }
    entries.push(entry);
    if (!entry.link) walk(disk, `${FUNCTION}${base}${entry.path}`, files, problems, true);
  }
  return { files, entries, problems };
}

/** Why a place does not hold what the lock file says; `absent` for an optional package that isn't there. */
async function faultOf(disk: string, entry: LockEntry): Promise<{ problem: string } | "absent" | undefined> {
  const what = `${entry.name}@${entry.version ?? "?"}`;
  const state = lstatSync(disk, { throwIfNoEntry: false });
  if (state === undefined)
    return entry.optional ? "absent" : { problem: `${what} stands in the lock file and is not in node_modules` };
  if (!state.isDirectory())
    return { problem: `${entry.path} is ${state.isSymbolicLink() ? "a link" : "no folder"}; ${what} should be there` };
  const found = versionOf(await readText(join(disk, "package.json")));
  if (found === undefined) return { problem: `${entry.path} has no readable package.json; ${what} should be there` };
  if (found.version === entry.version && found.name === entry.name) return undefined;
  return { problem: `${entry.path} is ${found.name}@${found.version}, and the lock file has ${what}` };
}

/** A package's own name and version. */
export function versionOf(text: string | undefined): { name: string; version: string } | undefined {
  if (text === undefined) return undefined;
  try {
    const { name, version } = JSON.parse(text.replace(/^\uFEFF/, "")) as { name?: unknown; version?: unknown };
    return typeof name === "string" && typeof version === "string" ? { name, version } : undefined;
  } catch {
    return undefined;
  }
}

/** Synchronous calls: for tens of thousands of small files they take a fraction of the time. */
function walk(disk: string, sealed: string, files: SourceFile[], problems: Problem[], top: boolean): void {
  try {
    for (const child of readdirSync(disk, { withFileTypes: true })) {
      const path = `${sealed}/${child.name.normalize("NFC")}`;
      const from = join(disk, child.name);
      if (child.isFile()) files.push({ path, executable: (lstatSync(from).mode & 0o100) !== 0, from: { disk: from } });
      else if (child.isDirectory()) {
        // What lies in a package's own node_modules has its own place in the lock file.
        if (!top || child.name !== "node_modules") walk(from, path, files, problems, false);
      } else {
        problems.push({
          code: "E_ENTRY_TYPE",
          severity: "warning",
          message: `${path} is a ${child.isSymbolicLink() ? "link" : "special file"}: it is left out`,
          file: path,
        });
      }
    }
  } catch (cause) {
    throw wrap(cause, "E_IO", `cannot read ${disk}`, { file: sealed });
  }
}
