/**
 * Bounded GETs over node:http and node:https. Why not fetch: on the oldest Node that is supported it takes no proxy from the
 * environment. HTTPS_PROXY, HTTP_PROXY and NO_PROXY hold; NODE_EXTRA_CA_CERTS holds because Node's own TLS reads it.
 */
import http from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import tls from "node:tls";
import { FnpkgError, reasonOf } from "../errors.ts";

export interface GetOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds without a byte after which an attempt has failed. Default 30,000. */
  readonly idleMs?: number;
}

export type HttpResponse = http.IncomingMessage;
type Env = Readonly<Record<string, string | undefined>>;

/** The sockets of one run: kept alive between requests, at most 8 a host. */
export class HttpClient {
  readonly #agents = new Map<string, http.Agent>();
  readonly #env: Env;

  /** `env` holds the proxy variables; default: the environment of this process. */
  constructor(env: Env = process.env) {
    this.#env = env;
  }

  /**
   * One request, no redirects followed. The body must be read or destroyed.
   * @throws what node:http gives for network failures, with `code`; AbortError.
   */
  get(url: URL, options: GetOptions): Promise<HttpResponse> {
    const proxy = proxyFor(url, this.#env);
    const plain = proxy !== undefined && url.protocol === "http:";
    const agent = this.#agentFor(url, plain ? undefined : proxy);
    const target = plain ? proxy : url;
    const authorization = plain ? proxyAuthorization(proxy) : undefined;
    const { protocol, hostname, port } = target;
    return new Promise((resolve, reject) => {
      const request = (protocol === "https:" ? https : http).request({
        agent: plain ? this.#agentFor(proxy, undefined) : agent,
        protocol,
        hostname: unbracketed(hostname),
        port,
        path: plain ? url.href : url.pathname + url.search,
        headers: {
          ...options.headers,
          host: url.host,
          ...(authorization !== undefined && { "proxy-authorization": authorization }),
        },
        timeout: options.idleMs ?? 30_000,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
      request.on("timeout", () => request.destroy(Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" })));
      request.on("error", reject);
      request.on("response", resolve);
      request.end();
    });
  }

  /** Ends all sockets. */
  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  #agentFor(url: URL, proxy: URL | undefined): http.Agent {
    const key = `${url.protocol} ${proxy?.href ?? ""}`;
    let agent = this.#agents.get(key);
    if (agent === undefined) {
      const options = { keepAlive: true, maxSockets: 8, scheduling: "lifo" } as const;
      if (url.protocol === "https:") agent = proxy === undefined ? new https.Agent(options) : new TunnelAgent(proxy, options);
      else agent = new http.Agent(options);
      this.#agents.set(key, agent);
    }
    return agent;
  }
}

/** Reaches https hosts through a proxy's CONNECT. */
class TunnelAgent extends https.Agent {
  readonly #proxy: URL;

  constructor(proxy: URL, options: https.AgentOptions) {
    super(options);
    this.#proxy = proxy;
  }

  override createConnection(options: https.RequestOptions, callback?: (error: Error | null, socket: Socket) => void): undefined {
    const done = callback as (error: Error | null, socket?: Socket) => void;
    const host = String(options.host ?? options.hostname);
    const authority = `${host.includes(":") ? `[${host}]` : host}:${options.port ?? 443}`;
    const authorization = proxyAuthorization(this.#proxy);
    const connect = (this.#proxy.protocol === "https:" ? https : http).request({
      agent: false,
      protocol: this.#proxy.protocol,
      hostname: unbracketed(this.#proxy.hostname),
      port: this.#proxy.port,
      method: "CONNECT",
      path: authority,
      headers: { host: authority, ...(authorization !== undefined && { "proxy-authorization": authorization }) },
      timeout: 30_000,
    });
    connect.on("timeout", () => connect.destroy(new Error("the proxy did not answer in time")));
    connect.on("error", (cause) =>
      done(Object.assign(new Error(`the proxy ${this.#proxy.host} failed: ${reasonOf(cause)}`), { code: "EPROXY" })),
    );
    connect.on("connect", (response: http.IncomingMessage, socket: Socket) => {
      if (response.statusCode !== 200) {
        socket.destroy();
        done(Object.assign(new Error(`the proxy ${this.#proxy.host} answered ${response.statusCode}`), { code: "EPROXY" }));
        return;
      }
      done(
        null,
        tls.connect({
          ...(options as tls.ConnectionOptions),
          socket,
          ...(options.servername === undefined && !isAddress(host) ? { servername: host } : {}),
        }),
      );
    });
    connect.end();
    return undefined;
  }
}

function proxyAuthorization(proxy: URL): string | undefined {
  if (proxy.username === "" && proxy.password === "") return undefined;
  return `Basic ${Buffer.from(`${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`).toString("base64")}`;
}

/**
 * The proxy for an address, from the lower- and upper-case variables.
 * @throws E_NETWORK when the variable is no http or https address.
 */
export function proxyFor(url: URL, env: Env): URL | undefined {
  const names = url.protocol === "https:" ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy", "HTTP_PROXY"];
  const name = names.find((one) => env[one] !== undefined && env[one] !== "");
  if (name === undefined || isExempt(url, env["no_proxy"] ?? env["NO_PROXY"] ?? "")) return undefined;
  const value = env[name] ?? "";
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const proxy = URL.canParse(text) ? new URL(text) : undefined;
  if (proxy !== undefined && (proxy.protocol === "http:" || proxy.protocol === "https:")) return proxy;
  throw new FnpkgError("E_NETWORK", `${name} is no http or https address`, {
    hint: `Set ${name} to an address such as http://proxy.example.com:3128.`,
  });
}

/** `*`, `host`, `.domain`, `domain`, each with an optional `:port`; a loopback address is never reached through a proxy. */
function isExempt(url: URL, list: string): boolean {
  const host = unbracketed(url.hostname).toLowerCase();
  if (host === "localhost" || host === "::1" || host.startsWith("127.")) return true;
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return list.split(/[\s,]+/).some((entry) => {
    if (entry === "") return false;
    if (entry === "*") return true;
    const [, name = "", wanted] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
    if (wanted !== undefined && wanted !== port) return false;
    const domain = name.replace(/^\*?\./, "");
    return host === domain || host.endsWith(`.${domain}`);
  });
}

/** `[::1]` -> `::1`. */
export function unbracketed(hostname: string): string {
  return hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
}

function isAddress(host: string): boolean {
  return host.includes(":") || /^\d+\.\d+\.\d+\.\d+$/.test(host);
}
