/** The triggers that run: made to match the documents, one by one, so that one that fails leaves the others alone. */
import { createHash } from "node:crypto";
import { FnpkgError, reasonOf } from "fnpkg/adapter";
import type { HttpTrigger as Rules } from "fnpkg/runtime";
import type { HttpProps, TriggerSettings } from "../resources.ts";
import type { TriggerDocument } from "../state/documents.ts";
import { readJson, writeJson } from "../state/files.ts";
import type { FunctionPaths } from "../state/paths.ts";
import { HttpTrigger } from "./http.ts";
import type { Log } from "./log.ts";
import { ObjectsSource } from "./objects.ts";
import { QueueSource } from "./queue.ts";
import type { Runner } from "./runner.ts";
import { ScheduleSource } from "./schedule.ts";
import type { Source, SourceContext } from "./source.ts";
import { TopicSource } from "./topic.ts";

/** How a trigger stands. */
export interface TriggerState {
  readonly name: string;
  readonly revision: string;
  readonly state: "active" | "failed";
  readonly code?: string;
  readonly message?: string;
  readonly url?: string;
}

interface Running {
  readonly document: TriggerDocument;
  state: TriggerState;
  source?: Source;
  http?: HttpTrigger;
}

export interface TriggersOptions {
  readonly runner: Runner;
  readonly log: Log;
  readonly paths: FunctionPaths;
  readonly function: string;
  readonly deployment: string;
  readonly batch: boolean;
  /** How long running work may take when a trigger is stopped. */
  readonly graceMs: () => number;
  /** Makes the workers follow the http trigger's rules. */
  rule(rules: Rules): Promise<void>;
}

/** Tells one deployment's claims in a shared folder from another's, wherever its data folder is. */
export function ownerOf(folder: string, deployment: string, trigger: string): string {
  return `${deployment}--${trigger}.${createHash("sha256").update(folder).digest("hex").slice(0, 8)}`;
}

/** What of an http trigger holds in the worker. */
export function rulesOf({ path, methods, cors }: HttpProps): Rules {
  return {
    path,
    ...(methods === null ? {} : { methods }),
    ...(cors === null
      ? {}
      : {
          cors: {
            origins: cors.origins,
            headers: cors.headers,
            exposeHeaders: cors.exposeHeaders,
            credentials: cors.credentials,
            ...(cors.methods === null ? {} : { methods: cors.methods }),
            ...(cors.maxAge === null ? {} : { maxAge: cors.maxAge }),
          },
        }),
  };
}

export class Triggers {
  readonly #options: TriggersOptions;
  readonly #running = new Map<string, Running>();

  constructor(options: TriggersOptions) {
    this.#options = options;
  }

  states(): TriggerState[] {
    return [...this.#running.values()].map(({ state }) => state);
  }

  /** Stops what is no longer wanted or is another one now, then starts what is missing. Never fails: the states tell. */
  async match(documents: readonly TriggerDocument[]): Promise<void> {
    const wanted = new Map(documents.map((document) => [document.props.trigger, document]));
    for (const [name, running] of this.#running) {
      if (wanted.get(name)?.revision === running.document.revision && running.state.state === "active") continue;
      // It goes on listening until its successor does.
      if (running.http !== undefined && wanted.get(name)?.props.settings.type === "http") continue;
      await this.#stop(name, running);
    }
    for (const document of documents) {
      const running = this.#running.get(document.props.trigger);
      if (running?.document.revision === document.revision && running.state.state === "active") continue;
      await this.#start(document, running);
    }
  }

  async stopAll(graceMs: number): Promise<void> {
    await Promise.all(
      [...this.#running.values()].map(async ({ source, http }) => Promise.all([source?.stop(graceMs), http?.close(graceMs)])),
    );
    this.#running.clear();
  }

  async #stop(name: string, { source, http }: Running): Promise<void> {
    const grace = this.#options.graceMs();
    this.#running.delete(name);
    await source?.stop(grace);
    await http?.close(grace);
  }

  async #start(document: TriggerDocument, former: Running | undefined): Promise<void> {
    const { trigger: name, settings } = document.props;
    const { revision } = document;
    try {
      if (settings.type === "http") {
        const http = await this.#http(settings, former?.http);
        const url = `http://127.0.0.1:${http.port}`;
        this.#running.set(name, { document, http, state: { name, revision, state: "active", url } });
      } else {
        const source = await this.#source(name, settings);
        this.#running.set(name, { document, source, state: { name, revision, state: "active" } });
      }
    } catch (cause) {
      const code = cause instanceof FnpkgError ? cause.code : "E_IO";
      const message = reasonOf(cause);
      this.#options.log.error(`the trigger ${name} can't run: ${message}`, { code, event: "trigger.failed", trigger: name });
      const kept = former?.http === undefined ? {} : { http: former.http };
      this.#running.set(name, { document, ...kept, state: { name, revision, state: "failed", code, message } });
    }
  }

  async #http(settings: HttpProps, former: HttpTrigger | undefined): Promise<HttpTrigger> {
    const { paths, runner, log } = this.#options;
    await this.#options.rule(rulesOf(settings));
    if (former !== undefined && (settings.port === null || settings.port === former.port)) return former;
    const http = new HttpTrigger(runner);
    const kept = (await readJson<{ port: number }>(paths.port))?.port;
    if (settings.port !== null) await http.listen(settings.port);
    else if (kept === undefined) await http.listen(0);
    else {
      await http.listen(kept).catch(async () => {
        log.warn(`port ${kept}, which the function had before, is taken by now; it gets another one`, {
          code: "E_PORT",
          event: "port.changed",
        });
        await http.listen(0);
      });
    }
    await writeJson(paths.port, { port: http.port });
    if (former !== undefined) void former.close(this.#options.graceMs());
    return http;
  }

  #source(name: string, settings: Exclude<TriggerSettings, { type: "http" }>): Promise<Source> {
    const { runner, log, paths, deployment, batch } = this.#options;
    const owner = ownerOf(paths.folder, deployment, name);
    const cx: SourceContext = {
      runner,
      log,
      function: this.#options.function,
      deployment,
      trigger: name,
      batch,
      owner,
      seen: paths.seen,
    };
    switch (settings.type) {
      case "schedule":
        return ScheduleSource.start(cx, settings);
      case "queue":
        return QueueSource.start(cx, { ...settings, size: settings.batch.size, windowMs: settings.batch.windowSeconds * 1000 });
      case "topic":
        return TopicSource.start(cx, settings);
      case "object-storage":
        return ObjectsSource.start(cx, settings);
      default:
        return settings satisfies never;
    }
  }
}
