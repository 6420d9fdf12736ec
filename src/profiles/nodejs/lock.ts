/** `package-lock.json` and `npm-shrinkwrap.json`, lockfileVersion 2 and 3, read as data. */
import { z } from "zod";
import type { Problem } from "../../errors.ts";
import { reasonOf } from "../../errors.ts";
import { pointer } from "../../json.ts";
import type { Constraints } from "./platform.ts";

const strings = z.array(z.string());
/** npm writes a single name as a bare string now and then. */
const list = z.union([strings, z.string().transform((one) => [one])]);
const ranges = z.record(z.string(), z.string());
const entrySchema = z.object({
  name: z.string().optional(),
  version: z.string().optional(),
  resolved: z.union([z.string(), z.boolean()]).optional(),
  integrity: z.string().optional(),
  link: z.boolean().optional(),
  dev: z.boolean().optional(),
  optional: z.boolean().optional(),
  /** A development dependency that something else needs optionally. */
  devOptional: z.boolean().optional(),
  inBundle: z.boolean().optional(),
  extraneous: z.boolean().optional(),
  hasInstallScript: z.boolean().optional(),
  os: list.optional(),
  cpu: list.optional(),
  libc: list.optional(),
  dependencies: ranges.optional(),
  devDependencies: ranges.optional(),
  optionalDependencies: ranges.optional(),
  peerDependencies: ranges.optional(),
});

type Ranges = Readonly<Record<string, string>>;

/** The ranges that the lock file's root, or a package, asks for. */
export interface Wants {
  readonly dependencies: Ranges;
  readonly devDependencies: Ranges;
  readonly optionalDependencies: Ranges;
  readonly peerDependencies: Ranges;
}

/** One installed package: a place below `node_modules`. */
export interface LockEntry extends Constraints, Wants {
  /** `node_modules/a/node_modules/@scope/b`. */
  readonly path: string;
  readonly pointer: string;
  /** The package's own name, which an alias's path does not show. */
  readonly name: string;
  readonly version: string | undefined;
  readonly resolved: string | undefined;
  readonly integrity: string | undefined;
  readonly link: boolean;
  readonly dev: boolean;
  readonly optional: boolean;
  /** Its bytes travel inside its parent's tarball. */
  readonly inBundle: boolean;
  readonly hasInstallScript: boolean;
}

export interface Lock {
  readonly format: "npm-2" | "npm-3" | "pnpm";
  /** As messages name it. */
  readonly file: string;
  readonly root: Wants;
  /** By path, in the file's order: what lies below the root's `node_modules` or a workspace's. Workspaces themselves are left out. */
  readonly entries: ReadonlyMap<string, LockEntry>;
}

export interface ReadLock {
  /** Absent when the file as a whole can't be used. */
  readonly lock?: Lock;
  readonly problems: readonly Problem[];
}

const SEGMENT = "node_modules/(?:@[^/@\\\\]+/)?[^/@.\\\\][^/\\\\]*";
/** A place that npm itself could have made; nothing that leaves the folder. */
const PLACE = new RegExp(`^${SEGMENT}(?:/${SEGMENT})*$`);

/**
 * Reads a lock file's text. Every entry that can't be read is a problem of its own.
 * Codes: E_LOCK for what is no lock file of version 2 or 3, E_PATH for a place outside `node_modules`.
 */
export function parseLock(text: string, file: string): ReadLock {
  const bad = (message: string, more: Partial<Problem> = {}): ReadLock => ({
    problems: [{ code: "E_LOCK", message: `${file}: ${message}`, file, ...more }],
  });
  let json: unknown;
  try {
    json = JSON.parse(text.startsWith("\uFEFF") ? text.slice(1) : text);
  } catch (cause) {
    return bad(`not JSON: ${reasonOf(cause)}`);
  }
  if (!isObject(json)) return bad("not a lock file");
  const version = json["lockfileVersion"];
  if (version !== 2 && version !== 3) {
    return bad(`lockfileVersion ${JSON.stringify(version) ?? "is missing"}; 2 and 3 are read`, {
      pointer: "/lockfileVersion",
      hint: "Write it anew with `npm install --package-lock-only --lockfile-version 3`.",
    });
  }
  const packages = json["packages"];
  if (!isObject(packages)) return bad("it has no `packages`", { pointer: "/packages" });

  const problems: Problem[] = [];
  const entries = new Map<string, LockEntry>();
  let root: Wants = { dependencies: {}, devDependencies: {}, optionalDependencies: {}, peerDependencies: {} };
  for (const [path, value] of Object.entries(packages)) {
    const at = pointer("packages", path);
    const parsed = entrySchema.safeParse(value);
    if (!parsed.success) {
      const first = parsed.error.issues[0];
      problems.push({
        code: "E_LOCK",
        message: `${file}: the entry ${JSON.stringify(path)} can't be read: ${first?.message ?? "malformed"}`,
        file,
        pointer: at + pointer(...(first?.path ?? []).map(String)),
      });
      continue;
    }
    const entry = toEntry(path, at, parsed.data);
    if (path === "") {
      root = entry;
    } else if (parsed.data.extraneous === true) {
      continue;
    } else if (!isClean(path)) {
      problems.push({
        code: "E_PATH",
        message: `${file}: ${JSON.stringify(path)} is no place below the lock file's folder`,
        file,
        pointer: at,
      });
    } else if (path.includes("node_modules/")) {
      entries.set(path, entry);
    }
  }
  return { lock: { format: version === 2 ? "npm-2" : "npm-3", file, root, entries }, problems };
}

