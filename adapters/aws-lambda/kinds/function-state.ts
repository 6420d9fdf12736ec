/** The function at rest: what it is waited for, what was seen and written of it, and what somebody else changed meanwhile. */
import type { FunctionConfiguration } from "@aws-sdk/client-lambda";
import { FnpkgError } from "fnpkg/adapter";
import type { AwsClient } from "../client.ts";
import { isOutdated } from "../errors.ts";
import type { FunctionProps } from "../resources.ts";
import { hex } from "./function-code.ts";
import { otherSettings, propsOf } from "./function-props.ts";
import { type Context, shown, whenThere } from "./shared.ts";

interface Seen {
  readonly props: Partial<FunctionProps>;
  /** Whole, where nothing was written since. */
  readonly found?: FunctionConfiguration;
}
interface Written {
  readonly props: Partial<FunctionProps>;
  /** Of the code that is there then. */
  readonly archiveSha256: string | undefined;
  /** As it was seen when it had just been made, where nothing was written since. */
  readonly rests?: FunctionConfiguration;
}

/** What the last look saw of each function, so that a write notices another's in between. */
const looks = new WeakMap<AwsClient, Map<string, Seen>>();
/** What a run has written of it: what a version is published from, whatever a look that lags behind says. */
const writes = new WeakMap<Context, Map<string, Written>>();

export function saw({ client }: Context, name: string, what: Seen): void {
  remember(looks, client, name, what);
}

export function seen({ client }: Context, name: string): Seen | undefined {
  return looks.get(client)?.get(name);
}

export function wrote(cx: Context, name: string, what: Written): void {
  remember(writes, cx, name, what);
  const { props } = what;
  saw(cx, name, { props });
}

export function written(cx: Context, name: string): Written | undefined {
  return writes.get(cx)?.get(name);
}

function remember<Key extends object, T>(of: WeakMap<Key, Map<string, T>>, key: Key, name: string, value: T): void {
  let known = of.get(key);
  if (known === undefined) of.set(key, (known = new Map<string, T>()));
  known.set(name, value);
}

/** A function that nobody called for weeks is `Inactive`; the next call wakes it. */
export function stateOf({ State, StateReason, LastUpdateStatus, LastUpdateStatusReason }: FunctionConfiguration): string {
  const said = (word: string, reason: string | undefined) =>
    reason === undefined || reason === "" ? word : `${word}: ${reason}`;
  if (State !== undefined && State !== "Active" && State !== "Inactive") return said(State, StateReason);
  if (LastUpdateStatus !== undefined && LastUpdateStatus !== "Successful")
    return said(`update ${LastUpdateStatus}`, LastUpdateStatusReason);
  return "ready";
}

/** Waits for the end of a change of the function, or of one of its versions. `former`: the revision before what was just written. */
export async function idle(cx: Context, name: string, at: Since = {}): Promise<FunctionConfiguration> {
  const Qualifier = at.version;
  const what = Qualifier === undefined ? `the function ${name}` : `version ${Qualifier} of ${name}`;
  const ask = () =>
    whenThere(cx, what, () =>
      cx.client.lambda.getFunctionConfiguration({ FunctionName: name, ...(Qualifier === undefined ? {} : { Qualifier }) }, cx),
    );
  let first: FunctionConfiguration | undefined;
  if (at.former !== undefined)
    await shown(cx, `${what} to show what was written`, async () =>
      (first = await ask()).RevisionId === at.former ? undefined : first,
    );
  return cx.until(`${what} to be idle`, async () => {
    const config = first ?? (await ask());
    first = undefined;
    return config.State === "Pending" || config.LastUpdateStatus === "InProgress" ? undefined : config;
  });
}

interface Since {
  readonly former?: string | undefined;
  readonly version?: string;
}

/** Waits for the end of a change, and fails as soon as it failed. */
export async function settled(cx: Context, name: string, at: Since = {}): Promise<FunctionConfiguration> {
  const config = await idle(cx, name, at);
  const state = stateOf(config);
  if (state === "ready") return config;
  const what = at.version === undefined ? `the function ${name}` : `version ${at.version} of ${name}`;
  throw new FnpkgError("E_VENDOR", `${what} is ${state}`, { target: "aws-lambda" });
}

/** The same after a write, whose answer is `made`, of what was `before`. */
export function settledAfter(
  cx: Context,
  name: string,
  before: FunctionConfiguration,
  made: FunctionConfiguration,
): Promise<FunctionConfiguration> {
  return settled(cx, name, before.RevisionId === made.RevisionId ? {} : { former: before.RevisionId });
}

/**
 * The function as this run has just made it, once: its revision is what publishing asks for, so that no other is published.
 * @throws E_CONFLICT when it was changed before it was at rest
 */
export function justMade(cx: Context, name: string): FunctionConfiguration | undefined {
  const what = written(cx, name);
  if (what?.rests === undefined) return undefined;
  const { rests, ...rest } = what;
  wrote(cx, name, rest);
  if (rests.RevisionId === undefined || rests.CodeSha256 === undefined) return undefined;
  mustBeUnchanged(cx, name, rests);
  return rests;
}

/** Code and settings must be those that this run saw or wrote. @throws E_CONFLICT */
export function mustBeUnchanged(cx: Context, name: string, now: FunctionConfiguration): void {
  const code = written(cx, name)?.archiveSha256;
  if (code !== undefined && now.CodeSha256 !== undefined && hex(now.CodeSha256) !== code) throw changed(name, ["the code"]);
  const before = (written(cx, name) ?? seen(cx, name))?.props;
  const others = before === undefined ? [] : Object.keys(otherSettings(before, propsOf({ Configuration: now })));
  if (others.length > 0) throw changed(name, others);
}

export function changed(name: string, what: readonly string[]): FnpkgError {
  return new FnpkgError("E_CONFLICT", `${what.join(", ")} of ${name} was changed by something else at the same time`, {
    target: "aws-lambda",
  });
}

/**
 * For a write that was refused by its revision: what is there by now, and whether reads lag behind, so that the revision is no
 * sign of somebody else's change.
 * @throws what refused it, when it was something else, or when nothing newer is seen
 */
export async function caughtUp(
  cx: Context,
  { FunctionName: name = "", RevisionId: former }: FunctionConfiguration,
  cause: unknown,
): Promise<{ readonly now: FunctionConfiguration; readonly lagged: boolean }> {
  if (!isOutdated(cause) || former === undefined) throw cause;
  const again = await cx.client.lambda.getFunctionConfiguration({ FunctionName: name }, cx);
  const now = await idle(cx, name, { former });
  if (now.RevisionId === former) throw cause;
  return { now, lagged: again.RevisionId === former };
}
