/** A queue: takes messages from a folder, in batches, and delivers each until the handler answered or it is given up. */
import { existsSync } from "node:fs";
import { reasonOf } from "fnpkg/adapter";
import type { CloudEvent } from "fnpkg/runtime";
import { deliver, type Failure } from "./deliver.ts";
import { type History, Mailbox, type Waiting } from "./mailbox.ts";
import { readMessage, type Sidecar } from "./message.ts";
import { Notice } from "./notice.ts";
import { Unavailable } from "./pool.ts";
import { Settling } from "./settle.ts";
import { backoffMs, Bell, settled, type Source, type SourceContext, unavailableMs, stopper } from "./source.ts";

export interface QueueOptions {
  /** Holds `new/`, `working/` and `failed/`. */
  readonly folder: string;
  /** What the event names as its source; default `folder`. */
  readonly bound?: string;
  readonly size: number;
  readonly windowMs: number;
  /** How often a failed message is delivered again. */
  readonly attempts: number;
  /** A queue's folder; `null`: `failed/`. */
  readonly deadLetter: string | null;
  readonly maxConcurrency: number | null;
  readonly ordered: boolean;
  /** Messages that it refuses are taken and dropped. */
  readonly accepts?: (sidecar: Sidecar, event: CloudEvent) => boolean;
}

interface Claimed {
  readonly name: string;
  readonly id: string;
  readonly failures: number;
  readonly event: CloudEvent;
}

/** How often the folder is looked at when nothing tells of a change. */
const lookMs = 1000;
/** What a look found holds for so long, or longer where looking takes long. */
const freshMs = 250;
const restFactor = 4;
const mostListed = 500;

export class QueueSource implements Source {
  readonly #cx: SourceContext;
  readonly #options: QueueOptions;
  readonly #box: Mailbox;
  readonly #bell = new Bell();
  readonly #notice = new Notice(() => this.#bell.ring());
  readonly #settling = new Settling();
  readonly #running = new Set<Promise<void>>();
  /** What the last look found to be due, by name. */
  #backlog: Waiting[] = [];
  #stale = 0;
  readonly #stopping = stopper();
  #loop: Promise<void> = Promise.resolve();

  private constructor(cx: SourceContext, options: QueueOptions) {
    this.#cx = cx;
    this.#options = options;
    this.#box = new Mailbox(options.folder, cx.owner);
  }

  /** Begins once the folders are there and what an earlier host left is given back. */
  static async start(cx: SourceContext, options: QueueOptions): Promise<QueueSource> {
    const source = new QueueSource(cx, options);
    await source.#box.make();
    const back = await source.#box.recover();
    if (back.length > 0)
      cx.log.warn(`${back.length} messages were being handled when the host ended, and are delivered again`, {
        trigger: cx.trigger,
        event: "messages.recovered",
      });
    source.#loop = source.#run();
    return source;
  }

  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort();
    this.#bell.ring();
    this.#notice.close();
    await this.#loop;
    await settled(this.#running, graceMs);
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #run(): Promise<void> {
    let broken = false;
    while (!this.#stopped) {
      let pause = lookMs;
      try {
        pause = await this.#look();
        broken = false;
      } catch (cause) {
        if (!broken)
          this.#cx.log.error(`the folder ${this.#options.folder} can't be used: ${reasonOf(cause)}`, {
            code: "E_IO",
            trigger: this.#cx.trigger,
          });
        broken = true;
        // It may have been removed by hand.
        if (!existsSync(this.#box.fresh)) await this.#box.make().catch(() => undefined);
      }
      await this.#bell.wait(pause);
    }
  }

