/** The function's resource policy: who may call it, and the index of what pushes to it. */
import { ifThere } from "../errors.ts";
import { ids, statementResource } from "../resources.ts";
import { ourAliases } from "./owner.ts";
import { boundTo } from "./services.ts";
import { type Context, together } from "./shared.ts";

/** One statement, in the words of `AddPermission`. */
export interface Statement {
  readonly id: string;
  /** The ARN that it is about, with the alias. */
  readonly resource: string;
  readonly action: string;
  readonly principal: string;
  readonly sourceArn: string | null;
  readonly sourceAccount: string | null;
  readonly urlAuthType: string | null;
  readonly viaUrl: boolean | null;
}

interface Written {
  readonly Sid?: string;
  readonly Resource?: string;
  readonly Action?: string;
  readonly Principal?: string | { readonly [kind: string]: string };
  readonly Condition?: { readonly [operator: string]: { readonly [key: string]: string } };
  /** As they were sent, beside the statement: moto's form of the two conditions. */
  readonly FunctionUrlAuthType?: string;
  readonly InvokedViaFunctionUrl?: boolean;
}

/** The statements about one alias. */
export function statementsOf(cx: Context, name: string, qualifier: string): Promise<readonly Statement[]> {
  return together(cx, `policy ${name}:${qualifier}`, async () => {
    const found = await ifThere(cx.client.lambda.getPolicy({ FunctionName: name, Qualifier: qualifier }, cx));
    if (found?.Policy === undefined) return [];
    const { Statement: written } = JSON.parse(found.Policy) as { readonly Statement: readonly Written[] };
    return written.map(read).filter(({ resource }) => resource.endsWith(`:${qualifier}`));
  });
}

/** Those that we wrote, on all of our aliases. */
export async function ourStatements(cx: Context): Promise<readonly (Statement & { readonly resourceId: string })[]> {
  const aliases = await ourAliases(cx);
  const all = await Promise.all(aliases.map(({ Name = "" }) => statementsOf(cx, cx.deployment, Name)));
  return all.flat().flatMap((statement) => {
    const resourceId = statementResource(statement.id);
    return resourceId === undefined ? [] : [{ ...statement, resourceId }];
  });
}

/** What may push. */
export interface Source {
  readonly arn: string;
  /** The id of the resource that binds it. */
  readonly trigger: string;
  /** The ARN of what it may call. */
  readonly resource: string;
}

/** The permissions for that. */
export const sourceReads = [
  "lambda:GetFunction",
  "lambda:GetPolicy",
  "lambda:ListAliases",
  "lambda:ListTags",
  "lambda:ListVersionsByFunction",
] as const;

/** What may push, by service (`sns`, `s3`), and what is bound although somebody took its statement away. */
export async function sourcesOf(cx: Context, service: string): Promise<readonly Source[]> {
  const [statements, aliases, bound] = await Promise.all([ourStatements(cx), ourAliases(cx), boundTo(cx)]);
  const pushing = statements.flatMap(({ sourceArn, resourceId, resource }) => {
    const trigger = boundBy(resourceId);
    return trigger === undefined ? [] : [{ arn: sourceArn ?? "", trigger, resource }];
  });
  const others = bound.filter(([, source]) => pushing.every(({ arn }) => arn !== source));
  const left = others.flatMap(([name, arn]) =>
    aliases.map(({ AliasArn: resource = "" }) => ({ arn, trigger: ids.trigger(name), resource })),
  );
  return [...pushing, ...left].filter(({ arn }) => arn.split(":")[2] === service);
}

const permissionPrefix = ids.permission("");

/** The id of the trigger that a permission is for. */
export function boundBy(permission: string): string | undefined {
  return permission.startsWith(permissionPrefix) ? ids.trigger(permission.slice(permissionPrefix.length)) : undefined;
}

/**
 * The forms that Lambda gives what `AddPermission` took
 * (docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html, urls-auth.html).
 */
function read({ Sid = "", Resource = "", Action = "", Principal, Condition = {}, ...beside }: Written): Statement {
  const conditions = new Map(
    Object.values(Condition).flatMap((keys) => Object.entries(keys).map(([key, value]) => [key.toLowerCase(), value] as const)),
  );
  const via = conditions.get("lambda:invokedviafunctionurl") ?? beside.InvokedViaFunctionUrl;
  return {
    id: Sid,
    resource: Resource,
    action: Action,
    principal: typeof Principal === "string" ? Principal : (Principal?.["Service"] ?? Principal?.["AWS"] ?? ""),
    sourceArn: conditions.get("aws:sourcearn") ?? null,
    sourceAccount: conditions.get("aws:sourceaccount") ?? null,
    urlAuthType: conditions.get("lambda:functionurlauthtype") ?? beside.FunctionUrlAuthType ?? null,
    viaUrl: via === undefined ? null : String(via) === "true",
  };
}
