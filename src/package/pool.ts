/** Worker threads for batches, with results in order and a bounded number under way. */
import * as crypto from "node:crypto";
import * as fs from "node:fs";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import * as zlib from "node:zlib";
import { FnpkgError, wrap } from "../errors.ts";
import { batchRunner, type Batch, type BatchResult } from "./batch.ts";

/** Below it threads cost more than they bring. */
const THREADS_FROM_BYTES = 12 * 1024 * 1024;
const MOST_THREADS = 8;

export interface Pool {
  run(batch: Batch): Promise<BatchResult>;
  /** How many batches to keep under way. */
  readonly window: number;
  close(): Promise<void>;
}

/** A pool for about `bytes` of input: worker threads for much, this thread for little. */
export function poolFor(bytes: number, threads = Math.min(availableParallelism(), MOST_THREADS)): Pool {
  return bytes < THREADS_FROM_BYTES || threads < 2 ? inThisThread() : inWorkers(threads);
}

function inThisThread(): Pool {
  const run = batchRunner({ crypto, fs, zlib });
  return {
    window: 1,
    async run(batch) {
      await new Promise((resolve) => setImmediate(resolve));
      return run(batch);
    },
    async close() {},
  };
}

const WORKER = `
const run = (${batchRunner.toString()})({ crypto: require("node:crypto"), fs: require("node:fs"), zlib: require("node:zlib") });
const { parentPort } = require("node:worker_threads");
parentPort.on("message", (batch) => {
  const result = run(batch);
  parentPort.postMessage(result, [result.bodies.buffer]);
});
`;

interface Waiting {
  readonly batch: Batch;
  resolve(result: BatchResult): void;
  reject(error: unknown): void;
}

function inWorkers(threads: number): Pool {
  const idle: Worker[] = [];
  const all: Worker[] = [];
  const queue: Waiting[] = [];
  const busy = new Map<Worker, Waiting>();
  let failed: FnpkgError | undefined;

  const next = (): void => {
    while (queue.length > 0 && idle.length > 0) {
      const worker = idle.pop() as Worker;
      const waiting = queue.shift() as Waiting;
      busy.set(worker, waiting);
      worker.postMessage(waiting.batch);
    }
  };
  const fail = (cause: unknown): void => {
    failed = wrap(cause, "E_INTERNAL", "a worker thread failed");
    for (const waiting of [...busy.values(), ...queue]) waiting.reject(failed);
    busy.clear();
    queue.length = 0;
  };
  for (let i = 0; i < threads; i++) {
    const worker = new Worker(WORKER, { eval: true, execArgv: [], env: {}, resourceLimits: { maxYoungGenerationSizeMb: 2 } });
    worker.unref();
    worker.on("message", (result: BatchResult) => {
      const waiting = busy.get(worker);
      busy.delete(worker);
      idle.push(worker);
      waiting?.resolve(result);
      next();
    });
    worker.on("error", fail);
    worker.on("exit", () => busy.has(worker) && fail(new Error("it ended")));
    all.push(worker);
    idle.push(worker);
  }
  return {
    window: threads + 1,
    run(batch) {
      if (failed !== undefined) return Promise.reject(failed);
      return new Promise((resolve, reject) => {
        queue.push({ batch, resolve, reject });
        for (const worker of all) worker.ref();
        next();
      });
    },
    async close() {
      fail(new FnpkgError("E_INTERRUPTED", "interrupted"));
      await Promise.all(all.map((worker) => worker.terminate()));
    },
  };
}
