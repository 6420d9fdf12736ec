/** Worker threads for batches, with a bounded number under way. */
import * as crypto from "node:crypto";
import * as fs from "node:fs";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import * as zlib from "node:zlib";
import { FnpkgError, wrap } from "../errors.ts";
import { batchRunner, type Batch, type BatchResult, type BatchSettings } from "./batch.ts";

/** Below it threads cost more than they bring. */
const THREADS_FROM_BYTES = 8 * 1024 * 1024;
const MOST_THREADS = 8;
/** A thread has its next batch before it is done with one. */
const BATCHES_A_THREAD = 2;

export interface Pool {
  run(batch: Batch): Promise<BatchResult>;
  /** How many batches to keep under way. */
  readonly window: number;
  /** Lets the threads end when they have nothing left to do. */
  end(): void;
  /** Ends them at once; nothing is written to the file any more when it resolves. */
  close(): Promise<void>;
}

/** A pool for about `bytes` of input: worker threads for much, this thread for little. */
export function poolFor(bytes: number, settings: BatchSettings, threads = Math.min(availableParallelism(), MOST_THREADS)): Pool {
  return bytes < THREADS_FROM_BYTES || threads < 2 ? inThisThread(settings) : inWorkers(threads, settings);
}

function inThisThread(settings: BatchSettings): Pool {
  const run = batchRunner({ crypto, fs, zlib }, settings);
  return {
    window: 1,
    async run(batch) {
      await new Promise((resolve) => setImmediate(resolve));
      return run(batch);
    },
    end() {},
    async close() {},
  };
}

const WORKER = `
const { parentPort, workerData } = require("node:worker_threads");
const built = { crypto: require("node:crypto"), fs: require("node:fs"), zlib: require("node:zlib") };
const run = (${batchRunner.toString()})(built, workerData);
parentPort.on("message", (batch) => {
  if (batch === undefined) return void parentPort.close();
  const result = run(batch);
  parentPort.postMessage(result, [result.numbers.buffer]);
});
`;

interface Waiting {
  readonly batch: Batch;
  resolve(result: BatchResult): void;
  reject(error: unknown): void;
}

interface Thread {
  readonly worker: Worker;
  /** What it was given, in order. */
  readonly given: Waiting[];
}

function inWorkers(threads: number, settings: BatchSettings): Pool {
  const all: Thread[] = [];
  const queue: Waiting[] = [];
  let failed: FnpkgError | undefined;

  const next = (): void => {
    while (queue.length > 0) {
      const thread = all.reduce((a, b) => (b.given.length < a.given.length ? b : a));
      if (thread.given.length >= BATCHES_A_THREAD) return;
      const waiting = queue.shift() as Waiting;
      thread.given.push(waiting);
      thread.worker.ref();
      thread.worker.postMessage(waiting.batch, [waiting.batch.states.buffer as ArrayBuffer]);
    }
  };
  const fail = (cause: unknown): void => {
    failed ??= wrap(cause, "E_INTERNAL", "a worker thread failed");
    for (const waiting of [...all.flatMap(({ given }) => given.splice(0)), ...queue.splice(0)]) waiting.reject(failed);
  };
  for (let i = 0; i < threads; i++) {
    const worker = new Worker(WORKER, {
      eval: true,
      execArgv: [],
      env: {},
      workerData: settings,
      resourceLimits: { maxYoungGenerationSizeMb: 2 },
    });
    const thread: Thread = { worker, given: [] };
    worker.unref();
    worker.on("message", (result: BatchResult) => {
      thread.given.shift()?.resolve(result);
      if (thread.given.length === 0) worker.unref();
      next();
    });
    worker.on("error", fail);
    worker.on("exit", () => thread.given.length > 0 && fail(new Error("it ended")));
    all.push(thread);
  }
  return {
    window: threads * BATCHES_A_THREAD + 1,
    run(batch) {
      if (failed !== undefined) return Promise.reject(failed);
      return new Promise((resolve, reject) => {
        queue.push({ batch, resolve, reject });
        next();
      });
    },
    end() {
      for (const { worker } of all) worker.postMessage(undefined);
    },
    async close() {
      fail(new FnpkgError("E_INTERRUPTED", "interrupted"));
      await Promise.all(all.map(({ worker }) => worker.terminate()));
    },
  };
}
