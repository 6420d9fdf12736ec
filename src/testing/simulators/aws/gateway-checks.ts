/** What API Gateway takes for HTTP APIs: https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/ */
import { AwsFailure } from "./service.ts";

export type Members = { readonly [member: string]: unknown };

export function checkApi({ name, description, corsConfiguration, protocolType }: Members): void {
  if (name !== undefined && !isText(name, 1, 128)) throw bad("Invalid API name specified");
  if (description !== undefined && !isText(description, 0, 1024)) throw bad("Invalid description specified");
  if (corsConfiguration === undefined) return;
  if (protocolType === "WEBSOCKET") throw bad("CORS configuration is supported for HTTP APIs only");
  checkCors(corsConfiguration as Members);
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html */
function checkCors({ allowOrigins = [], allowMethods = [], maxAge, allowCredentials }: Members): void {
  for (const origin of allowOrigins as readonly string[])
    if (origin !== "*" && !/^(https?|[a-z][a-z0-9+.-]*):\/\/[^/\s]*\/?$/.test(origin))
      throw bad(`Invalid format for origin ${origin}. Origin should start with a scheme.`);
  for (const method of allowMethods as readonly string[])
    if (!/^(GET|PUT|POST|DELETE|PATCH|OPTIONS|HEAD|\*)$/.test(method)) throw bad(`Invalid method ${method} in allowMethods`);
  if (maxAge !== undefined && !(Number.isInteger(maxAge) && Number(maxAge) >= -1 && Number(maxAge) <= 86_400))
    throw bad("Invalid value for maxAge");
  if (allowCredentials === true && (allowOrigins as readonly string[]).includes("*"))
    throw bad("allowCredentials is not supported with allowOrigins *");
}

/** Times out after 50 ms at least and 30 seconds at most. */
export function checkIntegration({ integrationType, integrationUri, payloadFormatVersion, timeoutInMillis }: Members): void {
  if (!["AWS_PROXY", "HTTP_PROXY"].includes(text(integrationType)))
    throw bad("HTTP APIs take integrations of the types AWS_PROXY and HTTP_PROXY");
  if (!isText(integrationUri, 1, 2048)) throw bad("Integration URI must be specified");
  if (integrationType === "AWS_PROXY" && !lambdaUri.test(integrationUri)) throw bad("Invalid integration URI specified");
  if (payloadFormatVersion !== "1.0" && payloadFormatVersion !== "2.0") throw bad("PayloadFormatVersion is a required parameter");
  if (
    timeoutInMillis !== undefined &&
    !(Number.isInteger(timeoutInMillis) && Number(timeoutInMillis) >= 50 && Number(timeoutInMillis) <= 30_000)
  )
    throw bad("Timeout should be between 50 ms and 30000 ms");
}

const lambdaUri =
  /^(arn:aws[a-z-]*:apigateway:[\w-]+:lambda:path\/2015-03-31\/functions\/)?arn:aws[a-z-]*:lambda:[\w-]+:\d{12}:function:[\w-]+(:[\w$-]+)?(\/invocations)?$/;

export function checkRoute({ routeKey, operationName, authorizationType }: Members): void {
  if (typeof routeKey !== "string" || !/^(\$default|(ANY|GET|PUT|POST|DELETE|PATCH|OPTIONS|HEAD) \/\S*)$/.test(routeKey))
    throw bad(`Invalid route key: ${text(routeKey)}`);
  if (operationName !== undefined && !isText(operationName, 1, 64)) throw bad("Invalid operation name specified");
  if (authorizationType !== undefined && !["NONE", "AWS_IAM", "JWT", "CUSTOM"].includes(text(authorizationType)))
    throw bad("Invalid authorization type specified");
}

export function checkStage({ stageName, autoDeploy }: Members): void {
  if (typeof stageName !== "string" || !/^(\$default|[\w-]{1,128})$/.test(stageName)) throw bad("Invalid stage name specified");
  if (autoDeploy !== undefined && typeof autoDeploy !== "boolean") throw bad("Invalid value for autoDeploy");
}

function isText(value: unknown, least: number, most: number): value is string {
  return typeof value === "string" && value.length >= least && value.length <= most;
}

/** Empty where it is none. */
export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function bad(message: string): AwsFailure {
  return new AwsFailure(400, "BadRequestException", message);
}
