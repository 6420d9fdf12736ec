/** Runs the built command line as a user's shell would, in a folder of its own that leaves nothing behind. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";

// Each command is a process of its own, and other tests run beside them.
vi.setConfig({ testTimeout: 180_000 });

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const main = join(root, "dist/src/cli/main.js");

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** A command that runs. */
export interface Running {
  readonly child: ChildProcess;
  /** What it printed so far, both streams. */
  readonly printed: () => string;
  /** Resolves once it printed `text`; rejects when it ended without. */
  until(text: string): Promise<void>;
  /** Resolves once it printed so many lines to standard output, or ended. */
  untilLines(count: number): Promise<void>;
  /** Its end. */
  readonly ended: Promise<Ran>;
}

/** Starts `fnpkg ARGS`. */
export function start(args: readonly string[], options: RunOptions = {}): Running {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: options.cwd ?? root,
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "/", ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  const waiting = new Set<() => void>();
  const look = () => waiting.forEach((check) => check());
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    look();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    look();
  });
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  const ended = new Promise<Ran>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, stdout, stderr }));
  });
  const printed = () => `${stdout}${stderr}`;
  const until = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const check = () => {
        if (!printed().includes(text)) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
      void ended.then(() => reject(new Error(`it ended without printing ${JSON.stringify(text)}:\n${printed()}`)));
    });
  const untilLines = (count: number) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (stdout.split("\n").length <= count) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
      void ended.then(() => resolve());
    });
  return { child, printed, until, untilLines, ended };
}

/** `fnpkg ARGS`, to its end. */
export function fnpkg(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return start(args, options).ended;
}

/** A folder of its own: the commands run in it, with a cache and a temporary folder of their own. */
export interface Site {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  fnpkg(args: readonly string[], options?: RunOptions): Promise<Ran>;
  start(args: readonly string[], options?: RunOptions): Running;
  /** Writes a file, its folders too. */
  write(path: string, text: string | Uint8Array): Promise<void>;
  /** The JSON of a command that must end with 0. */
  json<T = Record<string, unknown>>(args: readonly string[], options?: RunOptions): Promise<T>;
}

/** Works in a site; everything that was started there is ended and the folder removed, whatever happens. */
export async function inSite<T>(work: (site: Site) => Promise<T>): Promise<T> {
  const folder = realpathSync(await mkdtemp(join(tmpdir(), "fnpkg-cli-")));
  const started: Running[] = [];
  const env = { HOME: folder, XDG_CACHE_HOME: join(folder, "cache"), TMPDIR: join(folder, "t") };
  await mkdir(env.TMPDIR);
  const begin = (args: readonly string[], options: RunOptions = {}) => {
    const running = start(args, { cwd: folder, ...options, env: { ...env, ...options.env } });
    started.push(running);
    return running;
  };
  const site: Site = {
    folder,
    env,
    start: begin,
    fnpkg: (args, options) => begin(args, options).ended,
    async write(path, text) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    },
    async json(args, options) {
      const { status, stdout, stderr } = await begin([...args, "--json"], options).ended;
      if (status !== 0) throw new Error(`fnpkg ${args.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
      return JSON.parse(stdout) as never;
    },
  };
  try {
    return await work(site);
  } finally {
    for (const { child, ended } of started) {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await ended;
    }
    await endHosts(folder);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The hosts and workers that deployments below `folder` left running. */
export function processesOf(folder: string): number[] {
  return filesBelow(folder)
    .filter((path) => /\/functions\/[^/]+\/(host|workers)\.json$/.test(path))
    .flatMap((path) => {
      const text = existsSync(path) ? readFileSync(path, "utf8") : "";
      return [...text.matchAll(/"pid":\s*(\d+)/g)].map(([, pid]) => Number(pid));
    })
    .filter((pid) => pid > 1 && isAlive(pid));
}

async function endHosts(folder: string): Promise<void> {
  for (const pid of processesOf(folder)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself.
    }
  }
  await poll(() => processesOf(folder).length === 0);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Looks again and again until it holds; fails after a minute. */
export async function poll(holds: () => boolean | Promise<boolean>, ms = 60_000): Promise<void> {
  const until = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > until) throw new Error("it did not come to hold in time");
    await wait(20);
  }
}

/** Every file below a folder, absolute. */
export function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

/** The documents of a command that prints one a line. */
export function lines<T = Record<string, unknown>>(text: string): T[] {
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);
}

/** The failure document. */
export interface Failure {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint: string;
    readonly problems: readonly Readonly<Record<string, unknown>>[];
  };
}

export const digestLike = /^sha256:[0-9a-f]{64}$/;
