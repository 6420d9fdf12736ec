/** An HTTP API in front of the function. */
import type { Api } from "@aws-sdk/client-apigatewayv2";
import type { Lifecycle, Live, Outputs } from "fnpkg/adapter";
import type { AwsClient } from "../client.ts";
import { ifThere } from "../errors.ts";
import { type ApiProps, kinds } from "../resources.ts";
import { apisOf, corsFor, corsOf, ourApis, tagArn } from "./gateway.ts";
import { changeTags, markIn, markOf, tagsFor, tagsIn } from "./marks.ts";
import { functionNamed } from "./owner.ts";
import { answered, type Context } from "./shared.ts";

export const apiLifecycle: Lifecycle<ApiProps, AwsClient> = {
  fixed: ["Name", "ProtocolType"],
  after: [kinds.alias],
  whole: ["/Tags"],
  permissions: {
    read: ["apigateway:GET", "lambda:GetFunction"],
    create: ["apigateway:POST", "apigateway:TagResource"],
    update: ["apigateway:DELETE", "apigateway:PATCH", "apigateway:POST", "apigateway:TagResource", "apigateway:UntagResource"],
    delete: ["apigateway:DELETE"],
  },
  lock: ({ Name }) => `api ${Name}`,

  async find(cx) {
    const apis = await ourApis(cx);
    return Promise.all(apis.map(async (api) => ({ id: markIn(api.Tags ?? {})?.resource ?? "", live: await liveOf(cx, api) })));
  },

  /** Names of APIs are no addresses: only one of ours is taken for it. */
  async read(cx, _id, props) {
    const api = (await apisOf(cx)).find(
      ({ Name, Tags }) => Name === props.Name && markIn(Tags ?? {})?.deployment === cx.deployment,
    );
    return api === undefined ? undefined : liveOf(cx, api, props);
  },

  async create(cx, id, props) {
    const made = await cx.client.gateway.createApi(
      {
        Name: props.Name,
        ProtocolType: props.ProtocolType,
        Description: props.Description,
        DisableExecuteApiEndpoint: props.DisableExecuteApiEndpoint,
        Tags: tagsFor(markOf(cx, id), listed(props.Tags)),
        ...(props.CorsConfiguration === null ? {} : { CorsConfiguration: corsFor(props.CorsConfiguration) }),
      },
      cx,
    );
    return outputsOf(cx, made);
  },

  async update(cx, id, props, live) {
    const ApiId = answered(live.outputs["ApiId"], "the API's id");
    const { CorsConfiguration } = props;
    if (CorsConfiguration === null && (live.props.CorsConfiguration ?? null) !== null)
      await cx.client.gateway.deleteCorsConfiguration({ ApiId }, cx);
    await cx.client.gateway.updateApi(
      {
        ApiId,
        Name: props.Name,
        Description: props.Description,
        DisableExecuteApiEndpoint: props.DisableExecuteApiEndpoint,
        ...(CorsConfiguration === null ? {} : { CorsConfiguration: corsFor(CorsConfiguration) }),
      },
      cx,
    );
    const now = (await apisOf(cx)).find((api) => api.ApiId === ApiId)?.Tags ?? {};
    const ResourceArn = await tagArn(cx, `/apis/${ApiId}`);
    await changeTags(now, tagsFor(markOf(cx, id), listed(props.Tags)), {
      set: (Tags) => cx.client.gateway.tagResource({ ResourceArn, Tags }, cx),
      remove: (TagKeys) => cx.client.gateway.untagResource({ ResourceArn, TagKeys }, cx),
    });
    return live.outputs;
  },

  async delete(cx, _id, { outputs: { ApiId } }) {
    if (ApiId !== undefined) await ifThere(cx.client.gateway.deleteApi({ ApiId }, cx));
  },
};

async function liveOf(cx: Context, api: Api, wanted?: ApiProps): Promise<Live<ApiProps>> {
  const tags = tagsIn(api.Tags ?? {}, listed(wanted?.Tags ?? {}));
  return {
    props: {
      Name: api.Name ?? "",
      Description: api.Description ?? "",
      ProtocolType: api.ProtocolType as "HTTP",
      CorsConfiguration: corsOf(api.CorsConfiguration),
      DisableExecuteApiEndpoint: api.DisableExecuteApiEndpoint ?? false,
      Tags: Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])),
    },
    outputs: await outputsOf(cx, api),
    mark: markIn(api.Tags ?? {}),
    state: "ready",
  };
}

/** The account is the function's. */
async function outputsOf(cx: Context, { ApiId = "", ApiEndpoint = "" }: Pick<Api, "ApiId" | "ApiEndpoint">): Promise<Outputs> {
  const arn = (await functionNamed(cx, cx.deployment))?.Configuration?.FunctionArn ?? "";
  const [prefix = "arn", partition = "aws", , , account = ""] = arn.split(":");
  return {
    ApiId,
    url: ApiEndpoint,
    ExecuteArn: `${prefix}:${partition}:execute-api:${cx.client.region}:${account}:${ApiId}/*/*`,
  };
}

function listed(tags: { readonly [key: string]: string }) {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
