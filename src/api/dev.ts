/** The development loop: pack, run on this machine, and again on every change. */
import { watch } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import type { Receipt } from "../engine/index.ts";
import { FnpkgError, wrap } from "../errors.ts";
import { deploy } from "./deploy.ts";
import { destroy } from "./destroy.ts";
import type { ConfigOptions } from "./options.ts";
import { pack } from "./package.ts";
import { status } from "./status.ts";

export interface DevOptions extends ConfigOptions {
  /** The author's folder. */
  readonly folder: string;
  /** Ends the loop. */
  readonly signal: AbortSignal;
  /** Let plain values fill variables that the package marks secret; default false. */
  readonly allowPlaintextSecret?: boolean;
  readonly onEvent: (event: DevEvent) => void;
}

export type DevEvent =
  | { readonly event: "ready"; readonly receipt: Receipt; readonly ms: number }
  | { readonly event: "failed"; readonly error: FnpkgError }
  | { readonly event: "change"; readonly path: string };

/** Editors write in bursts. */
const SETTLE_MS = 60;
const ignored = new Set(["node_modules", ".git", ".hg", ".svn", ".fnpkg"]);

/**
 * Runs until `signal`; a round that fails leaves the last good one running. What the loop deployed is destroyed at its end,
 * unless it was there before.
 * @throws E_NOT_FOUND, E_IO; what goes wrong in a round is an event
 */
export async function dev(options: DevOptions): Promise<void> {
  const { folder, signal, onEvent, ...config } = options;
  const target = "local";
  const temporary = await mkdtemp(join(tmpdir(), "fnpkg-dev-"));
  const changes = watched(folder, signal);
  let before: boolean | undefined;
  try {
    for (;;) {
      const started = performance.now();
      try {
        before ??= (await status({ ...config, target })).state !== "absent";
        const { file } = await pack({ folder, out: join(temporary, "dev.fnpkg"), signal });
        const receipt = await deploy({ ...config, package: file, target, signal });
        onEvent({ event: "ready", receipt, ms: performance.now() - started });
      } catch (cause) {
        if (signal.aborted) break;
        onEvent({ event: "failed", error: wrap(cause, "E_INTERNAL", "the round failed") });
      }
      const path = await changes.next();
      if (path === undefined) break;
      onEvent({ event: "change", path });
    }
  } finally {
    changes.close();
    await rm(temporary, { recursive: true, force: true });
    if (before === false) await destroy({ ...config, target });
  }
}

interface Changes {
  /** The path of the first change since the last call, once the burst is over; undefined when the loop shall end. */
  next(): Promise<string | undefined>;
  close(): void;
}

function watched(folder: string, signal: AbortSignal): Changes {
  let first: string | undefined;
  let wake = () => {};
  let timer: NodeJS.Timeout | undefined;
  const onChange = (name: string | null) => {
    if (name === null || name.split(sep).some((part) => ignored.has(part)) || name.endsWith(".fnpkg")) return;
    first ??= name;
    clearTimeout(timer);
    timer = setTimeout(() => wake(), SETTLE_MS);
  };
  let watcher: ReturnType<typeof watch>;
  try {
    watcher = watch(folder, { recursive: true }, (_, name) => onChange(name));
  } catch (cause) {
    throw new FnpkgError("E_NOT_FOUND", `can't watch ${folder}`, { file: folder, cause });
  }
  signal.addEventListener("abort", () => wake());
  return {
    next: () =>
      new Promise((done) => {
        const answer = () => {
          if (signal.aborted) done(undefined);
          else if (first !== undefined) {
            done(first);
            first = undefined;
          }
        };
        wake = answer;
        if (signal.aborted || (first !== undefined && timer === undefined)) answer();
        else if (first !== undefined) timer = setTimeout(answer, SETTLE_MS);
      }),
    close() {
      clearTimeout(timer);
      watcher.close();
    },
  };
}
