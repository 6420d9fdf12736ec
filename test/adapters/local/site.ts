/** A folder of its own for a test: packages, configurations, what is deployed from them; everything is ended and gone afterwards. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { request, type IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { deploy, destroy, invoke, logs, pack, status } from "../../../src/index.ts";
import type { Invocation, InvocationResult, LogLine, Receipt, Status } from "../../../src/index.ts";
import { stopHost } from "../../../adapters/local/control/start.ts";
import type { HostDocument } from "../../../adapters/local/state/documents.ts";
import { functionPaths, type FunctionPaths, pathsOf } from "../../../adapters/local/state/paths.ts";
import { startedOf } from "../../../adapters/local/state/process.ts";
import type { WorkersDocument } from "../../../adapters/local/state/workers.ts";

export interface FunctionOptions {
  /** The module's text. */
  readonly source: string;
  /** `http` when left out. */
  readonly signature?: object;
  readonly requires?: object;
  readonly entryPoint?: object;
  readonly name?: string;
  readonly version?: string;
  readonly files?: Readonly<Record<string, string>>;
}

export const httpTrigger = [{ name: "web", type: "http" }];
export const neutral = (batch = false) => ({ type: "cloudevent", batch, events: [{ type: "dev.fnpkg.message.received.v1" }] });

/** A handler that writes each call as a line of `calls.jsonl` in the folder given by the variable OUT. */
export function recorder(body = ""): string {
  return `
    import { appendFileSync } from "node:fs";
    const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const note = (value) => appendFileSync(process.env.OUT, JSON.stringify(value) + "\\n");
    export default async (event, context) => { const events = Array.isArray(event) ? event : [event]; ${body || "note(events.map((e) => e.data));"} };
  `;
}
export const recording = { env: [{ name: "OUT" }] };

export class Site {
  readonly folder: string;
  #count = 0;

