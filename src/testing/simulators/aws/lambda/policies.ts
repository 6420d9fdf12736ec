/**
 * Who may call a function, a version or an alias: docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html. The revision of a
 * policy is that of what it stands at.
 */
import type { Handlers } from "../operations.ts";
import { type Account, AwsFailure } from "../service.ts";
import { revisionOf } from "./functions.ts";
import {
  addressOf,
  type Address,
  aliasAt,
  checkQualifier,
  functionArn,
  functionAt,
  functionSeen,
  type Named,
  versionAt,
} from "./names.ts";
import { checkRevision, conflict, invalid, missing, unfit } from "./errors.ts";
import { type Fn, type Statement, type Store, uuidOf, without } from "./state.ts";

interface AddPermission extends Named {
  readonly StatementId: string;
  readonly Action: string;
  readonly Principal: string;
  readonly SourceArn?: string;
  readonly SourceAccount?: string;
  readonly PrincipalOrgID?: string;
  readonly EventSourceToken?: string;
  readonly FunctionUrlAuthType?: string;
  readonly InvokedViaFunctionUrl?: boolean;
  readonly RevisionId?: string;
}

/** docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, "Function resource-based policy". */
const mostBytes = 20_480;

export function policyHandlers(store: Store): Handlers {
  const { account, functions } = store;
  return {
    AddPermission(input: AddPermission) {
      const at = addressOf(account, input);
      const fn = functionAt(store, at);
      checkQualifier(account, fn, at.qualifier);
      if (at.qualifier === "$LATEST") throw invalid("$LATEST is not supported for a policy; leave the qualifier out.");
      checkRevision(input.RevisionId, revision(fn, at));
      const statement = statementOf(account, input);
      const before = fn.policies[at.qualifier ?? ""] ?? [];
      if (before.some(({ Sid }) => Sid === statement.Sid))
        throw conflict(
          `The statement id (${statement.Sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
        );
      const after = { ...fn, policies: { ...fn.policies, [at.qualifier ?? ""]: [...before, statement] } };
      const size = Buffer.byteLength(policyOf(account, after, at) ?? "");
      if (size > mostBytes)
        throw new AwsFailure(
          400,
          "PolicyLengthExceededException",
          `The final policy size (${size}) is bigger than the limit (${mostBytes}).`,
          {
            Type: "User",
          },
        );
      functions.put(fn.name, touched(after, at));
      return { Statement: JSON.stringify(written(account, fn, at, statement)) };
    },

    RemovePermission(input: Named & { readonly StatementId: string; readonly RevisionId?: string }) {
      const at = addressOf(account, input);
      const fn = functionAt(store, at);
      const before = fn.policies[at.qualifier ?? ""];
      if (before === undefined) throw missing("No policy is associated with the given resource.");
      const left = before.filter(({ Sid }) => Sid !== input.StatementId);
      if (left.length === before.length) throw missing(`Statement ${input.StatementId} is not found in resource policy.`);
      checkRevision(input.RevisionId, revision(fn, at));
      const key = at.qualifier ?? "";
      const policies = left.length === 0 ? without(fn.policies, key) : { ...fn.policies, [key]: left };
      functions.put(fn.name, touched({ ...fn, policies }, at));
    },

    GetPolicy(input: Named) {
      const at = addressOf(account, input);
      const fn = functionSeen(store, at);
      checkQualifier(account, fn, at.qualifier);
      const Policy = policyOf(account, fn, at);
      if (Policy === undefined) throw missing();
      return { Policy, RevisionId: revision(fn, at) };
    },
  };

  function revision(fn: Fn, { qualifier }: Address): string {
    const alias = qualifier === undefined ? undefined : fn.aliases[qualifier];
    return alias === undefined ? revisionOf(account, versionAt(account, fn, qualifier)) : uuidOf(alias.revision);
  }

  function touched(fn: Fn, { qualifier }: Address): Fn {
    if (qualifier === undefined) return { ...fn, latest: { ...fn.latest, revisions: [account.next(), account.next()] } };
    if (/^\d+$/.test(qualifier)) {
      const bumped = (version: Fn["latest"]): Fn["latest"] =>
        version.number === qualifier ? { ...version, revisions: [account.next(), account.next()] } : version;
      return { ...fn, published: fn.published.map(bumped) };
    }
    const alias = aliasAt(account, fn, qualifier);
    return { ...fn, aliases: { ...fn.aliases, [qualifier]: { ...alias, revision: account.next() } } };
  }
}

function statementOf({ around }: Account, input: AddPermission): Statement {
  const { StatementId: Sid, Action, Principal, FunctionUrlAuthType: auth, InvokedViaFunctionUrl: via } = input;
  if (!/^[\w-]{1,100}$/.test(Sid))
    throw unfit(Sid, "statementId", "Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)");
  if (!/^(lambda:(\*|[a-zA-Z]+)|\*)$/.test(Action))
    throw unfit(Action, "action", "Member must satisfy regular expression pattern: (lambda:[*]|lambda:[a-zA-Z]+|[*])");
  if (auth !== undefined && Action !== "lambda:InvokeFunctionUrl")
    throw invalid("FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action");
  if (via !== undefined && Action !== "lambda:InvokeFunction")
    throw invalid("InvokedViaFunctionUrl is only supported for lambda:InvokeFunction action");
  const arn = input.SourceArn === undefined ? {} : { ArnLike: { "AWS:SourceArn": input.SourceArn } };
  const equal = {
    ...(input.SourceAccount === undefined ? {} : { "AWS:SourceAccount": input.SourceAccount }),
    ...(auth === undefined ? {} : { "lambda:FunctionUrlAuthType": auth }),
    ...(input.PrincipalOrgID === undefined ? {} : { "aws:PrincipalOrgID": input.PrincipalOrgID }),
    ...(input.EventSourceToken === undefined ? {} : { "lambda:EventSourceToken": input.EventSourceToken }),
  };
  const Condition = {
    ...(Object.keys(equal).length === 0 ? {} : { StringEquals: equal }),
    ...(via === undefined ? {} : { Bool: { "lambda:InvokedViaFunctionUrl": String(via) } }),
    ...arn,
  };
  return {
    Sid,
    Principal: principalOf(Principal),
    Action,
    ...(Object.keys(Condition).length === 0 ? {} : { Condition }),
    since: around.now(),
  };
}

function principalOf(given: string): unknown {
  if (given === "*") return "*";
  if (/^\d{12}$/.test(given)) return { AWS: `arn:aws:iam::${given}:root` };
  if (given.startsWith("arn:")) return { AWS: given };
  if (/^[\w.-]+\.amazonaws\.com(\.cn)?$|^(alexa|s3|sns|events)\b/.test(given)) return { Service: given };
  throw invalid("The provided principal was invalid. Please check the principal and try again.");
}

function policyOf(account: Account, fn: Fn, at: Address): string | undefined {
  const statements = fn.policies[at.qualifier ?? ""];
  if (statements === undefined) return undefined;
  const Statement = statements.map((statement) => written(account, fn, at, statement));
  return JSON.stringify({ Version: "2012-10-17", Id: "default", Statement });
}

function written(account: Account, fn: Fn, { qualifier }: Address, { Sid, Principal, Action, Condition }: Statement): object {
  const Resource = functionArn(account, fn.name, qualifier);
  return { Sid, Effect: "Allow", Principal, Action, Resource, ...(Condition === undefined ? {} : { Condition }) };
}

/** Whether a service may call what the qualifier names, for a source; a new statement takes `lags.permission` to be seen. */
export function letsIn(
  { around, lags }: Account,
  fn: Fn,
  qualifier: string | undefined,
  principal: string,
  source: { readonly arn: string; readonly account: string },
): boolean {
  return (fn.policies[qualifier ?? ""] ?? []).some(({ since, Principal, Action, Condition = {} }) => {
    if (around.now() < since + (lags.permission ?? 0)) return false;
    const named = Principal === "*" || (Principal as { readonly Service?: string }).Service === principal;
    const { "AWS:SourceArn": arn = source.arn } = Condition["ArnLike"] ?? {};
    const { "AWS:SourceAccount": owner = source.account } = Condition["StringEquals"] ?? {};
    return named && /^(lambda:(\*|InvokeFunction)|\*)$/.test(Action) && owner === source.account && isLike(arn, source.arn);
  });
}

function isLike(pattern: string, arn: string): boolean {
  const form = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${form}$`).test(arn);
}
