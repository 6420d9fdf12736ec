/** One statement of the function's policy. Its id carries the mark, with the function that it stands at. */
import type { Lifecycle, Live, Mark } from "fnpkg/adapter";
import type { AwsClient } from "../client.ts";
import { ifThere } from "../errors.ts";
import { kinds, type PermissionProps, statementId } from "../resources.ts";
import { functionMark, splitFunction } from "./owner.ts";
import { bucketIn, removeNotification } from "./bucket-notification.ts";
import { boundBy, ourStatements, type Statement, statementsOf } from "./policy.ts";
import { type Context, given, known, noOutputs, text } from "./shared.ts";
import { removeSubscription } from "./subscription.ts";

export const permissionLifecycle: Lifecycle<PermissionProps, AwsClient> = {
  fixed: ["FunctionName", "Action", "Principal", "SourceArn", "SourceAccount", "FunctionUrlAuthType", "InvokedViaFunctionUrl"],
  after: [kinds.alias, kinds.api],
  permissions: {
    read: ["lambda:GetFunction", "lambda:GetPolicy", "lambda:ListAliases"],
    create: ["lambda:AddPermission"],
    delete: ["lambda:RemovePermission"],
  },
  lock: ({ FunctionName }) => `policy ${text(FunctionName) ?? ""}`,

  async find(cx) {
    const [statements, mark] = await Promise.all([ourStatements(cx), functionMark(cx, cx.deployment)]);
    return statements.map((one) => ({ id: one.resourceId, live: liveOf(one.resourceId, one, mark) }));
  },

  async read(cx, id, props) {
    const at = address(props);
    if (at === undefined) return undefined;
    const [statements, mark] = await Promise.all([
      statementsOf(cx, at.FunctionName, at.Qualifier),
      functionMark(cx, at.FunctionName),
    ]);
    const statement = statements.find((one) => one.id === statementId(id));
    return statement === undefined ? undefined : liveOf(id, statement, mark, props);
  },

  async create(cx, id, props) {
    await cx.client.lambda.addPermission(
      {
        FunctionName: known(address(props)?.FunctionName, "the permission's function"),
        Qualifier: known(address(props)?.Qualifier, "the permission's alias"),
        StatementId: statementId(id),
        Action: props.Action,
        Principal: props.Principal,
        ...given({
          SourceArn: text(props.SourceArn),
          SourceAccount: text(props.SourceAccount),
          FunctionUrlAuthType: props.FunctionUrlAuthType,
          InvokedViaFunctionUrl: props.InvokedViaFunctionUrl,
        }),
      },
      cx,
    );
    return noOutputs;
  },

  async delete(cx, id, { props }) {
    const at = address(props);
    if (at === undefined) return;
    await removePusher(cx, id, props);
    await ifThere(cx.client.lambda.removePermission({ ...at, StatementId: statementId(id) }, cx));
  },
};

/** What it lets in goes before it: the permission is all that tells of it. */
async function removePusher(cx: Context, id: string, { FunctionName, SourceArn }: Partial<PermissionProps>): Promise<void> {
  const trigger = boundBy(id);
  const source = text(SourceArn);
  if (trigger === undefined || source === undefined) return;
  const service = source.split(":")[2];
  if (service === "s3") await removeNotification(cx, bucketIn(source), trigger);
  if (service === "sns") await removeSubscription(cx, source, text(FunctionName) ?? "", trigger);
}

function address({ FunctionName }: Partial<PermissionProps>): { FunctionName: string; Qualifier: string } | undefined {
  const arn = text(FunctionName);
  if (arn === undefined) return undefined;
  const { name, qualifier } = splitFunction(arn);
  return qualifier === undefined ? undefined : { FunctionName: name, Qualifier: qualifier };
}

/** It has no mark of its own: it is ours because the function is. */
function liveOf(
  id: string,
  found: Statement,
  ofFunction: Mark | null | undefined,
  wanted?: PermissionProps,
): Live<PermissionProps> {
  return {
    props: {
      FunctionName: found.resource,
      Action: found.action as PermissionProps["Action"],
      Principal: principal(found.principal, wanted?.Principal),
      SourceArn: found.sourceArn,
      SourceAccount: found.sourceAccount,
      FunctionUrlAuthType: found.urlAuthType as PermissionProps["FunctionUrlAuthType"],
      InvokedViaFunctionUrl: found.viaUrl,
    },
    outputs: noOutputs,
    mark: ofFunction === undefined || ofFunction === null ? null : { ...ofFunction, resource: id },
    state: "ready",
  };
}

/** An account's number is kept as the ARN of its root. */
function principal(live: string, wanted: string | undefined): string {
  return wanted !== undefined && /^\d{12}$/.test(wanted) && live.endsWith(`:iam::${wanted}:root`) ? wanted : live;
}
