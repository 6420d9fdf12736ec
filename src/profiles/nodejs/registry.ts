/** Tarballs from an npm registry: bounded, retried, checked against their digest before anything sees them. */
import { FnpkgError, reasonOf } from "../../errors.ts";
import { type Limits, limitsOf, overLimit, throwIfAborted } from "../../package/limits.ts";
import type { Artifact, Dependency } from "../../package/manifest.ts";
import { HttpClient, type HttpResponse } from "../http.ts";
import type { Registries } from "../profile.ts";
import { isAllowed, usableHint } from "./hosts.ts";
import { checkBytes } from "./integrity.ts";
import { askNpm, type NpmSettings, npmSettings, type NpmSources } from "./npmrc.ts";

export interface RegistryOptions {
  readonly registries: Registries;
  readonly signal?: AbortSignal | undefined;
  readonly sources?: NpmSources;
  readonly limits?: Limits;
  /** Attempts at one address; only network failures, 429 and 5xx are tried again. Default 4. */
  readonly attempts?: number;
  /** Milliseconds before the second attempt, doubled each time. Default 250. */
  readonly backoffMs?: number;
  /** Milliseconds for one artifact, all attempts together. Default 300,000. */
  readonly deadlineMs?: number;
  /** Milliseconds without a byte after which an attempt has failed. Default 30,000. */
  readonly idleMs?: number;
}

const MOST_REDIRECTS = 5;
const LONGEST_WAIT_MS = 60_000;

