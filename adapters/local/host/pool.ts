/** The workers of one function: as many as are needed, at most `max`; a worker that ended is replaced, at growing intervals. */
import { FnpkgError, reasonOf } from "fnpkg/adapter";
import type { HttpTrigger } from "fnpkg/runtime";
import type { Log } from "./log.ts";
import { memoryCheckMs, type Worker } from "./worker.ts";

export interface PoolOptions {
  readonly min: number;
  readonly max: number;
  /** Invocations at a time in one worker. */
  readonly perInstance: number;
  /** A worker beyond `min` that had nothing to do for so long is ended. */
  readonly idleMs: number;
  readonly log: Log;
  /** Called again whenever the workers are others. */
  readonly changed: () => void;
  start(number: number, begun: (worker: Worker) => void): Promise<Worker>;
}

/** A place in a worker, for one invocation. */
export interface Lease {
  readonly worker: Worker;
  release(): void;
  /** Its connection broke: most likely the process has ended, and this pool is told of it in a moment. */
  doubt(): void;
}

/** No worker could be had. */
export class Unavailable extends Error {
  readonly reason: "full" | "closed" | "failed";
  constructor(reason: Unavailable["reason"], message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}

interface Waiter {
  give(lease: Lease): void;
  fail(error: Unavailable): void;
}

const firstBackoffMs = 100;
const longestBackoffMs = 10_000;
/** A worker that lived this long is no sign of a loop. */
const soundMs = 5000;
const mostWaiting = 1000;
/** How long a doubted worker is given nothing. */
const doubtMs = 100;

export class Pool {
  readonly #options: PoolOptions;
  readonly #workers = new Set<Worker>();
  readonly #starting = new Set<Worker>();
  readonly #doubted = new Set<Worker>();
  readonly #waiting: Waiter[] = [];
  #launching = 0;
  #next = 1;
  #failures = 0;
  #notBefore = 0;
  #lastFailure: unknown;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;
  #empty: (() => void) | undefined;
  readonly #care: NodeJS.Timeout;

