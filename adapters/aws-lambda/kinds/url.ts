/** The function's own URL, on the alias. Has no tags: it is ours because the alias is. */
import type { GetFunctionUrlConfigCommandOutput } from "@aws-sdk/client-lambda";
import type { Lifecycle, Live, Mark, Outputs } from "fnpkg/adapter";
import type { AwsClient } from "../client.ts";
import { ifThere } from "../errors.ts";
import { type CorsProps, ids, kinds, type UrlProps } from "../resources.ts";
import { derivedMark, ourAliases, splitFunction } from "./owner.ts";
import { answered, type Context, given, known, text } from "./shared.ts";

export const urlLifecycle: Lifecycle<UrlProps, AwsClient> = {
  fixed: ["TargetFunctionArn", "Qualifier"],
  after: [kinds.alias],
  permissions: {
    read: ["lambda:GetFunction", "lambda:GetFunctionUrlConfig", "lambda:ListAliases"],
    create: ["lambda:CreateFunctionUrlConfig"],
    update: ["lambda:UpdateFunctionUrlConfig"],
    delete: ["lambda:DeleteFunctionUrlConfig"],
  },

  async find(cx) {
    const { deployment: name } = cx;
    const [aliases, mark] = await Promise.all([ourAliases(cx), derivedMark(cx, name, ids.url)]);
    const found = await Promise.all(aliases.map(({ Name = "" }) => look(cx, name, Name, mark)));
    return found.flatMap((live) => (live === undefined ? [] : [{ id: ids.url, live }]));
  },

  async read(cx, _id, props) {
    const name = text(props.TargetFunctionArn);
    return name === undefined ? undefined : look(cx, splitFunction(name).name, props.Qualifier);
  },

  async create(cx, _id, props) {
    const made = await cx.client.lambda.createFunctionUrlConfig({ ...addressOf(props), ...settings(props) }, cx);
    return outputsOf(made);
  },

  async update(cx, _id, props, live) {
    const { Cors = {}, ...rest } = settings(props);
    await cx.client.lambda.updateFunctionUrlConfig({ ...addressOf(props), ...rest, Cors }, cx);
    return live.outputs;
  },

  async delete(cx, _id, { props }) {
    const name = splitFunction(text(props.TargetFunctionArn) ?? cx.deployment).name;
    if (props.Qualifier === undefined) return;
    await ifThere(cx.client.lambda.deleteFunctionUrlConfig({ FunctionName: name, Qualifier: props.Qualifier }, cx));
  },
};

async function look(
  cx: Context,
  name: string,
  Qualifier: string,
  marked: Mark | null | Promise<Mark | null> = derivedMark(cx, name, ids.url),
): Promise<Live<UrlProps> | undefined> {
  const [found, mark] = await Promise.all([
    ifThere(cx.client.lambda.getFunctionUrlConfig({ FunctionName: name, Qualifier }, cx)),
    marked,
  ]);
  if (found === undefined) return undefined;
  const arn = answered(found.FunctionArn, "the URL's function");
  return {
    props: {
      TargetFunctionArn: arn.split(":").slice(0, 7).join(":"),
      Qualifier,
      AuthType: answered(found.AuthType, "the URL's kind of authorization"),
      InvokeMode: found.InvokeMode ?? "BUFFERED",
      Cors: corsOf(found.Cors),
    },
    outputs: outputsOf(found),
    mark,
    state: "ready",
  };
}

function corsOf(cors: GetFunctionUrlConfigCommandOutput["Cors"]): CorsProps | null {
  if (cors === undefined || Object.keys(cors).length === 0) return null;
  return {
    AllowOrigins: cors.AllowOrigins ?? [],
    AllowMethods: cors.AllowMethods ?? [],
    AllowHeaders: cors.AllowHeaders ?? null,
    ExposeHeaders: cors.ExposeHeaders ?? null,
    MaxAge: cors.MaxAge ?? null,
    AllowCredentials: cors.AllowCredentials ?? false,
  };
}

function settings({ AuthType, InvokeMode, Cors }: UrlProps) {
  if (Cors === null) return { AuthType, InvokeMode };
  const { AllowOrigins, AllowMethods, AllowHeaders, ExposeHeaders, MaxAge, AllowCredentials } = Cors;
  const lists = given({ AllowHeaders: copy(AllowHeaders), ExposeHeaders: copy(ExposeHeaders), MaxAge });
  return {
    AuthType,
    InvokeMode,
    Cors: { AllowOrigins: [...AllowOrigins], AllowMethods: [...AllowMethods], AllowCredentials, ...lists },
  };
}

function copy(list: readonly string[] | null): string[] | undefined {
  return list === null ? undefined : [...list];
}

function addressOf({ TargetFunctionArn, Qualifier }: UrlProps) {
  return { FunctionName: splitFunction(known(TargetFunctionArn, "the URL's function")).name, Qualifier };
}

function outputsOf({ FunctionUrl }: { readonly FunctionUrl?: string | undefined }): Outputs {
  return { url: answered(FunctionUrl, "the URL") };
}
