/** The lock file of what a build left outside: the delivered part of the author's, as npm would write it. */
import { byCodeUnit } from "../../json.ts";
import type { Lock, LockEntry } from "./lock.ts";

/** A lock file of version 3 with the given roots and places only. Everything in it counts as needed at run time. */
export function prunedLock(lock: Lock, roots: readonly LockEntry[], entries: readonly LockEntry[]): Uint8Array {
  const packages: Record<string, unknown> = {
    "": {
      dependencies: sorted(
        Object.fromEntries(roots.map((entry) => [entry.path.slice("node_modules/".length), rangeOf(lock, entry)])),
      ),
    },
  };
  for (const entry of [...entries].sort((a, b) => byCodeUnit(a.path, b.path))) packages[entry.path] = written(entry);
  return Buffer.from(`${JSON.stringify({ lockfileVersion: 3, requires: true, packages }, undefined, 2)}\n`);
}

function rangeOf(lock: Lock, entry: LockEntry): string {
  const name = entry.path.slice("node_modules/".length);
  const { dependencies, devDependencies, optionalDependencies, peerDependencies } = lock.root;
  return (
    dependencies[name] ?? optionalDependencies[name] ?? devDependencies[name] ?? peerDependencies[name] ?? entry.version ?? "*"
  );
}

/** `undefined` members are left out of JSON. */
function written(entry: LockEntry): object {
  return {
    name: entry.path.endsWith(`node_modules/${entry.name}`) ? undefined : entry.name,
    version: entry.version,
    resolved:
      entry.resolved !== undefined && /^https?:\/\/(?!localhost|127\.)[^@]*$/.test(entry.resolved) ? entry.resolved : undefined,
    integrity: entry.integrity,
    inBundle: entry.inBundle || undefined,
    hasInstallScript: entry.hasInstallScript || undefined,
    optional: entry.optional || undefined,
    os: entry.os,
    cpu: entry.cpu,
    libc: entry.libc,
    dependencies: unlessEmpty(entry.dependencies),
    optionalDependencies: unlessEmpty(entry.optionalDependencies),
    peerDependencies: unlessEmpty(entry.peerDependencies),
  };
}

function unlessEmpty(ranges: Readonly<Record<string, string>>): object | undefined {
  return Object.keys(ranges).length === 0 ? undefined : sorted(ranges);
}

function sorted(ranges: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(ranges).sort(([a], [b]) => byCodeUnit(a, b)));
}
