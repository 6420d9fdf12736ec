/** How a request names a function: by name, by ARN or a part of it, with a qualifier in it or beside it. */
import type { Account } from "../service.ts";
import { invalid, missing, unfit } from "./errors.ts";
import type { Alias, Fn, Store, Version } from "./state.ts";

/** NamespacedFunctionName of the API model. */
const named =
  /^(?:arn:aws[a-zA-Z-]*:lambda:)?(?:([a-z]{2}(?:-[a-z]+)+-\d):)?(?:(\d{12}):)?(?:function:)?([a-zA-Z0-9_-]+)(?::(\$LATEST|[a-zA-Z0-9_-]+))?$/;

export interface Address {
  readonly name: string;
  readonly qualifier: string | undefined;
}

export interface Named {
  readonly FunctionName: string;
  readonly Qualifier?: string;
}

export function addressOf(account: Account, { FunctionName, Qualifier }: Named): Address {
  const found = typeof FunctionName === "string" ? named.exec(FunctionName) : null;
  if (found === null)
    throw unfit(FunctionName, "functionName", `Member must satisfy regular expression pattern: ${named.source}`);
  const [, region, owner, name = "", inName] = found;
  if (name.length > 64) throw unfit(FunctionName, "functionName", "Member must have length less than or equal to 64");
  const arn = functionArn(account, name);
  if ((region ?? account.region) !== account.region || (owner ?? account.id) !== account.id)
    throw missing(`Function not found: ${arn}`);
  if (inName !== undefined && Qualifier !== undefined && inName !== Qualifier)
    throw invalid("The derived qualifier from the function name does not match the specified qualifier.");
  return { name, qualifier: inName ?? Qualifier };
}

export function functionArn(account: Account, name: string, qualifier?: string): string {
  return `arn:aws:lambda:${account.region}:${account.id}:function:${name}${qualifier === undefined ? "" : `:${qualifier}`}`;
}

/** As it is, for what changes it. */
export function functionAt({ account, functions }: Store, { name }: Pick<Address, "name">): Fn {
  const found = functions.get(name);
  if (found === undefined) throw missing(`Function not found: ${functionArn(account, name)}`);
  return found;
}

/** As a read sees it. */
export function functionSeen({ account, functions }: Store, { name, qualifier }: Address): Fn {
  const found = functions.seen(name);
  if (found === undefined) throw missing(`Function not found: ${functionArn(account, name, qualifier)}`);
  return found;
}

/** The version that a qualifier stands for. */
export function versionAt(account: Account, fn: Fn, qualifier: string | undefined): Version {
  if (qualifier === undefined || qualifier === "$LATEST") return fn.latest;
  const number = fn.aliases[qualifier]?.version ?? qualifier;
  const found = number === "$LATEST" ? fn.latest : fn.published.find((version) => version.number === number);
  if (found === undefined) throw missing(`Function not found: ${functionArn(account, fn.name, qualifier)}`);
  return found;
}

export function aliasAt(account: Account, fn: Fn, name: string): Alias {
  const found = fn.aliases[name];
  if (found === undefined) throw missing(`Cannot find alias arn: ${functionArn(account, fn.name, name)}`);
  return found;
}

/** What may stand for itself: the function, a version or an alias. */
export function checkQualifier(account: Account, fn: Fn, qualifier: string | undefined): void {
  if (qualifier === undefined) return;
  if (/^(\$LATEST|\d+)$/.test(qualifier)) versionAt(account, fn, qualifier);
  else aliasAt(account, fn, qualifier);
}
