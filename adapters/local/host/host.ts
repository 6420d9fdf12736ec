/** The host of one function: its workers, its triggers, its admin endpoint. It lives until it is stopped. */
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { canonical, FnpkgError, type Json, reasonOf } from "fnpkg/adapter";
import { eventFromJson, type HttpTrigger as Rules, RuntimeError } from "fnpkg/runtime";
import type { FunctionProps } from "../resources.ts";
import { commitNext, fingerprint, type FunctionDocument, type HostDocument, readTriggers, tokenOf } from "../state/documents.ts";
import { readJson, writeJson } from "../state/files.ts";
import { collectLayouts, withLayouts } from "../state/layouts.ts";
import { type FunctionPaths, inFolder, layoutFolder, type Paths, pathsOf } from "../state/paths.ts";
import { isAlive, self } from "../state/process.ts";
import { endWorkers, type WorkersDocument } from "../state/workers.ts";
import { Admin } from "./admin.ts";
import { deliver } from "./deliver.ts";
import { type Level, Log } from "./log.ts";
import { Pool, Unavailable } from "./pool.ts";
import { publishTo } from "./publish.ts";
import { Runner } from "./runner.ts";
import type { HostStatus, ReloadRequest, StartRequest } from "./requests.ts";
import { makeSockets, writeNow } from "./noted.ts";
import { Triggers } from "./triggers.ts";
import { hiding, type Values, workerEnv } from "./values.ts";
import { Worker, type WorkerSpec } from "./worker.ts";

const idleMs = 60_000;
const longestGraceMs = 10_000;
const shortestInitMs = 30_000;

export class Host {
  readonly #paths: FunctionPaths;
  readonly #shared: Paths;
  readonly #log: Log;
  readonly #instance = randomUUID();
  readonly #startedAt = new Date().toISOString();
  #sockets: string | null = null;
  #token = "";
  #code = "";
  #document: FunctionDocument | undefined;
  #values: Values = { sensitive: {}, secrets: {} };
  #rules: Rules = {};
  #runner: Runner | undefined;
  #triggers: Triggers | undefined;
  #admin: Admin | undefined;
  #draining = new Map<Pool, string>();
  #work: Promise<unknown> = Promise.resolve();
  #worker = 0;
  #stopping: Promise<void> | undefined;

  constructor(folder: string) {
    this.#paths = inFolder(folder);
    this.#shared = pathsOf(dirname(dirname(folder)));
    this.#log = new Log({ folder: this.#paths.logs, retentionDays: null });
  }

  /** Answers when the function's module is loaded and the triggers run. */
  async start(request: StartRequest): Promise<void> {
    await this.#alone();
    this.#sockets = makeSockets();
    this.#note();
    this.#token = await tokenOf(this.#paths);
    this.#code = request.code;
    const file = request.use === "next" ? this.#paths.next : this.#paths.current;
    const document = await readJson<FunctionDocument>(file);
    if (document === undefined) throw new FnpkgError("E_NOT_DEPLOYED", `${file} is not there`, { file });
    await this.#take(document, request.values);
    if (request.use === "next") await commitNext(this.#paths);
    this.#admin = new Admin(this.#token, {
      "GET status": () => Promise.resolve(this.#status()),
      "POST reload": (body) => this.#serial(() => this.#reload(JSON.parse(body.toString("utf8")) as ReloadRequest)),
      "POST invoke": (body) => this.#invoke(JSON.parse(body.toString("utf8")) as Json),
      "POST messages": async (body, request, [trigger, name]) =>
        publishTo(await readTriggers(this.#paths), trigger, name, body, request.headers),
      "POST stop": () => {
        setImmediate(() => void this.stop());
        return Promise.resolve({});
      },
    });
    await this.#admin.listen();
    await this.#match();
    const me: HostDocument = {
      ...self(),
      instance: this.#instance,
      adminPort: this.#admin.port,
      startedAt: this.#startedAt,
      node: process.version,
    };
    await writeJson(this.#paths.host, me);
    this.#log.info("the host serves", {
      event: "host.ready",
      pid: me.pid,
      package: document.props.package.name,
      version: document.props.package.version,
    });
  }

  /** Takes nothing new, lets what runs end, ends everything. */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  /** It can't go on: says why, and leaves nothing running. */
  fail(cause: unknown): void {
    this.#log.error(`the host failed: ${reasonOf(cause)}`, {
      code: "E_INTERNAL",
      event: "host.failed",
      ...(cause instanceof Error ? { stack: cause.stack } : {}),
    });
    this.#log.close();
    for (const worker of this.#workers()) worker.end("asked");
    this.#removeSockets();
  }