function toEntry(path: string, at: string, data: z.infer<typeof entrySchema>): LockEntry {
  return {
    path,
    pointer: at,
    name: data.name ?? nameOfPath(path),
    version: data.version,
    resolved: typeof data.resolved === "string" ? data.resolved : undefined,
    integrity: data.integrity,
    link: data.link === true,
    dev: data.dev === true,
    optional: data.optional === true || data.devOptional === true,
    inBundle: data.inBundle === true,
    hasInstallScript: data.hasInstallScript === true,
    os: data.os,
    cpu: data.cpu,
    libc: data.libc,
    dependencies: data.dependencies ?? {},
    devDependencies: data.devDependencies ?? {},
    optionalDependencies: data.optionalDependencies ?? {},
    peerDependencies: data.peerDependencies ?? {},
  };
}

function isClean(path: string): boolean {
  return (
    !path.startsWith("/") &&
    !path.includes("\\") &&
    !path.includes("\0") &&
    !/^[A-Za-z]:/.test(path) &&
    !path.split("/").includes("..")
  );
}

/** Whether a package can be placed there: below the root's `node_modules`, not below a workspace's. */
export function isPlace(path: string): boolean {
  return PLACE.test(path);
}

/** `node_modules/a/node_modules/@s/b` -> `@s/b`. */
export function nameOfPath(path: string): string {
  return path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
}

/** Where Node would find `name` from the package at `from` (`""` is the root). */
export function resolveFrom(lock: Lock, from: string, name: string): LockEntry | undefined {
  for (let base = from; ;) {
    const found = lock.entries.get(base === "" ? `node_modules/${name}` : `${base}/node_modules/${name}`);
    if (found !== undefined) return found;
    if (base === "") return undefined;
    const up = base.lastIndexOf("/node_modules/");
    base = up < 0 ? "" : base.slice(0, up);
  }
}

/** What `npm ci --omit=dev` installs, platforms aside. */
export function production(lock: Lock): LockEntry[] {
  return [...lock.entries.values()].filter((entry) => !entry.dev);
}

/** The packages at `from` and everything that they need, by place. Names without an entry are left out, and so is what `among` lacks. */
export function closure(lock: Lock, from: Iterable<LockEntry>, among?: ReadonlySet<LockEntry>): Map<string, LockEntry> {
  const reached = new Map<string, LockEntry>();
  const open = [...from];
  for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
    if (reached.has(entry.path) || among?.has(entry) === false) continue;
    reached.set(entry.path, entry);
    for (const name of namesOf(entry)) {
      const next = resolveFrom(lock, entry.path, name);
      if (next !== undefined) open.push(next);
    }
  }
  return reached;
}

/** Without the optional packages that only left-out ones need, as npm installs it. */
export function reachable(lock: Lock, entries: readonly LockEntry[]): LockEntry[] {
  const seeds = entries.filter((entry) => !entry.optional || entry.inBundle);
  for (const name of namesOf(lock.root)) {
    const entry = resolveFrom(lock, "", name);
    if (entry !== undefined) seeds.push(entry);
  }
  const reached = closure(lock, seeds, new Set(entries));
  return entries.filter((entry) => reached.has(entry.path));
}

function namesOf({ dependencies, optionalDependencies, peerDependencies }: Wants): string[] {
  return [...Object.keys(dependencies), ...Object.keys(optionalDependencies), ...Object.keys(peerDependencies)];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