export class NpmRegistry {
  readonly #options: RegistryOptions;
  readonly #limits: Limits;
  readonly #http: HttpClient;
  #settings: Promise<NpmSettings> | undefined;
  #fallback: Promise<string> | undefined;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#limits = options.limits ?? limitsOf();
    this.#http = new HttpClient(options.sources?.env ?? process.env);
  }

  close(): void {
    this.#http.close();
  }

  /**
   * The registry for a package: `registries.npm` for all; else the scope's, else the default of the user's npm.
   * @throws E_REGISTRY
   */
  async base(name: string): Promise<URL> {
    const { npm } = this.#options.registries;
    const settings = await this.#read();
    const scope = name.startsWith("@") ? name.slice(0, name.indexOf("/")) : "";
    const text =
      npm ??
      settings.scopes.get(scope) ??
      settings.registry ??
      (await (this.#fallback ??= askNpm(this.#options.sources?.env, this.#options.signal)));
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
      throw new FnpkgError(
        "E_REGISTRY",
        `the npm registry ${JSON.stringify(text.replace(/\/\/[^/@]*@/, "//"))} is no http or https address`,
      );
    }
    url.pathname = url.pathname.replace(/\/*$/, "/");
    return url;
  }

  /**
   * An artifact's bytes, checked.
   * @throws E_REGISTRY (refused address, not there, not logged in), E_NETWORK, E_SIZE, E_DIGEST, E_LIMIT, E_INTERRUPTED
   */
  async fetch(dependency: Dependency, artifact: Artifact & { digest: string }): Promise<Uint8Array> {
    const what = `${dependency.name}@${dependency.version}`;
    const registry = await this.base(dependency.name);
    const hint = usableHint(artifact.url, registry, this.#options.registries.allow ?? [], what);
    const standard = new URL(`${encodeName(dependency.name)}/-/${encodeURIComponent(artifact.filename)}`, registry);
    const addresses = hint === undefined ? [standard] : hint.origin === registry.origin ? [hint] : [standard, hint];
    for (const address of addresses) {
      const bytes = await this.#download(address, registry, artifact.size, what);
      if (bytes === undefined) continue;
      checkBytes(bytes, artifact, `${what} from ${address.host}`);
      return bytes;
    }
    const elsewhere =
      artifact.url !== undefined && hint === undefined
        ? ` and its own address at ${new URL(artifact.url).host} is not allowed`
        : "";
    throw new FnpkgError("E_REGISTRY", `${registry.host} does not have ${what} (404)${elsewhere}`, {
      hint: "Set `registries.npm` to a registry that has it, or name its host under `registries.allow`.",
    });
  }

  async #read(): Promise<NpmSettings> {
    return (this.#settings ??= npmSettings(this.#options.sources));
  }

  /** The bytes, or undefined for 404. */
  async #download(address: URL, registry: URL, size: number | undefined, what: string): Promise<Uint8Array | undefined> {
    const { attempts = 4, backoffMs = 250, deadlineMs = 300_000, signal } = this.#options;
    const until = performance.now() + deadlineMs;
    let failure: Failure = { reason: "no answer", host: address.host };
    for (let attempt = 1; attempt <= attempts; attempt++) {
      throwIfAborted(signal);
      const left = until - performance.now();
      if (left <= 0) break;
      const result = await this.#attempt(address, registry, size, what, left);
      if (result === "absent" || result instanceof Uint8Array) return result === "absent" ? undefined : result;
      failure = result;
      if (result.final === true) break;
      const wait = Math.min(
        Math.max(result.retryAfterMs ?? 0, backoffMs * 2 ** (attempt - 1) * (0.75 + Math.random() / 2)),
        LONGEST_WAIT_MS,
      );
      if (attempt === attempts || performance.now() + wait > until) break;
      await pause(wait, signal);
    }
    throwIfAborted(signal);
    throw new FnpkgError("E_NETWORK", `${what} could not be fetched from ${failure.host}: ${failure.reason}`, {
      ...(failure.cause === undefined ? {} : { cause: failure.cause }),
    });
  }

  async #attempt(
    address: URL,
    registry: URL,
    size: number | undefined,
    what: string,
    leftMs: number,
  ): Promise<Uint8Array | "absent" | Failure> {
    const { signal } = this.#options;
    const timeout = AbortSignal.timeout(Math.max(1, Math.ceil(leftMs)));
    const both = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    let url = address;
    try {
      for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
        const response = await this.#http.get(url, {
          headers: await this.#headers(url, registry),
          signal: both,
          ...(this.#options.idleMs !== undefined && { idleMs: this.#options.idleMs }),
        });
        const status = response.statusCode ?? 0;
        if (status === 200) return await this.#body(response, size, what);
        const { location, "retry-after": retryAfter } = response.headers;
        response.resume();
        if (status >= 300 && status < 400 && location !== undefined) {
          url = this.#redirect(location, url, registry, what);
        } else if (status === 404 || status === 410) {
          return "absent";
        } else if (status === 429 || status >= 500) {
          return { host: url.host, reason: `it answered ${status}`, ...waitOf(retryAfter) };
        } else {
          throw refused(url, status, what);
        }
      }
      return { host: url.host, reason: `more than ${MOST_REDIRECTS} redirects`, final: true };
    } catch (cause) {
      if (cause instanceof FnpkgError) throw cause;
      throwIfAborted(signal);
      const reason = timeout.aborted ? "the time is up" : networkReason(cause);
      return { host: url.host, reason, cause, ...(timeout.aborted || isCertificate(cause) ? { final: true } : {}) };
    }
  }

  /** Credentials go to the registry's own origin, and nowhere else. */
  async #headers(url: URL, registry: URL): Promise<Record<string, string>> {
    const authorization = url.origin === registry.origin ? (await this.#read()).authorization(url) : undefined;
    return {
      accept: "application/octet-stream, */*;q=0.1",
      "accept-encoding": "identity",
      "user-agent": "fnpkg",
      ...(authorization !== undefined && { authorization }),
    };
  }

  #redirect(location: string, from: URL, registry: URL, what: string): URL {
    const to = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
    if (to !== undefined && isAllowed(to, registry, this.#options.registries.allow ?? [])) return to;
    throw new FnpkgError(
      "E_REGISTRY",
      `${what}: ${from.host} redirects to ${JSON.stringify(to?.host ?? "no address")}, which artifacts may not be fetched from`,
      {
        hint: "If that host serves the registry's files, name it under `registries.allow`.",
      },
    );
  }

  async #body(response: HttpResponse, size: number | undefined, what: string): Promise<Uint8Array> {
    const most = size ?? this.#limits.fileBytes;
    const parts: Uint8Array[] = [];
    let total = 0;
    for await (const part of response as AsyncIterable<Uint8Array>) {
      total += part.byteLength;
      if (total > most) {
        response.destroy();
        if (size !== undefined)
          throw new FnpkgError("E_SIZE", `${what}: the registry sends more than the ${size} bytes that were declared`);
        throw overLimit(`the tarball of ${what} is too large`, `more than ${most}`, "fileBytes", this.#limits);
      }
      parts.push(part);
    }
    return Buffer.concat(parts, total);
  }
}

interface Failure {
  readonly host: string;
  readonly reason: string;
  readonly cause?: unknown;
  readonly retryAfterMs?: number;
  readonly final?: boolean;
}

function encodeName(name: string): string {
  return name
    .split("/")
    .map((part) => encodeURIComponent(part).replace("%40", "@"))
    .join("/");
}

function refused(url: URL, status: number, what: string): FnpkgError {
  const denied = status === 401 || status === 403;
  return new FnpkgError("E_REGISTRY", `${url.host} ${denied ? "refuses" : "can't give"} ${what} (${status})`, {
    hint: denied
      ? "Log in with `npm login` for that registry, set its token in .npmrc, or set NPM_TOKEN."
      : "Check `registries.npm` in the configuration.",
  });
}

/** Seconds or a date. */
function waitOf(header: string | undefined): { retryAfterMs?: number } {
  if (header === undefined) return {};
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) && ms > 0 ? { retryAfterMs: ms } : {};
}

/** Node's message may be empty when several addresses failed; its code never is. */
function networkReason(cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException;
  const reason = reasonOf(cause);
  return code === undefined || reason.includes(code) ? reason : `${reason} (${code})`;
}

function isCertificate(cause: unknown): boolean {
  const code = String((cause as NodeJS.ErrnoException).code ?? "");
  return /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/.test(code);
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener("abort", end, { once: true });
  });
}