  constructor(folder: string) {
    this.folder = folder;
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  /** Packs a function; answers the package's file. */
  async pack({
    source,
    signature = { type: "http" },
    requires = {},
    entryPoint,
    name = "acme/tested",
    version = "1.0.0",
    files = {},
  }: FunctionOptions): Promise<string> {
    const folder = this.path(`source-${++this.#count}`);
    await mkdir(folder, { recursive: true });
    const author = {
      kind: "FunctionPackage",
      specVersion: "1.0",
      name,
      version,
      profile: "nodejs",
      entryPoint: { module: "index.mjs", export: "default", ...entryPoint },
      signature,
      requires: { runtime: { nodejs: ">=20" }, ...requires },
    };
    await writeFile(join(folder, "function-package.json"), JSON.stringify(author)).catch(() => undefined);
    await rm(join(folder, "function-package.json"));
    await writeFile(join(folder, "function-package.yaml"), JSON.stringify(author));
    for (const [file, text] of Object.entries({ "index.mjs": source, ...files })) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), text);
    }
    const out = this.path(`package-${this.#count}.fnpkg`);
    await pack({ folder, out });
    return out;
  }

  /** A configuration for the package; answers its file. */
  async config(settings: { readonly [key: string]: unknown } = {}, file = "config.yaml"): Promise<string> {
    const document = {
      specVersion: "1.0",
      kind: "FunctionConfig",
      function: "tested",
      package: { name: "acme/tested" },
      triggers: httpTrigger,
      targets: { local: { dataDir: "data" } },
      ...settings,
    };
    await writeFile(this.path(file), JSON.stringify(document));
    return this.path(file);
  }

  deploy(packageFile: string, config: string, more: object = {}): Promise<Receipt> {
    return deploy({ package: packageFile, config, target: "local", cache: this.path("cache"), timeoutMs: 60_000, ...more });
  }

  destroy(config = this.path("config.yaml")): Promise<unknown> {
    return destroy({ config, target: "local" });
  }

  status(config = this.path("config.yaml")): Promise<Status> {
    return status({ config, target: "local" });
  }

  invoke(invocation: Invocation, config = this.path("config.yaml")): Promise<InvocationResult> {
    return invoke({ config, target: "local", invocation, timeoutMs: 60_000 });
  }

  async logs(config = this.path("config.yaml")): Promise<LogLine[]> {
    const lines: LogLine[] = [];
    for await (const line of logs({ config, target: "local", follow: false })) lines.push(line);
    return lines;
  }

  paths(deployment = "tested"): FunctionPaths {
    return functionPaths(pathsOf(this.path("data")), deployment);
  }

  async host(deployment = "tested"): Promise<HostDocument> {
    return JSON.parse(await readFile(this.paths(deployment).host, "utf8")) as HostDocument;
  }

  async workers(deployment = "tested"): Promise<number[]> {
    const { processes } = JSON.parse(await readFile(this.paths(deployment).workers, "utf8")) as WorkersDocument;
    return processes.map(({ pid }) => pid);
  }

  /** The first line of the log of an event, once it is there. */
  logged(event: string, config = "config.yaml"): Promise<LogLine> {
    return until(`the line ${event}`, async () => (await this.logs(this.path(config))).find((line) => line["event"] === event));
  }

  /** What the recorder wrote. */
  async calls<T = unknown>(file = "calls.jsonl"): Promise<T[]> {
    if (!existsSync(this.path(file))) return [];
    const text = await readFile(this.path(file), "utf8");
    // The last line may be half written.
    return text
      .slice(0, text.lastIndexOf("\n") + 1)
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as T);
  }

  /** A call of the admin endpoint, with the token unless told otherwise. */
  async admin(
    method: string,
    path: string,
    options: { readonly body?: string | Uint8Array; readonly headers?: object } = {},
  ): Promise<Answer> {
    const { adminPort } = await this.host();
    const token = (await readFile(this.paths().token, "utf8")).trim();
    return send({
      port: adminPort,
      method,
      path,
      body: options.body ?? "",
      headers: { authorization: `Bearer ${token}`, ...options.headers },
    });
  }

  /** Ends what is still there, whatever a test left. */
  async end(): Promise<void> {
    const functions = this.path("data", "functions");
    const names = existsSync(functions) ? await readdir(functions) : [];
    await Promise.all(names.map((name) => stopHost(this.paths(name))));
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Ended after the test, also when it ran out of time. */
export async function inSite<T>(work: (site: Site) => Promise<T>): Promise<T> {
  const site = new Site(await mkdtemp(join(tmpdir(), "fnpkg-local-")));
  onTestFinished(() => site.end());
  return work(site);
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly raw: readonly string[];
  readonly text: string;
  readonly bytes: Buffer;
}

/** One request, byte for byte as given. */
export function send(options: {
  readonly port: number | string;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: object;
  readonly body?: string | Uint8Array;
}): Promise<Answer> {
  const { port, method = "GET", path = "/", headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port, method, path, headers: { ...headers }, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const bytes = Buffer.concat(chunks);
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          raw: answer.rawHeaders,
          text: bytes.toString("utf8"),
          bytes,
        });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** Until `look` answers something; fails after the time. */
export async function until<T>(what: string, look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  // For a machine that is busy; else it ends the test's own time.
  const end = Date.now() + 60_000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`it did not come to: ${what}`);
    await wait(25);
  }
}

/** Not so for one that has ended and whose parent has not looked yet. */
export function isRunning(pid: number): boolean {
  return startedOf(pid) !== undefined;
}

export function portOf(receipt: Receipt): string {
  return new URL(receipt.url ?? "").port;
}

/** An error's code. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (cause) {
    return (cause as { code?: string }).code ?? String(cause);
  }
  return "no error";
}

/** For comparing without an order. */
export function anyOrder(values: readonly unknown[]): string[] {
  return values.map((value) => JSON.stringify(value)).sort();
}