  async #stop(): Promise<void> {
    this.#log.info("the host stops", { event: "host.stopping" });
    const grace = this.#graceMs();
    const pools = [...this.#draining.keys(), ...(this.#runner === undefined ? [] : [this.#runner.pool])];
    await this.#triggers?.stopAll(grace);
    await Promise.all(pools.map((pool) => pool.drain(1000)));
    this.#admin?.close();
    for (const file of [this.#paths.host, this.#paths.workers, this.#paths.inUse]) rmSync(file, { force: true });
    this.#removeSockets();
    this.#log.info("the host has stopped", { event: "host.stopped" });
    this.#log.close();
  }

  /** One host a function; and what an earlier one left when it was killed is ended. */
  async #alone(): Promise<void> {
    const other = await readJson<HostDocument>(this.#paths.host);
    if (other !== undefined && other.pid !== process.pid && isAlive(other)) {
      throw new FnpkgError("E_CONFLICT", `the function is already served by the process ${other.pid}`);
    }
    await endWorkers(this.#paths);
  }

  /** Starts workers for the document, and only when one is ready lets go of the former ones. */
  async #take(document: FunctionDocument, values: Values): Promise<void> {
    const { props } = document;
    const env = await workerEnv(props, values);
    const former = this.#document;
    this.#log.retentionDays = props.logs.retentionDays;
    const pool = this.#pool(props, env);
    try {
      await pool.warm();
    } catch (cause) {
      await pool.drain(0);
      throw cause;
    }
    this.#document = document;
    this.#values = values;
    if (this.#runner === undefined) {
      this.#runner = new Runner(pool, { log: this.#log, timeoutMs: () => (this.#document?.props.timeoutSeconds ?? 30) * 1000 });
    } else this.#release(this.#runner.replace(pool), former);
    this.#note();
    if (this.#triggers !== undefined && former !== undefined && !sameSources(former.props, props)) {
      await this.#triggers.stopAll(this.#graceMs());
      this.#triggers = undefined;
    }
  }

  #release(pool: Pool, former: FunctionDocument | undefined): void {
    this.#draining.set(pool, former?.props.layout ?? "");
    void pool.drain(this.#graceMs() * 3).then(async () => {
      this.#draining.delete(pool);
      this.#note();
      const options = { deadline: Date.now() + 60_000 };
      await withLayouts(this.#shared, options, () => collectLayouts(this.#shared)).catch((cause: unknown) => {
        this.#log.warn(`former code could not be removed: ${reasonOf(cause)}`, { code: "E_IO" });
      });
    });
  }

  #pool(props: FunctionProps, env: { readonly [name: string]: string }): Pool {
    const timeoutMs = props.timeoutSeconds * 1000;
    const spec: Omit<WorkerSpec, "http"> = {
      folder: layoutFolder(this.#shared, props.layout),
      env,
      hide: hiding(props, env),
      memoryMiB: props.memoryMiB,
      timeoutMs,
      level: props.logs.level as Level,
      sockets: this.#sockets,
      initMs: Math.max(timeoutMs, shortestInitMs),
    };
    return new Pool({
      min: props.instances.min,
      max: props.instances.max,
      perInstance: props.concurrency,
      idleMs,
      log: this.#log,
      changed: () => this.#note(),
      start: (_number, begun) => Worker.start({ ...spec, http: this.#rules }, ++this.#worker, this.#log, begun),
    });
  }

  async #reload({ next: another = false, values = this.#values, without }: ReloadRequest): Promise<HostStatus> {
    const next = another ? await readJson<FunctionDocument>(this.#paths.next) : undefined;
    const now = this.#document;
    if (next !== undefined) {
      const same = now !== undefined && runs(now.props) === runs(next.props) && canonical(values) === canonical(this.#values);
      if (same) this.#document = next;
      else await this.#take(next, values);
      await commitNext(this.#paths);
    } else if (now !== undefined && canonical(values) !== canonical(this.#values)) await this.#take(now, values);
    await this.#match(without);
    return this.#status();
  }

  async #match(without?: string): Promise<void> {
    const { props: fn, mark } = this.#document as FunctionDocument;
    this.#triggers ??= new Triggers({
      runner: this.#runner as Runner,
      log: this.#log,
      paths: this.#paths,
      function: fn.function,
      deployment: mark.deployment,
      batch: fn.signature.batch,
      graceMs: () => this.#graceMs(),
      rule: async (rules) => {
        this.#rules = rules;
        await this.#runner?.pool.rule(rules);
      },
    });
    const documents = await readTriggers(this.#paths);
    await this.#triggers.match(documents.filter(({ props }) => props.trigger !== without));
  }

  async #invoke(value: Json): Promise<unknown> {
    try {
      const failures = await deliver(this.#runner as Runner, [eventFromJson(value)], {
        batch: this.#document?.props.signature.batch === true,
        ordered: false,
        signal: AbortSignal.timeout(2 ** 31 - 1),
      });
      return { ok: failures.length === 0, failures };
    } catch (cause) {
      if (cause instanceof RuntimeError) throw new FnpkgError("E_EVENT", cause.message, { cause });
      if (!(cause instanceof Unavailable)) throw cause;
      throw new FnpkgError("E_HANDLER", `the event was not delivered: ${cause.message}`, { cause });
    }
  }

  #status(): HostStatus {
    const document = this.#document as FunctionDocument;
    const secrets = Object.entries(this.#values.secrets).map(
      ([name, value]) => [name, fingerprint(this.#token, name, value)] as const,
    );
    return {
      instance: this.#instance,
      pid: process.pid,
      revision: document.revision,
      layout: document.props.layout,
      secrets: Object.fromEntries(secrets),
      code: this.#code,
      workers: this.#workers().map(({ id, busy }) => ({ pid: id.pid, busy })),
      triggers: this.#triggers?.states() ?? [],
    };
  }

  #workers(): Worker[] {
    const pools = [...this.#draining.keys(), ...(this.#runner === undefined ? [] : [this.#runner.pool])];
    return pools.flatMap((pool) => pool.all());
  }

  /** Keeps on disk what must be known if this process is killed. */
  #note(): void {
    if (this.#stopping !== undefined) return;
    const workers: WorkersDocument = { processes: this.#workers().map(({ id }) => id), sockets: this.#sockets };
    const layouts = new Set([...this.#draining.values(), this.#document?.props.layout ?? ""].filter((layout) => layout !== ""));
    try {
      writeNow(this.#paths.workers, workers);
      writeNow(this.#paths.inUse, [...layouts]);
    } catch (cause) {
      this.#log.warn(`what runs can't be noted: ${reasonOf(cause)}`, { code: "E_IO" });
    }
  }

  #graceMs(): number {
    return Math.min((this.#document?.props.timeoutSeconds ?? 1) * 1000, longestGraceMs);
  }

  #serial<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#work.then(work);
    this.#work = result.catch(() => undefined);
    return result;
  }

  #removeSockets(): void {
    if (this.#sockets !== null) rmSync(this.#sockets, { recursive: true, force: true });
  }
}

/** What of the props the workers depend on. */
function runs({ description: _description, tags: _tags, ...props }: FunctionProps): string {
  return canonical(props);
}

function sameSources(a: FunctionProps, b: FunctionProps): boolean {
  return a.function === b.function && a.signature.batch === b.signature.batch;
}
