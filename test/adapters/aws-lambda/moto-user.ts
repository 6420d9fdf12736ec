/** IAM users on moto, with policies of their own. */
import {
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import type { JsonObject } from "fnpkg/adapter";
import type { Moto } from "../../emulators/moto.ts";
import { credentials, region } from "./moto-site.ts";

export interface User {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: { readonly [operator: string]: { readonly [key: string]: string | readonly string[] } };
}

export function statementsIn(document: JsonObject): readonly Statement[] {
  return document["Statement"] as unknown as readonly Statement[];
}

/**
 * moto 5.2 (moto/iam/access_control.py, moto/core/responses.py) asks for `*` where AWS asks for an ARN, but for buckets, objects,
 * queues and roles that are there. To its patterns, which are regular expressions, this is that star and nothing else.
 */
const star = "arn:aws:sns:::none|[*]";
/** It asks for the operation of API Gateway, not for its method. */
const operations: { readonly [action: string]: readonly string[] } = {
  "apigateway:GET": ["GetApis", "GetIntegrations", "GetRoutes", "GetStages"],
  "apigateway:POST": ["CreateApi", "CreateIntegration", "CreateRoute", "CreateStage"],
  "apigateway:PATCH": ["UpdateApi", "UpdateIntegration", "UpdateRoute", "UpdateStage"],
  "apigateway:DELETE": ["DeleteApi", "DeleteCorsConfiguration", "DeleteIntegration", "DeleteRoute", "DeleteStage"],
};

function asMotoHasIt(document: JsonObject): string {
  const Statement = statementsIn(document).map((one) => ({
    ...one,
    Action: one.Action.flatMap((action) => operations[action]?.map((name) => `apigateway:${name}`) ?? action),
    Resource: [...one.Resource, star],
  }));
  return JSON.stringify({ ...document, Statement });
}

/** A user who may do what the policy says, and nothing else. */
export async function userWith(moto: Pick<Moto, "endpoint">, UserName: string, document: JsonObject): Promise<User> {
  const iam = new IAMClient({ endpoint: moto.endpoint, region, credentials });
  await iam.send(new CreateUserCommand({ UserName }));
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "deployer", PolicyDocument: asMotoHasIt(document) }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? "", secretAccessKey: AccessKey?.SecretAccessKey ?? "" };
}

/** As `aws iam create-policy` does. */
export async function createPolicy(moto: Pick<Moto, "endpoint">, PolicyName: string, PolicyDocument: string): Promise<void> {
  const iam = new IAMClient({ endpoint: moto.endpoint, region, credentials });
  await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }));
}

/** The document without some actions. */
export function without(document: JsonObject, actions: readonly string[]): JsonObject {
  const left = statementsIn(document).map((one) => ({ ...one, Action: one.Action.filter((name) => !actions.includes(name)) }));
  return { ...document, Statement: left.filter(({ Action }) => Action.length > 0) };
}
