/** What makes events: common to schedules, folders of messages and watched folders. */
import { setMaxListeners } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import type { Log } from "./log.ts";
import type { Runner } from "./runner.ts";

export interface Source {
  /** Takes nothing new; waits for what runs, at most for the grace. */
  stop(graceMs: number): Promise<void>;
}

export interface SourceContext {
  readonly runner: Runner;
  readonly log: Log;
  /** The configuration's name of the function. */
  readonly function: string;
  readonly deployment: string;
  readonly trigger: string;
  /** The function takes batches. */
  readonly batch: boolean;
  /** Tells this host's claims from those of other deployments that share a folder. */
  readonly owner: string;
  /** A folder for what this trigger has seen and done. */
  readonly seen: string;
}

const firstBackoffMs = 500;
const longestBackoffMs = 60_000;

/** How long a failed event waits before its next delivery. */
export function backoffMs(failures: number): number {
  return Math.min(firstBackoffMs * 2 ** Math.max(0, failures - 1), longestBackoffMs);
}

/** How long to wait when no worker could be had. */
export const unavailableMs = 1000;

/** Aborted when a source stops; everything that waits for a worker listens to it. */
export function stopper(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

/** A pause that something can end early. */
export class Bell {
  #ring: (() => void) | undefined;
  #rung = false;

  ring(): void {
    this.#rung = true;
    this.#ring?.();
  }

  async wait(ms: number): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.max(0, ms));
        this.#ring = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#ring = undefined;
    this.#rung = false;
  }
}

/** Waits for all, at most for the grace. */
export async function settled(work: Iterable<Promise<unknown>>, graceMs: number): Promise<void> {
  const late = new AbortController();
  await Promise.race([Promise.allSettled(work), wait(graceMs, undefined, { signal: late.signal }).catch(() => undefined)]);
  late.abort();
}
