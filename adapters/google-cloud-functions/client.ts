/** The connection to Google Cloud: plain REST. The only file that loads google-auth-library, and only where no token is given. */
import { readFile } from "node:fs/promises";
import {
  type Archive,
  type Clock,
  type Connecting,
  FnpkgError,
  held,
  type Located,
  reasonOf,
  sharedLimiter,
} from "fnpkg/adapter";
import type { Apis, Call } from "./client-api.ts";
import { answered, type Authorise, named, putArchive, rest } from "./client-rest.ts";
import { type Pace, services } from "./client-services.ts";
import type { Section } from "./config.ts";

/** What the kinds and operations share of one run. */
export interface GoogleClient extends Apis {
  readonly section: Section;
  /** `projects/P/locations/R`. */
  readonly parent: string;
  /** The endpoint is on this machine: an emulator, which may have fewer APIs than Google. */
  readonly emulated: boolean;
  /** Sends the archive to a signed address. */
  upload(url: string, archive: Archive, call: Call): Promise<void>;
  /**
   * A token that Cloud Run takes from a caller, for `audience`, the service's address. `as`: the service account that may call it,
   * asked for when the credentials themselves can't sign one.
   */
  idToken(audience: string, as: string | undefined, call: Call): Promise<string>;
}

/**
 * What the library's caller may hand in: a `GoogleAuth` or `AuthClient` of google-auth-library, or anything that answers an access
 * token. `fetchIdToken` is asked where the function takes known callers only.
 */
export interface Credentials {
  getAccessToken(): Promise<string | null | undefined | { readonly token?: string | null }>;
  getRequestHeaders?(url?: string): Promise<Headers | { readonly [name: string]: string }>;
  fetchIdToken?(audience: string): Promise<string>;
  getIdTokenClient?(audience: string): Promise<{ readonly idTokenProvider: { fetchIdToken(audience: string): Promise<string> } }>;
}

const scope = "https://www.googleapis.com/auth/cloud-platform";
const target = "google-cloud-functions";

type Where = Pick<Located<Section>, "section" | "endpoint">;

export function connect({ section, endpoint }: Where, { credentials, fetch, clock }: Partial<Connecting> = {}): GoogleClient {
  const parent = `projects/${section.project}/locations/${section.region}`;
  const local = endpoint !== undefined && isLoopback(endpoint);
  const found = source(credentials, local);
  const send = rest(endpoint, found.authorise, fetch);
  return {
    ...services(send, pace(parent, endpoint, local, clock)),
    section,
    parent,
    emulated: local,
    async upload(url, archive, call) {
      if (new URL(url).protocol !== "https:" && !isLoopback(url))
        throw new FnpkgError("E_VENDOR", "Google answered an upload address without protection", { target });
      await held(archive.size, async () => putArchive(url, new Uint8Array(await readFile(archive.file)), call, fetch));
    },
    async idToken(audience, as, call) {
      const own = await found.idToken?.(audience);
      if (own !== undefined) return own;
      if (as === undefined) {
        throw new FnpkgError(
          "E_VENDOR",
          "these credentials can't sign an identity token, and the function names no service account",
          {
            target,
            hint: "Use a service account's credentials, or send an `authorization` header of your own.",
          },
        );
      }
      const path = `/v1/projects/-/serviceAccounts/${named(as)}:generateIdToken`;
      const body = { audience, includeEmail: true };
      const { token } = await send<{ readonly token?: string }>("tokens", { method: "POST", path, body }, call);
      return answered(token, "the identity token");
    },
  };
}

interface Source {
  readonly authorise: Authorise;
  /** Nothing: the credentials can't sign one. */
  readonly idToken?: (audience: string) => Promise<string | undefined>;
}

/** What was handed in, else a ready token, else the vendor's own default chain. An emulator on this machine needs none. */
function source(credentials: unknown, local: boolean): Source {
  if (credentials !== undefined) return fromObject(mustFit(credentials));
  const token = process.env["GOOGLE_OAUTH_ACCESS_TOKEN"];
  if (token !== undefined && token.trim() !== "") return { authorise: async () => bearer(token.trim()) };
  if (local && process.env["GOOGLE_APPLICATION_CREDENTIALS"] === undefined) return { authorise: async () => ({}) };
  let opened: Promise<Source> | undefined;
  const open = () => (opened ??= load().then(fromObject));
  return {
    authorise: async (url, signal) => (await open()).authorise(url, signal),
    idToken: async (audience) => (await open()).idToken?.(audience),
  };
}

function fromObject(credentials: Credentials): Source {
  return {
    async authorise(url) {
      if (credentials.getRequestHeaders !== undefined) {
        const headers = await asking(credentials.getRequestHeaders(url));
        return Object.fromEntries(headers instanceof Headers ? headers : Object.entries(headers));
      }
      const answer = await asking(credentials.getAccessToken());
      const token = typeof answer === "object" ? answer?.token : answer;
      if (typeof token !== "string" || token === "") throw unauthenticated(undefined);
      return bearer(token);
    },
    async idToken(audience) {
      if (credentials.fetchIdToken !== undefined) return credentials.fetchIdToken(audience);
      if (credentials.getIdTokenClient === undefined) return undefined;
      try {
        const client = await credentials.getIdTokenClient(audience);
        return await client.idTokenProvider.fetchIdToken(audience);
      } catch {
        // A person's own credentials sign none.
        return undefined;
      }
    },
  };
}

/** A failure of the chain itself says what to sign in with; one of the network is left as it is. */
async function asking<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw unauthenticated(cause);
  }
}

function unauthenticated(cause: unknown): FnpkgError {
  const said = cause === undefined ? "there is no access token" : reasonOf(cause);
  return new FnpkgError("E_VENDOR", `no credentials for Google Cloud: ${said}`, {
    cause,
    target,
    hint: "Sign in with `gcloud auth application-default login`, set GOOGLE_APPLICATION_CREDENTIALS, or a token in GOOGLE_OAUTH_ACCESS_TOKEN.",
  });
}

function bearer(token: string): { readonly [name: string]: string } {
  return { authorization: `Bearer ${token}` };
}

function mustFit(credentials: unknown): Credentials {
  const has = (name: string) =>
    typeof credentials === "object" &&
    credentials !== null &&
    typeof (credentials as { readonly [key: string]: unknown })[name] === "function";
  if (has("getAccessToken") || has("getRequestHeaders")) return credentials as Credentials;
  throw new FnpkgError("E_USAGE", `the credentials for ${target} are of no form that it takes`, {
    target,
    hint: "Hand in a GoogleAuth or AuthClient of google-auth-library, or an object with `getAccessToken()`.",
  });
}

async function load(): Promise<Credentials> {
  try {
    const { GoogleAuth } = await import("google-auth-library");
    return new GoogleAuth({ scopes: [scope] });
  } catch (cause) {
    throw new FnpkgError("E_PEER", `${target} needs the package google-auth-library: ${reasonOf(cause)}`, {
      cause,
      target,
      hint: "Install it (`npm install google-auth-library`), or set GOOGLE_OAUTH_ACCESS_TOKEN.",
    });
  }
}

/** "60 per 60 seconds" API writes of a project and region (docs.cloud.google.com/functions/quotas). An emulator has no such limit. */
function pace(parent: string, endpoint: string | undefined, local: boolean, clock?: Clock): Pace {
  if (local) return async () => {};
  const writes = sharedLimiter(`${target} ${parent} ${endpoint ?? ""}`, { calls: 60, perMs: 60_000 }, clock);
  return ({ signal }) => writes.take(signal);
}

export function isLoopback(address: string): boolean {
  const { hostname } = new URL(address);
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
