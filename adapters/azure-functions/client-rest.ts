/** One request over http, sent once: deadline, signal, and failures in Azure's own words. */
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { Agent as HttpAgent, request as overHttp } from "node:http";
import { Agent as HttpsAgent, request as overHttps } from "node:https";
import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { FnpkgError } from "fnpkg/adapter";
import { AzureError, saidIn } from "./errors.ts";

/** How a call is stopped, and how long its answer may take. */
export interface Call {
  readonly signal: AbortSignal;
  /** Milliseconds; default a minute. */
  readonly patienceMs?: number;
}

export interface Outgoing {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  readonly url: URL;
  readonly headers: { readonly [name: string]: string };
  readonly body?: Uint8Array | { readonly file: string; readonly size: number };
  /** Where the answer's bytes go, when it is none of the failures; its text is empty then. */
  readonly into?: () => Writable;
}

export interface Answer<Body = unknown> {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: { readonly [name: string]: string };
  /** Parsed where it is JSON, else the text. */
  readonly body: Body;
}

export type Send = (outgoing: Outgoing, call: Call) => Promise<Answer>;

const answerMs = 60_000;

/** Sends over connections that are kept; `close` ends them. What is 400 or more is thrown as `AzureError`. */
export function sender(fetch?: typeof globalThis.fetch): { readonly send: Send; close(): void } {
  const agents = { "http:": new HttpAgent({ keepAlive: true }), "https:": new HttpsAgent({ keepAlive: true }) };
  const once = (outgoing: Outgoing, call: Call) =>
    fetch === undefined ? exchange(outgoing, call, agents) : fetched(outgoing, call, fetch);
  return {
    async send(outgoing, call) {
      const { status, headers, text } = await once(outgoing, call);
      const body = parsed(text);
      if (status >= 400) throw failure(outgoing, status, headers, body);
      return { status, headers, body };
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

interface Heard {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly text: string;
}

async function fetched(
  { method, url, headers, body, into }: Outgoing,
  { signal, patienceMs = answerMs }: Call,
  fetch: typeof globalThis.fetch,
): Promise<Heard> {
  const bytes = body !== undefined && "file" in body ? await readFile(body.file) : body;
  signal.throwIfAborted();
  const over = new AbortController();
  const stop = () => over.abort(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  const timer = setTimeout(() => over.abort(noAnswer(patienceMs)), patienceMs);
  let answer: Response;
  let said: Buffer;
  try {
    const content = bytes === undefined ? {} : { body: bytes as Uint8Array<ArrayBuffer> };
    answer = await fetch(url, { method, headers, signal: over.signal, ...content });
    said = Buffer.from(await answer.arrayBuffer());
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
  const sink = into !== undefined && answer.status < 400 ? into() : undefined;
  if (sink !== undefined) await pipeline([said], sink);
  return {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    text: sink === undefined ? said.toString() : "",
  };
}

function noAnswer(patienceMs: number): Error {
  return Object.assign(new Error(`no answer for ${patienceMs / 1000}s`), { code: "ETIMEDOUT" });
}

function exchange(
  { method, url, headers, body, into }: Outgoing,
  { signal, patienceMs = answerMs }: Call,
  agents: { readonly "http:": HttpAgent; readonly "https:": HttpsAgent },
): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const length =
      body === undefined ? (method === "PUT" || method === "POST" ? 0 : undefined) : "file" in body ? body.size : body.byteLength;
    const options = {
      method,
      headers: { ...headers, ...(length === undefined ? {} : { "content-length": String(length) }) },
      signal,
      timeout: patienceMs,
    };
    const sent =
      url.protocol === "http:"
        ? overHttp(url, { ...options, agent: agents["http:"] })
        : overHttps(url, { ...options, agent: agents["https:"] });
    sent.on("timeout", () => sent.destroy(noAnswer(patienceMs)));
    sent.on("error", reject);
    sent.on("response", (answer) => {
      const status = answer.statusCode ?? 0;
      const named = Object.entries(answer.headers).map(([name, value]) => [name, [value ?? ""].flat().join(", ")]);
      const done = (text: string) => resolve({ status, headers: Object.fromEntries(named) as { [name: string]: string }, text });
      if (into !== undefined && status < 400) {
        const sink = into();
        sink.on("finish", () => done(""));
        pipeline(answer, sink).catch(reject);
        return;
      }
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => done(Buffer.concat(chunks).toString()));
    });
    if (body !== undefined && "file" in body) pipeline(createReadStream(body.file), sent).catch(reject);
    else sent.end(body);
  });
}

function failure(
  { method, url }: Outgoing,
  status: number,
  headers: { readonly [name: string]: string },
  body: unknown,
): AzureError {
  // An answer to HEAD has no body: storage names the code in a header too (learn.microsoft.com/rest/api/storageservices/status-and-error-codes2).
  const { code = headers["x-ms-error-code"], message } = saidIn(body) ?? {};
  const afterMs = retryAfterMs(headers);
  return new AzureError({
    call: `${method} ${url.pathname}`,
    status,
    ...(code === undefined ? {} : { code }),
    message: message ?? `${method} ${url.pathname} was answered with ${status}`,
    ...(afterMs === undefined ? {} : { afterMs }),
  });
}

/** Retry-After in seconds or as a date; ARM and storage also name milliseconds. */
export function retryAfterMs(headers: { readonly [name: string]: string }): number | undefined {
  const ms = Number(headers["retry-after-ms"] ?? headers["x-ms-retry-after-ms"]);
  if (Number.isFinite(ms) && ms >= 0) return ms;
  const after = headers["retry-after"];
  if (after === undefined) return undefined;
  const seconds = Number(after);
  if (Number.isFinite(seconds)) return seconds > 0 ? seconds * 1000 : undefined;
  const date = Date.parse(after);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

function parsed(text: string): unknown {
  const trimmed = text.replace(/^\uFEFF/, "").trim();
  if (!/^[[{"]/.test(trimmed)) return trimmed;
  try {
    return JSON.parse(trimmed) as unknown;
  } catch {
    return trimmed;
  }
}

/** An address that a token may be sent to: https, or this machine. @throws FnpkgError E_VENDOR */
export function trusted(address: string, what: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url !== undefined && (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url)))) return url;
  throw new FnpkgError("E_VENDOR", `${what} is no https address`, { target: "azure-functions" });
}

/** A host name that the vendor named, as an address. Plain http for this machine alone. */
export function addressOf(host: string): string {
  const local = URL.canParse(`http://${host}`) && isLoopback(new URL(`http://${host}`));
  return `${local ? "http" : "https"}://${host}`;
}

export function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
