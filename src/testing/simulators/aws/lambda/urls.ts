/** Function URLs: docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html */
import { createHash } from "node:crypto";
import type { Handlers } from "../operations.ts";
import type { Account } from "../service.ts";
import { addressOf, aliasAt, functionArn, functionAt, functionSeen, type Named } from "./names.ts";
import { conflict, invalid, missing, unfit } from "./errors.ts";
import { type Fn, type Store, timeOf, type Url, without } from "./state.ts";

interface UrlInput extends Named {
  readonly AuthType?: string;
  readonly InvokeMode?: string;
  readonly Cors?: { readonly [member: string]: unknown };
}

export function urlHandlers(store: Store): Handlers {
  const { account, functions } = store;
  const { around } = account;
  return {
    CreateFunctionUrlConfig(input: UrlInput) {
      const { fn, key } = placeOf(input);
      if (fn.urls[key] !== undefined) throw conflict("FunctionUrlConfig exists for this Lambda function");
      if (input.AuthType === undefined) throw unfit(null, "authType", "Member must not be null");
      const id = idOf(functionArn(account, fn.name, key), account.next());
      return put(
        fn,
        key,
        { id, auth: "", mode: "BUFFERED", cors: undefined, created: around.now(), modified: around.now() },
        input,
      );
    },
    UpdateFunctionUrlConfig(input: UrlInput) {
      const { fn, key } = placeOf(input);
      const before = fn.urls[key];
      if (before === undefined) throw missing();
      return put(fn, key, { ...before, modified: around.now() }, input);
    },
    DeleteFunctionUrlConfig(input: UrlInput) {
      const { fn, key } = placeOf(input);
      if (fn.urls[key] === undefined) throw missing();
      functions.put(fn.name, { ...fn, urls: without(fn.urls, key) });
    },
    GetFunctionUrlConfig(input: UrlInput) {
      const { name, qualifier } = addressOf(account, input);
      const fn = functions.seen(name);
      const found = fn?.urls[qualifier ?? ""];
      if (fn === undefined || found === undefined) throw missing();
      return said(account, fn, qualifier ?? "", found);
    },
    ListFunctionUrlConfigs(input: Named) {
      const fn = functionSeen(store, addressOf(account, input));
      return { FunctionUrlConfigs: Object.entries(fn.urls).map(([key, url]) => said(account, fn, key, url)) };
    },
  };

  function placeOf(input: Named): { readonly fn: Fn; readonly key: string } {
    const at = addressOf(account, input);
    const fn = functionAt(store, at);
    if (at.qualifier === undefined) return { fn, key: "" };
    if (/^(\d+|\$LATEST)$/.test(at.qualifier))
      throw unfit(at.qualifier, "qualifier", "Member must satisfy regular expression pattern: ((?!^\\d+$)^[0-9a-zA-Z-_]+$)");
    aliasAt(account, fn, at.qualifier);
    return { fn, key: at.qualifier };
  }

  function put(
    fn: Fn,
    key: string,
    before: Url,
    { AuthType: auth = before.auth, InvokeMode: mode = before.mode, Cors }: UrlInput,
  ): object {
    if (!/^(NONE|AWS_IAM)$/.test(auth)) throw unfit(auth, "authType", "Member must satisfy enum value set: [NONE, AWS_IAM]");
    if (!/^(BUFFERED|RESPONSE_STREAM)$/.test(mode))
      throw unfit(mode, "invokeMode", "Member must satisfy enum value set: [RESPONSE_STREAM, BUFFERED]");
    const cors = Cors === undefined ? before.cors : Object.keys(Cors).length === 0 ? undefined : Cors;
    checkCors(cors ?? {});
    const url = { ...before, auth, mode, cors };
    functions.put(fn.name, { ...fn, urls: { ...fn.urls, [key]: url } });
    return said(account, fn, key, url);
  }
}

function checkCors({ AllowMethods, AllowOrigins, AllowCredentials, MaxAge }: { readonly [member: string]: unknown }): void {
  const methods = (AllowMethods ?? []) as readonly string[];
  const odd = methods.find((method) => !/^(GET|PUT|HEAD|POST|PATCH|DELETE|\*)$/.test(method));
  if (odd !== undefined)
    throw unfit(
      methods,
      "cors.allowMethods",
      "Member must satisfy constraint: [Member must have length less than or equal to 6]",
    );
  if (typeof MaxAge === "number" && (MaxAge < 0 || MaxAge > 86_400))
    throw unfit(MaxAge, "cors.maxAge", "Member must have value less than or equal to 86400");
  if (AllowCredentials === true && ((AllowOrigins ?? []) as readonly string[]).includes("*"))
    throw invalid("AllowCredentials can't be true with the origin *.");
}

/** 32 letters and digits. */
function idOf(arn: string, count: number): string {
  return BigInt(`0x${createHash("sha256").update(`${arn} ${count}`).digest("hex")}`)
    .toString(36)
    .slice(0, 32);
}

export function hostOf({ region }: Account, { id }: Url): string {
  return `${id}.lambda-url.${region}.on.aws`;
}

function said(account: Account, fn: Fn, key: string, url: Url): object {
  return {
    FunctionUrl: `https://${hostOf(account, url)}/`,
    FunctionArn: functionArn(account, fn.name, key === "" ? undefined : key),
    AuthType: url.auth,
    InvokeMode: url.mode,
    ...(url.cors === undefined ? {} : { Cors: url.cors }),
    CreationTime: timeOf(url.created),
    LastModifiedTime: timeOf(url.modified),
  };
}
