/** Tokens: the caller's, the environment's, or those of Azure's default chain; kept until shortly before they end. */
import { FnpkgError, reasonOf } from "fnpkg/adapter";
import { withoutSecrets } from "./errors.ts";

/** What the library's caller may hand in: `TokenCredential` of @azure/core-auth 1.10, as every class of @azure/identity is. */
export interface Credential {
  getToken(
    scopes: string | string[],
    options?: { readonly abortSignal?: AbortSignal },
  ): Promise<{ readonly token: string; readonly expiresOnTimestamp: number } | null>;
}

/** A token for an audience, such as `https://management.azure.com/.default`. */
export type Tokens = (scope: string, signal: AbortSignal) => Promise<string>;

export const scopes = {
  arm: "https://management.azure.com/.default",
  storage: "https://storage.azure.com/.default",
} as const;

/** Variables that hold a ready token, by the audience that it is for. */
const variables: { readonly [scope: string]: string } = {
  [scopes.arm]: "AZURE_ACCESS_TOKEN",
  [scopes.storage]: "AZURE_STORAGE_ACCESS_TOKEN",
};

/** A token is renewed this long before it ends. */
const early = 120_000;

/** `open` makes the default chain's credential, once, when neither `given` nor the environment has a token. */
export function tokens(given: Credential | undefined, open: () => Promise<Credential>): Tokens {
  const kept = new Map<string, Promise<{ readonly token: string; readonly expiresOnTimestamp: number }>>();
  let chain: Promise<Credential> | undefined;
  const ask = async (scope: string, signal: AbortSignal) => {
    const credential = given ?? (await (chain ??= open()));
    let answer: Awaited<ReturnType<Credential["getToken"]>>;
    try {
      answer = await credential.getToken(scope, { abortSignal: signal });
    } catch (cause) {
      signal.throwIfAborted();
      throw unauthenticated(withoutSecrets(reasonOf(cause)));
    }
    if (typeof answer?.token !== "string" || answer.token === "") throw unauthenticated("there is no access token");
    return answer;
  };
  return async (scope, signal) => {
    const ready = given === undefined ? process.env[variables[scope] ?? ""]?.trim() : undefined;
    if (ready !== undefined && ready !== "") return ready;
    const found = kept.get(scope);
    if (found !== undefined && (await found).expiresOnTimestamp - early > Date.now()) return (await found).token;
    const asked = ask(scope, signal);
    kept.set(scope, asked);
    asked.catch(() => kept.delete(scope));
    return (await asked).token;
  };
}

/** @throws FnpkgError E_USAGE, without a word of what is in it */
export function credentialOf(given: unknown): Credential {
  const has =
    typeof given === "object" && given !== null && typeof (given as { readonly getToken?: unknown }).getToken === "function";
  if (has) return given as Credential;
  throw new FnpkgError("E_USAGE", "the credentials for azure-functions are of no form that it takes", {
    target: "azure-functions",
    hint: "Hand in a credential of @azure/identity, or an object with `getToken(scopes)`.",
  });
}

function unauthenticated(reason: string): FnpkgError {
  return new FnpkgError("E_VENDOR", `no credentials for Azure: ${reason}`, {
    target: "azure-functions",
    hint: "Sign in (`az login`), set AZURE_CLIENT_ID, AZURE_TENANT_ID and a secret, or a ready token in AZURE_ACCESS_TOKEN.",
  });
}