  /** Begins what can begin; answers how long there is nothing to do. */
  async #look(): Promise<number> {
    this.#notice.folders([this.#box.fresh]);
    const { ordered, maxConcurrency, size } = this.#options;
    const most = ordered ? 1 : Math.max(1, Math.min(maxConcurrency ?? Infinity, this.#cx.runner.pool.capacity));
    let pause = lookMs;
    while (!this.#stopped && this.#running.size < most) {
      if (this.#backlog.length < size || Date.now() >= this.#stale) pause = await this.#list();
      if (this.#backlog.length === 0) return pause;
      const claimed: Waiting[] = [];
      for (const one of this.#backlog.splice(0, size)) if (await this.#box.claim(one.name)) claimed.push(one);
      if (claimed.length > 0) this.#begin(claimed);
    }
    return pause;
  }

  /** Looks at the folder. A full one is not looked at for each message. */
  async #list(): Promise<number> {
    const began = Date.now();
    const { ready, waitMs } = this.#ready(await this.#box.waiting(Math.max(mostListed, this.#options.size)));
    this.#backlog = ready;
    this.#stale = Date.now() + Math.max(freshMs, restFactor * (Date.now() - began));
    return waitMs;
  }

  /** What may be delivered now. */
  #ready(waiting: readonly Waiting[]): { ready: Waiting[]; waitMs: number } {
    const { ordered, size, windowMs } = this.#options;
    const now = Date.now();
    this.#settling.keep(new Set(waiting.map(({ name }) => name)));
    let waitMs = lookMs;
    const ready: Waiting[] = [];
    for (const one of waiting) {
      const left = Math.max(this.#settling.left(one.name, one.stat, now), (one.history?.notBefore ?? 0) - now);
      if (left <= 0) ready.push(one);
      else {
        waitMs = Math.min(waitMs, left);
        // What comes after it has to wait for it.
        if (ordered) break;
      }
    }
    if (ready.length >= size || ready.length === 0 || windowMs === 0) return { ready, waitMs };
    const oldest = Math.min(...ready.map(({ stat }) => stat.ctimeMs));
    const left = oldest + windowMs - now;
    return left > 0 && left <= windowMs ? { ready: [], waitMs: Math.min(waitMs, left) } : { ready, waitMs };
  }

  #begin(claimed: readonly Waiting[]): void {
    const work = this.#handle(claimed)
      .catch((cause: unknown) =>
        this.#cx.log.error(`messages can't be moved: ${reasonOf(cause)}`, { code: "E_IO", trigger: this.#cx.trigger }),
      )
      .finally(() => {
        this.#running.delete(work);
        this.#bell.ring();
      });
    this.#running.add(work);
  }

  async #handle(claimed: readonly Waiting[]): Promise<void> {
    const messages: Claimed[] = [];
    for (const { name, history } of claimed) {
      const message = await this.#read(name, history);
      if (message !== undefined) messages.push(message);
    }
    const { batch } = this.#cx;
    const { ordered } = this.#options;
    if (batch || ordered) return this.#deliver(messages);
    await Promise.all(messages.map((message) => this.#deliver([message])));
  }

  /** `undefined`: it was dealt with already. */
  async #read(name: string, history: History | undefined): Promise<Claimed | undefined> {
    const { function: fn, trigger } = this.#cx;
    const { folder, bound = folder, accepts } = this.#options;
    const failures = history?.failures ?? 0;
    const id = history?.id ?? name;
    try {
      const { event, sidecar } = await readMessage(this.#box.file(name), {
        function: fn,
        trigger,
        folder: bound,
        id,
        attempt: failures + 1,
      });
      if (accepts === undefined || accepts(sidecar, event)) return { name, id, failures, event };
      await this.#box.done(name);
    } catch (cause) {
      await this.#giveUp(name, id, failures, "E_EVENT", reasonOf(cause));
    }
    return undefined;
  }

  async #deliver(messages: readonly Claimed[]): Promise<void> {
    const { runner, batch } = this.#cx;
    const { ordered } = this.#options;
    let failures: readonly Failure[];
    try {
      const events = messages.map(({ event }) => event);
      failures = await deliver(runner, events, { batch, ordered, signal: this.#stopping.signal });
    } catch (cause) {
      if (!(cause instanceof Unavailable)) throw cause;
      const notBefore = cause.reason === "closed" ? 0 : Date.now() + unavailableMs;
      this.#backlog = [];
      for (const { name, id, failures: before } of messages)
        await this.#box.giveBack(name, before === 0 && notBefore === 0 ? undefined : { failures: before, notBefore, id });
      return;
    }
    for (const [index, message] of messages.entries()) {
      const failure = failures.find((one) => one.index === index);
      if (failure === undefined) await this.#box.done(message.name);
      else await this.#failed(message, failure.reason, !ordered || index === failures[0]?.index);
    }
  }

  async #failed({ name, id, failures }: Claimed, reason: string, counts: boolean): Promise<void> {
    if (!counts) {
      this.#backlog = [];
      return this.#box.giveBack(name, failures === 0 ? undefined : { failures, notBefore: 0, id });
    }
    const now = failures + 1;
    if (now > this.#options.attempts) return this.#giveUp(name, id, now, "E_HANDLER", reason);
    await this.#box.giveBack(name, { failures: now, notBefore: Date.now() + backoffMs(now), id });
    // Where order counts, it comes before everything that was found.
    if (this.#options.ordered) this.#backlog = [];
  }

  async #giveUp(name: string, id: string, failures: number, code: string, reason: string): Promise<void> {
    const { log, trigger } = this.#cx;
    const target = await this.#box.giveUp(name, this.#options.deadLetter, {
      time: new Date().toISOString(),
      trigger,
      id,
      deliveries: failures,
      code,
      reason,
    });
    log.error(`the message ${id} was given up: ${reason}`, {
      code,
      event: "message.failed",
      trigger,
      id,
      deliveries: failures,
      file: target,
    });
  }
}
