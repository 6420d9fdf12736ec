/** A schedule: each moment it names is fired once, also over a restart within the moment. What was missed is not made up for. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Cron } from "croner";
import { reasonOf, type Json } from "fnpkg/adapter";
import { scheduleFired } from "fnpkg/runtime";
import { readJson, writeJson } from "../state/files.ts";
import { deliver } from "./deliver.ts";
import { settled, type Source, type SourceContext, stopper } from "./source.ts";

export interface ScheduleOptions {
  /** Five POSIX fields, or … */
  readonly cron: string | null;
  /** … an interval, counted from the epoch. */
  readonly everySeconds: number | null;
  readonly timezone: string;
  readonly data: Json;
}

/** The clock may be set meanwhile, so no timer is longer. */
const longestTimerMs = 30_000;
/** A moment that is this far behind was missed: the machine slept. */
const missedMs = 60_000;

/** The first moment after `from` (exclusive), milliseconds since the epoch. */
export function nextMoment({ cron, everySeconds, timezone }: ScheduleOptions, from: number): number | undefined {
  if (everySeconds !== null) {
    const step = everySeconds * 1000;
    return (Math.floor(from / step) + 1) * step;
  }
  const job = new Cron(cron ?? "", { timezone, paused: true, mode: "5-part", domAndDow: false });
  return job.nextRun(new Date(from))?.getTime();
}

export class ScheduleSource implements Source {
  readonly #cx: SourceContext;
  readonly #options: ScheduleOptions;
  readonly #file: string;
  readonly #running = new Set<Promise<void>>();
  readonly #stopping = stopper();
  #timer: NodeJS.Timeout | undefined;

  private constructor(cx: SourceContext, options: ScheduleOptions) {
    this.#cx = cx;
    this.#options = options;
    this.#file = join(cx.seen, `${cx.trigger}.schedule.json`);
  }

  static async start(cx: SourceContext, options: ScheduleOptions): Promise<ScheduleSource> {
    const source = new ScheduleSource(cx, options);
    await mkdir(cx.seen, { recursive: true });
    const last = (await readJson<{ fired: number }>(source.#file))?.fired ?? 0;
    source.#await(Math.max(Date.now(), last));
    return source;
  }

  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#timer);
    await settled(this.#running, graceMs);
  }

  #await(from: number): void {
    const next = nextMoment(this.#options, from);
    if (next === undefined || this.#stopping.signal.aborted) return;
    const left = next - Date.now();
    if (left > 0) {
      this.#timer = setTimeout(() => this.#await(from), Math.min(left, longestTimerMs));
      return;
    }
    if (left > -missedMs) this.#fire(next);
    else
      this.#cx.log.warn(`the schedule ${this.#cx.trigger} missed ${new Date(next).toISOString()}`, {
        event: "schedule.missed",
        trigger: this.#cx.trigger,
      });
    this.#await(left > -missedMs ? next : Date.now());
  }

  #fire(moment: number): void {
    const work = this.#handle(moment)
      .catch((cause: unknown) =>
        this.#cx.log.error(`the schedule ${this.#cx.trigger} was not handled: ${reasonOf(cause)}`, {
          code: "E_HANDLER",
          event: "event.failed",
          trigger: this.#cx.trigger,
        }),
      )
      .finally(() => this.#running.delete(work));
    this.#running.add(work);
  }

  async #handle(moment: number): Promise<void> {
    const { function: fn, trigger, runner, batch } = this.#cx;
    await writeJson(this.#file, { fired: moment });
    const { data } = this.#options;
    const event = scheduleFired({
      function: fn,
      trigger,
      vendorSource: `urn:fnpkg:local:${this.#cx.deployment}:${trigger}`,
      scheduledTime: moment,
      ...(data === null ? {} : { data }),
    });
    const [failure] = await deliver(runner, [event], { batch, ordered: false, signal: this.#stopping.signal });
    if (failure !== undefined) throw new Error(failure.reason);
  }
}
