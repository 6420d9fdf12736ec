/** Tools that others wrote, in a folder of their own: scripts/emulators.sh puts them there. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
const folder = process.env["FNPKG_EMULATORS"] ?? join(cache, "fnpkg-emulators");

/** The program's path, or nothing when it is not installed. */
export function tool(name: string): string | undefined {
  return ifThere(join(folder, "bin", name));
}

/** The folder of an npm package, or nothing when it is not installed. */
export function npmTool(name: string): string | undefined {
  return ifThere(join(folder, "npm/node_modules", name));
}

function ifThere(path: string): string | undefined {
  return existsSync(path) ? path : undefined;
}

/** What a suite's title ends with when it is skipped for want of a program or a package. */
export function needsTool(name: string): string {
  return (tool(name) ?? npmTool(name)) === undefined ? ` (skipped: needs ${name}, which scripts/emulators.sh installs)` : "";
}
