/** One statement of the function's policy. Its id carries the mark, with the function that it stands at. */
import type { Lifecycle, Live } from "fnpkg/adapter";
import type { AwsClient } from "../client.ts";
import { ifThere } from "../errors.ts";
import { kinds, type PermissionProps, statementId } from "../resources.ts";
import { derivedMark, splitFunction } from "./owner.ts";
import { ourStatements, type Statement, statementsOf } from "./policy.ts";
import { type Context, given, known, noOutputs, text } from "./shared.ts";

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
    const statements = await ourStatements(cx);
    return Promise.all(statements.map(async (one) => ({ id: one.resourceId, live: await liveOf(cx, one.resourceId, one) })));
  },

  async read(cx, id, props) {
    const at = address(props);
    if (at === undefined) return undefined;
    const statement = (await statementsOf(cx, at.FunctionName, at.Qualifier)).find((one) => one.id === statementId(id));
    return statement === undefined ? undefined : liveOf(cx, id, statement, props);
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
    if (at !== undefined) await ifThere(cx.client.lambda.removePermission({ ...at, StatementId: statementId(id) }, cx));
  },
};

function address({ FunctionName }: Partial<PermissionProps>): { FunctionName: string; Qualifier: string } | undefined {
  const arn = text(FunctionName);
  if (arn === undefined) return undefined;
  const { name, qualifier } = splitFunction(arn);
  return qualifier === undefined ? undefined : { FunctionName: name, Qualifier: qualifier };
}

async function liveOf(cx: Context, id: string, found: Statement, wanted?: PermissionProps): Promise<Live<PermissionProps>> {
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
    mark: await derivedMark(cx, splitFunction(found.resource).name, id),
    state: "ready",
  };
}

/** An account's number is kept as the ARN of its root. */
function principal(live: string, wanted: string | undefined): string {
  return wanted !== undefined && /^\d{12}$/.test(wanted) && live.endsWith(`:iam::${wanted}:root`) ? wanted : live;
}
