/** One worker: a process that holds the loaded module and answers the host over a socket that the host alone can reach. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { Agent } from "node:http";
import { join } from "node:path";
import { FnpkgError } from "fnpkg/adapter";
import type { HttpTrigger } from "fnpkg/runtime";
import { entryFile } from "../layout.ts";
import type { FromWorker, ToWorker } from "../runtime/protocol.ts";
import { identify, type ProcessId } from "../state/process.ts";
import { eachLine } from "./lines.ts";
import type { Level, Log } from "./log.ts";
import { residentBytes, seesOthers } from "./memory.ts";

export interface WorkerSpec {
  /** The layout's folder. */
  readonly folder: string;
  readonly env: { readonly [name: string]: string };
  /** Takes secrets out of a message. */
  readonly hide: (text: string) => string;
  readonly memoryMiB: number;
  readonly timeoutMs: number;
  readonly level: Level;
  readonly http: HttpTrigger;
  /** A folder for sockets that is ours alone; `null`: sockets don't work here. */
  readonly sockets: string | null;
  /** How long loading may take. */
  readonly initMs: number;
}

/** Why a worker ended. */
export type Ending = "asked" | "crash" | "timeout" | "memory";

export interface Reachable {
  readonly agent: Agent;
  readonly socketPath?: string;
  readonly port?: number;
  readonly secret: string;
}

const memoryEveryMs = 100;

/** Characters of one line that are kept: a whole entry of the largest size that is sensible, and no more memory than that. */
const longestPrinted = 1024 * 1024;

export class Worker {
  readonly number: number;
  /** Invocations in it now. */
  busy = 0;
  idleSince = Date.now();
  /** Set when it ended or is about to. */
  ending: Ending | undefined;
  readonly #child: ChildProcess;
  readonly #spec: WorkerSpec;
  readonly #log: Log;
  readonly #socket: string | null;
  readonly #exited: Promise<void>;
  readonly id: ProcessId;
  reach: Reachable | undefined;
  #ruled: (() => void)[] = [];

  /** @throws E_ENTRY_POINT, E_HANDLER as the worker says; E_HANDLER when it ended or did not get ready in time */
  static async start(spec: WorkerSpec, number: number, log: Log, begun: (worker: Worker) => void): Promise<Worker> {
    const worker = new Worker(spec, number, log);
    begun(worker);
    try {
      await worker.#ready();
      return worker;
    } catch (error) {
      worker.end("asked");
      await worker.#exited;
      throw error;
    }
  }

  private constructor(spec: WorkerSpec, number: number, log: Log) {
    this.#spec = spec;
    this.number = number;
    this.#log = log;
    this.#socket = spec.sockets === null ? null : join(spec.sockets, `${number}.sock`);
    const heap = `--max-old-space-size=${spec.memoryMiB}`;
    this.#child = spawn(process.execPath, [heap, join(spec.folder, entryFile)], {
      cwd: join(spec.folder, "function"),
      env: spec.env,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      windowsHide: true,
    });
    this.id = identify(this.#child.pid ?? -1);
    for (const stream of ["stdout", "stderr"] as const) {
      const input = this.#child[stream];
      if (input !== null) eachLine(input, longestPrinted, (line) => log.printed(stream, line, { worker: number }));
    }
    this.#exited = new Promise((resolve) => {
      const ended = () => {
        this.ending ??= "crash";
        this.reach?.agent.destroy();
        if (this.#socket !== null) rmSync(this.#socket, { force: true });
        resolve();
      };
      this.#child.once("exit", ended);
      this.#child.once("error", ended);
    });
    this.#child.on("error", () => undefined);
  }

  get exited(): Promise<void> {
    return this.#exited;
  }

  get exitCode(): string {
    return this.#child.signalCode ?? String(this.#child.exitCode ?? "");
  }

  /** New rules for http; answers when the worker follows them. */
  async rule(http: HttpTrigger): Promise<void> {
    if (this.ending !== undefined) return;
    const ruled = new Promise<void>((resolve) => this.#ruled.push(resolve));
    this.#tell({ type: "rules", http });
    await Promise.race([ruled, this.#exited]);
  }

  abort(id: string): void {
    this.#tell({ type: "abort", id });
  }

  /** Ends it now. The first reason counts. */
  end(reason: Ending): void {
    this.ending ??= reason;
    this.#child.kill("SIGKILL");
  }

  /** Ends it when it is idle. */
  stop(): void {
    this.ending ??= "asked";
    this.#tell({ type: "stop" });
    const late = setTimeout(() => this.#child.kill("SIGKILL"), 1000);
    void this.#exited.then(() => clearTimeout(late));
  }

  /** Ends it when it uses more than it may. */
  async checkMemory(): Promise<void> {
    if (this.ending !== undefined || !seesOthers || this.id.pid < 0) return;
    const bytes = await residentBytes(this.id.pid);
    if (bytes !== undefined) this.#judge(bytes);
  }

  #judge(bytes: number): void {
    const { memoryMiB } = this.#spec;
    if (bytes <= memoryMiB * 1_048_576 || this.ending !== undefined) return;
    const used = Math.ceil(bytes / 1_048_576);
    this.#log.error(`the function used ${used} MiB of ${memoryMiB} MiB and was ended`, {
      code: "E_HANDLER",
      event: "worker.memory",
      worker: this.number,
      memoryMiB,
      usedMiB: used,
      hint: "Raise `memory`, or let the function use less.",
    });
    this.end("memory");
  }

  #tell(message: ToWorker): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #ready(): Promise<void> {
    const secret = randomBytes(24).toString("base64url");
    return new Promise((resolve, reject) => {
      const late = setTimeout(
        () => reject(new FnpkgError("E_HANDLER", `the function's module did not load within ${this.#spec.initMs / 1000} s`)),
        this.#spec.initMs,
      );
      void this.#exited.then(() => {
        clearTimeout(late);
        reject(
          new FnpkgError("E_HANDLER", `the function's process ended while its module was loading (${this.exitCode})`, {
            hint: "See the function's log.",
          }),
        );
      });
      this.#child.on("message", (message: FromWorker) => {
        if (message.type === "ready") {
          clearTimeout(late);
          const agent = new Agent({ keepAlive: true, maxSockets: Infinity, maxFreeSockets: 64 });
          const at = this.#socket === null ? { port: message.port ?? 0 } : { socketPath: this.#socket };
          this.reach = { agent, secret, ...at };
          resolve();
        } else if (message.type === "failed") {
          clearTimeout(late);
          reject(new FnpkgError(message.code, this.#spec.hide(message.message)));
        } else if (message.type === "ruled") {
          this.#ruled.shift()?.();
        } else if (message.type === "memory" && !seesOthers) this.#judge(message.bytes);
      });
      const { http, timeoutMs, level } = this.#spec;
      const every = seesOthers ? null : memoryEveryMs;
      this.#tell({ type: "start", socket: this.#socket, secret, http, timeoutMs, level, memoryEveryMs: every });
    });
  }
}

/** How often workers are looked at. */
export const memoryCheckMs = memoryEveryMs;
