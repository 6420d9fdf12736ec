/** HTTP: the function's own URL, or an API Gateway HTTP API. Path and methods are enforced inside the function. */
import { digestOf, type Cors, type HttpTrigger, type Resolved, type Resource } from "fnpkg/adapter";
import type { Section } from "./config.ts";
import {
  type ApiProps,
  type CorsProps,
  ids,
  type IntegrationProps,
  kinds,
  type PermissionProps,
  type RouteProps,
  type StageProps,
  type UrlProps,
} from "./resources.ts";
import { aliasArn, fit, functionArn, getAtt } from "./translate-names.ts";

type Config = Resolved<Section>;

export function http(
  config: Config,
  trigger: HttpTrigger,
  streaming: boolean,
  mark: (id: string) => string,
): Resource<string, object>[] {
  return config.section.http === "api-gateway" ? gateway(config, trigger, mark) : functionUrl(config, trigger, streaming);
}

/** https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html */
function functionUrl({ section }: Config, trigger: HttpTrigger, streaming: boolean): Resource<string, object>[] {
  const open = trigger.auth === "public";
  const url: UrlProps = {
    TargetFunctionArn: functionArn,
    Qualifier: section.alias,
    AuthType: open ? "NONE" : "AWS_IAM",
    InvokeMode: streaming ? "RESPONSE_STREAM" : "BUFFERED",
    Cors: corsOf(trigger),
  };
  const callers = open ? ["*"] : (trigger.callers ?? []);
  return [
    { kind: kinds.url, id: ids.url, props: url, needs: [ids.alias] },
    ...callers.flatMap((caller) => urlPermissions(trigger.name, caller, open ? "NONE" : "AWS_IAM")),
  ];
}

/** A caller needs both (https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html). */
function urlPermissions(trigger: string, caller: string, auth: "NONE" | "AWS_IAM"): Resource<string, PermissionProps>[] {
  const base = { FunctionName: aliasArn, Principal: caller, SourceArn: null, SourceAccount: null } as const;
  const who = caller === "*" ? "" : `-${digestOf(caller).slice("sha256:".length, "sha256:".length + 8)}`;
  const id = `${ids.permission(trigger)}${who}`;
  return [
    {
      kind: kinds.permission,
      id: `url-${id}`,
      props: { ...base, Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType: auth, InvokedViaFunctionUrl: null },
    },
    {
      kind: kinds.permission,
      id,
      props: { ...base, Action: "lambda:InvokeFunction", FunctionUrlAuthType: null, InvokedViaFunctionUrl: true },
    },
  ];
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
function gateway(config: Config, trigger: HttpTrigger, mark: (id: string) => string): Resource<string, object>[] {
  const api: ApiProps = {
    Name: fit(config.deployment, 128),
    Description: config.description ?? "",
    ProtocolType: "HTTP",
    CorsConfiguration: corsOf(trigger),
    DisableExecuteApiEndpoint: false,
    Tags: config.tags,
  };
  const apiId = getAtt(ids.api, "ApiId");
  const integration: IntegrationProps = {
    ApiId: apiId,
    Description: mark(ids.integration),
    IntegrationType: "AWS_PROXY",
    IntegrationMethod: "POST",
    IntegrationUri: aliasArn,
    PayloadFormatVersion: "2.0",
    TimeoutInMillis: 30_000,
  };
  const route: RouteProps = {
    ApiId: apiId,
    RouteKey: "$default",
    OperationName: mark(ids.route),
    AuthorizationType: trigger.auth === "public" ? "NONE" : "AWS_IAM",
    Target: getAtt(ids.integration, "Target"),
  };
  const stage: StageProps = { ApiId: apiId, StageName: "$default", AutoDeploy: true, Tags: config.tags };
  const permission: PermissionProps = {
    FunctionName: aliasArn,
    Action: "lambda:InvokeFunction",
    Principal: "apigateway.amazonaws.com",
    SourceArn: getAtt(ids.api, "ExecuteArn"),
    SourceAccount: null,
    FunctionUrlAuthType: null,
    InvokedViaFunctionUrl: null,
  };
  return [
    { kind: kinds.api, id: ids.api, props: api },
    { kind: kinds.permission, id: ids.permission(trigger.name), props: permission },
    { kind: kinds.integration, id: ids.integration, props: integration, needs: [ids.permission(trigger.name)] },
    { kind: kinds.route, id: ids.route, props: route },
    { kind: kinds.stage, id: ids.stage, props: stage, needs: [ids.route] },
  ];
}

/** What a wildcard does not stand for once credentials are sent. */
const namedMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

function corsOf({ cors, methods }: HttpTrigger): CorsProps | null {
  if (cors === undefined) return null;
  // No origin is named where any may call, so none may send credentials.
  const credentials = cors.credentials === true && !cors.origins.includes("*");
  return {
    AllowOrigins: cors.origins,
    AllowMethods: methodsOf(cors, methods, credentials),
    AllowHeaders: listOf(cors.headers),
    ExposeHeaders: listOf(cors.exposeHeaders),
    MaxAge: cors.maxAgeSeconds ?? null,
    AllowCredentials: credentials,
  };
}

/** Preflights are answered anyway, so OPTIONS need not be among them. */
function methodsOf(cors: Cors, served: readonly string[] | undefined, credentials: boolean): readonly string[] {
  const wanted = cors.methods ?? served?.filter((method) => method !== "OPTIONS") ?? [];
  if (wanted.length > 0 && !wanted.includes("*")) return wanted;
  return credentials ? namedMethods : ["*"];
}

function listOf(values: readonly string[] | undefined): readonly string[] | null {
  return values === undefined || values.length === 0 ? null : values;
}
