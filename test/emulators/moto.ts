/** moto's server behind a proxy that records every request and mends the few answers in which moto is not as Lambda. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, request, type IncomingMessage } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "./free-port.ts";
import { Habits } from "./moto-habits.ts";
import { tool } from "./tools.ts";

export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly status: number;
  /** The service that the request was signed for. */
  readonly service: string;
}

export interface Moto {
  readonly endpoint: string;
  /** Every request since the start, or since `forget`. */
  readonly exchanges: readonly Exchange[];
  forget(): void;
  /** Whether users may do no more than their IAM policies say, from now on; at first and after `reset` everybody may do everything. */
  authorize(on: boolean): Promise<void>;
  reset(): Promise<void>;
  /** A copy with everything that is in it now, for itself from then on. */
  fork(): Promise<Moto>;
  /** Every request goes through `around` from now on: it may do something before and after it is served. */
  watch(around: Around | undefined): void;
  close(): Promise<void>;
}

export type Around = (made: Made, serve: () => Promise<Exchange>) => Promise<unknown>;

/** `plain`: nothing is mended; it answers as moto does. */
export async function startMoto({ plain = false } = {}): Promise<Moto> {
  const python = tool("python3");
  if (tool("moto_server") === undefined || python === undefined) throw new Error("moto_server is not installed");
  const port = await freePort();
  const home = await mkdtemp(join(tmpdir(), "fnpkg-moto-"));
  const server = spawn(python, [fileURLToPath(new URL("moto_server.py", import.meta.url)), String(port)], {
    stdio: "ignore",
    env: { ...process.env, HOME: home, MOTO_PORT: String(port), PYTHONDONTWRITEBYTECODE: "1" },
  });
  const ended = once(server, "exit");
  const end = async () => {
    server.kill();
    await ended;
    await rm(home, { recursive: true, force: true });
  };
  try {
    const ask = () =>
      fetch(`http://127.0.0.1:${port}/moto-api/config`, {
        method: "POST",
        body: JSON.stringify({ lambda: { use_docker: false } }),
      });
    await answering(ask, server);
    return await behindProxy(port, plain ? undefined : new Habits(), end);
  } catch (cause) {
    await end();
    throw cause;
  }
}

/** Without habits nothing is mended. */
async function behindProxy(port: number, habits: Habits | undefined, end: () => Promise<void>): Promise<Moto> {
  const base = `http://127.0.0.1:${port}`;
  const exchanges: Exchange[] = [];
  let around: Around | undefined;
  let authorizing = false;
  const answerOf = async (made: Made, service: string) => {
    if (habits === undefined) return forward(port, made);
    const known = habits.instead(made, service);
    return (
      known ??
      habits.mend(made, service, await forward(port, { ...made, path: authorizing ? made.path : habits.path(made, service) }))
    );
  };
  const serve = async (made: Made) => {
    const service = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(made.headers["authorization"] ?? "")?.[1] ?? "";
    const mended = await answerOf(made, service);
    const exchange = { ...made, status: mended.status, service };
    if (service !== "") exchanges.push(exchange);
    return { mended, exchange };
  };
  const proxy = createServer((incoming, outgoing) => {
    void (async () => {
      const body = await bytes(incoming);
      const made = { method: incoming.method ?? "GET", path: incoming.url ?? "/", headers: flat(incoming), body };
      let answer: Answer | undefined;
      const serveIt = async () => {
        const { mended, exchange } = await serve(made);
        answer = mended;
        return exchange;
      };
      await (around === undefined ? serveIt() : around(made, serveIt));
      outgoing.writeHead(answer?.status ?? 502, answer?.headers);
      outgoing.end(answer?.body);
    })().catch((cause: unknown) => outgoing.destroy(cause as Error));
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const address = proxy.address();
  const endpoint = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  const post = (path: string, body = "") => fetch(`${base}${path}`, { method: "POST", body });
  const authorize = async (on: boolean) => {
    authorizing = on;
    const answer = await post("/moto-api/reset-auth", on ? "0" : "inf");
    if (!answer.ok) throw new Error(`moto_server answered ${answer.status}`);
  };
  return {
    endpoint,
    exchanges,
    forget: () => void exchanges.splice(0),
    authorize,
    async reset() {
      await authorize(false);
      await post("/moto-api/reset");
      habits?.clear();
    },
    async fork() {
      const copied = habits?.copy();
      const { port: at, pid } = (await (await post("/fork")).json()) as { port: number; pid: number };
      return behindProxy(at, copied, async () => void process.kill(pid));
    },
    watch: (given) => void (around = given),
    async close() {
      proxy.closeAllConnections();
      proxy.close();
      await end();
    },
  };
}

async function answering(ask: () => Promise<Response>, server: { readonly exitCode: number | null }): Promise<void> {
  for (const until = Date.now() + 25_000; ;) {
    if (server.exitCode !== null) throw new Error(`moto_server ended with ${server.exitCode}`);
    const answer = await ask().catch(() => undefined);
    if (answer?.ok === true) return;
    if (Date.now() > until) throw new Error("moto_server did not answer in time");
    await new Promise((wake) => setTimeout(wake, 100));
  }
}

export interface Made {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

function forward(port: number, { method, path, headers, body }: Made): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onward = request({ host: "127.0.0.1", port, method, path, headers: { ...headers, connection: "close" } }, (answer) => {
      bytes(answer).then((got) => {
        const kept = flat(answer);
        delete kept["transfer-encoding"];
        delete kept["connection"];
        resolve({ status: answer.statusCode ?? 502, headers: { ...kept, "content-length": String(got.length) }, body: got });
      }, reject);
    });
    onward.on("error", reject);
    onward.end(body);
  });
}

async function bytes(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function flat({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value ?? "")]),
  );
}