  constructor(options: PoolOptions) {
    this.#options = options;
    let ticks = 0;
    this.#care = setInterval(() => {
      for (const worker of this.all()) void worker.checkMemory();
      if (++ticks % 10 === 0) this.#reap();
    }, memoryCheckMs);
    this.#care.unref();
  }

  get capacity(): number {
    return this.#options.max * this.#options.perInstance;
  }

  all(): Worker[] {
    return [...this.#workers, ...this.#starting];
  }

  /** Starts a worker, and shows so that the module loads. */
  async warm(): Promise<void> {
    const missing = Math.max(1, this.#options.min) - this.#workers.size;
    if (missing > 0) await this.#launch();
    for (let i = 1; i < missing; i++) this.#grow();
  }

  /** A place as soon as there is one. @throws Unavailable */
  acquire(options: { readonly waitMs?: number; readonly signal?: AbortSignal } = {}): Promise<Lease> {
    if (this.#closed) return Promise.reject(new Unavailable("closed", "the function is stopping"));
    const free = this.#free();
    if (free !== undefined) return Promise.resolve(this.#lease(free));
    const early = this.#workers.size + this.#launching > 0 ? 0 : this.#notBefore - Date.now();
    if (options.waitMs !== undefined && early > options.waitMs) return Promise.reject(this.#failed());
    if (options.waitMs !== undefined && this.#waiting.length >= mostWaiting)
      return Promise.reject(new Unavailable("full", "too many requests wait"));
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(late);
        options.signal?.removeEventListener("abort", aborted);
        const at = this.#waiting.indexOf(waiter);
        if (at >= 0) this.#waiting.splice(at, 1);
      };
      const waiter: Waiter = {
        give: (lease) => (settle(), resolve(lease)),
        fail: (error) => (settle(), reject(error)),
      };
      const aborted = () => waiter.fail(new Unavailable("closed", "it is no longer wanted"));
      const late =
        options.waitMs === undefined
          ? undefined
          : setTimeout(() => waiter.fail(new Unavailable("full", "every worker is busy")), options.waitMs);
      if (options.signal?.aborted === true) return aborted();
      options.signal?.addEventListener("abort", aborted, { once: true });
      this.#waiting.push(waiter);
      this.#growAsNeeded();
    });
  }

  /** New rules for http, in every worker. */
  async rule(http: HttpTrigger): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.rule(http)));
  }

  /** Takes nothing new; ends each worker when it is idle, and what is left after the grace. */
  async drain(graceMs: number): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    for (const waiter of [...this.#waiting]) waiter.fail(new Unavailable("closed", "the function is stopping"));
    const emptied = new Promise<void>((resolve) => (this.#empty = resolve));
    for (const worker of this.#starting) worker.end("asked");
    for (const worker of this.#workers) if (worker.busy === 0) worker.stop();
    this.#checkEmpty();
    const late = setTimeout(() => {
      for (const worker of this.all()) worker.end("asked");
    }, graceMs);
    await emptied;
    clearTimeout(late);
    clearInterval(this.#care);
  }

  #free(): Worker | undefined {
    let best: Worker | undefined;
    for (const worker of this.#workers) {
      if (
        worker.ending === undefined &&
        !this.#doubted.has(worker) &&
        worker.busy < this.#options.perInstance &&
        (best === undefined || worker.busy > best.busy)
      )
        best = worker;
    }
    return best;
  }

  #lease(worker: Worker): Lease {
    worker.busy++;
    let held = true;
    return {
      worker,
      release: () => {
        if (!held) return;
        held = false;
        worker.busy--;
        worker.idleSince = Date.now();
        if (this.#closed && worker.busy === 0) worker.stop();
        else this.#dispatch();
      },
      doubt: () => {
        this.#doubted.add(worker);
        setTimeout(() => {
          this.#doubted.delete(worker);
          this.#dispatch();
        }, doubtMs);
      },
    };
  }

  #dispatch(): void {
    for (let free = this.#free(); free !== undefined && this.#waiting.length > 0; free = this.#free())
      this.#waiting[0]?.give(this.#lease(free));
  }

  #growAsNeeded(): void {
    const { max, perInstance } = this.#options;
    while (this.#launching * perInstance < this.#waiting.length && this.#workers.size + this.#launching < max) {
      if (!this.#grow()) return;
    }
  }

  /** Starts one in the background, unless it is too early after a failure. */
  #grow(): boolean {
    const early = this.#notBefore - Date.now();
    if (early > 0) {
      this.#retry ??= setTimeout(() => {
        this.#retry = undefined;
        if (this.#closed) return;
        if (this.#workers.size + this.#launching < this.#options.min) this.#grow();
        this.#growAsNeeded();
      }, early);
      return false;
    }
    this.#launch().catch((cause: unknown) => {
      this.#options.log.error(`a worker could not be started: ${reasonOf(cause)}`, {
        code: cause instanceof FnpkgError ? cause.code : "E_HANDLER",
        event: "worker.failed",
      });
    });
    return true;
  }

  async #launch(): Promise<void> {
    const number = this.#next++;
    this.#launching++;
    let begun: Worker | undefined;
    const began = Date.now();
    try {
      const worker = await this.#options.start(number, (made) => {
        begun = made;
        this.#starting.add(made);
        this.#options.changed();
        if (this.#closed) made.end("asked");
      });
      this.#workers.add(worker);
      this.#options.log.info("a worker is ready", {
        event: "worker.ready",
        worker: number,
        pid: worker.id.pid,
        ms: Date.now() - began,
      });
      void worker.exited.then(() => this.#ended(worker, began));
      if (this.#closed) worker.stop();
    } catch (cause) {
      this.#noteFailure(cause);
      if (this.#workers.size === 0) for (const waiter of [...this.#waiting]) waiter.fail(this.#failed());
      throw cause;
    } finally {
      this.#launching--;
      if (begun !== undefined) this.#starting.delete(begun);
      this.#options.changed();
      this.#checkEmpty();
    }
    this.#dispatch();
  }

  #ended(worker: Worker, began: number): void {
    this.#workers.delete(worker);
    this.#options.changed();
    const { log, min } = this.#options;
    if (worker.ending === "crash") {
      log.error(`a worker ended by itself (${worker.exitCode})`, {
        code: "E_HANDLER",
        event: "worker.crash",
        worker: worker.number,
      });
    } else log.info("a worker was ended", { event: "worker.ended", worker: worker.number, reason: worker.ending });
    if (worker.ending === "crash" && Date.now() - began < soundMs)
      this.#noteFailure(new Error("the function's process ended by itself"));
    else this.#failures = 0;
    this.#checkEmpty();
    if (this.#closed) return;
    if (this.#workers.size + this.#launching < min) this.#grow();
    this.#growAsNeeded();
  }

  #noteFailure(cause: unknown): void {
    this.#lastFailure = cause;
    this.#notBefore = Date.now() + Math.min(firstBackoffMs * 2 ** this.#failures++, longestBackoffMs);
  }

  #failed(): Unavailable {
    return new Unavailable("failed", reasonOf(this.#lastFailure), this.#lastFailure);
  }

  #reap(): void {
    const { min, idleMs } = this.#options;
    const idle = [...this.#workers].filter(
      (worker) => worker.busy === 0 && worker.ending === undefined && Date.now() - worker.idleSince >= idleMs,
    );
    const spare = [...this.#workers].filter((worker) => worker.ending === undefined).length - min;
    for (const worker of idle.slice(0, Math.max(0, spare))) worker.stop();
  }

  #checkEmpty(): void {
    if (this.#closed && this.#workers.size === 0 && this.#launching === 0) this.#empty?.();
  }
}
