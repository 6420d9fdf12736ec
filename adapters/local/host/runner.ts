/** Invocations: a place in a worker, an id, a deadline, and the end of a worker that does not keep it. */
import { randomUUID } from "node:crypto";
import { type ClientRequest, request as httpRequest } from "node:http";
import { invocationHeaders } from "fnpkg/runtime";
import { secretHeader } from "../runtime/protocol.ts";
import type { Log } from "./log.ts";
import { type Lease, type Pool, Unavailable } from "./pool.ts";
import type { Worker } from "./worker.ts";

/** How long after its deadline an invocation that still runs costs its worker, milliseconds. */
const graceMs = 300;
/** Bytes of an answer's headers. */
const mostHeaderBytes = 1_048_576;

export interface Invocation {
  readonly id: string;
  readonly worker: Worker;
  /** Opens a request to the worker. `headers` are names and values in turn. */
  open(method: string, path: string, headers: readonly string[]): ClientRequest;
  /** The client has gone: tells the handler; the invocation goes on until it ends. */
  abort(): void;
  /** Nothing of it is left. */
  end(): void;
}

/** Why an invocation was not answered. */
export type Lost = "timeout" | "memory" | "crash";

export interface RunnerOptions {
  readonly log: Log;
  readonly timeoutMs: () => number;
}

export class Runner {
  #pool: Pool;
  readonly #options: RunnerOptions;

  constructor(pool: Pool, options: RunnerOptions) {
    this.#pool = pool;
    this.#options = options;
  }

  get pool(): Pool {
    return this.#pool;
  }

  get log(): Log {
    return this.#options.log;
  }

  /** From now on work goes to this pool; what the former one had begun it ends. */
  replace(pool: Pool): Pool {
    const former = this.#pool;
    this.#pool = pool;
    return former;
  }

  /** @throws Unavailable */
  async begin(options: { readonly waitMs?: number; readonly signal?: AbortSignal } = {}): Promise<Invocation> {
    for (;;) {
      const pool = this.#pool;
      try {
        return this.#invocation(await pool.acquire(options));
      } catch (error) {
        const moved =
          error instanceof Unavailable && error.reason === "closed" && pool !== this.#pool && options.signal?.aborted !== true;
        if (!moved) throw error;
      }
    }
  }

  #invocation({ worker, release, doubt }: Lease): Invocation {
    const id = randomUUID();
    const deadline = Date.now() + this.#options.timeoutMs();
    const late = setTimeout(
      () => {
        this.log.error("an invocation was not over at its deadline, and its worker was ended", {
          code: "E_HANDLER",
          event: "worker.timeout",
          worker: worker.number,
          invocationId: id,
        });
        worker.end("timeout");
      },
      deadline + graceMs - Date.now(),
    );
    const more = invocationHeaders({ id, deadline }).flat();
    return {
      id,
      worker,
      open: (method, path, headers) => {
        const { agent, secret, socketPath, port } = worker.reach ?? unreachable();
        const at =
          socketPath === undefined
            ? { host: "127.0.0.1", port, headers: [...headers, ...more, secretHeader, secret] }
            : { socketPath, headers: [...headers, ...more] };
        const request = httpRequest({ method, path, agent, maxHeaderSize: mostHeaderBytes, ...at });
        // First of all listeners: whoever lets go of the worker then must not give it to the next call.
        request.once("error", doubt);
        request.once("response", (answer) => answer.once("close", () => answer.complete || doubt()));
        return request;
      },
      abort: () => worker.abort(id),
      end: () => {
        clearTimeout(late);
        release();
      },
    };
  }
}

/** What became of a worker whose answer broke off. */
export function lostBy({ ending }: Worker): Lost {
  return ending === "timeout" || ending === "memory" ? ending : "crash";
}

export const lostReasons: { readonly [lost in Lost]: string } = {
  timeout: "the function was not done at its deadline",
  memory: "the function used more memory than it may",
  crash: "the function's process ended",
};

function unreachable(): never {
  throw new TypeError("a worker that is not ready was given out");
}
