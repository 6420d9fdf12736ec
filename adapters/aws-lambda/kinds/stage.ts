/** The stage that an HTTP API answers from. */
import type { Stage } from "@aws-sdk/client-apigatewayv2";
import type { Lifecycle, Live } from "fnpkg/adapter";
import type { AwsClient } from "../client.ts";
import { ifThere } from "../errors.ts";
import { ids, kinds, type StageProps } from "../resources.ts";
import { markWithin, ourApis, tagArn, within } from "./gateway.ts";
import { markOf, changeTags, tagsFor, tagsIn } from "./marks.ts";
import { type Context, known, noOutputs, text } from "./shared.ts";

export const stageLifecycle: Lifecycle<StageProps, AwsClient> = {
  fixed: ["ApiId", "StageName"],
  after: [kinds.route],
  whole: ["/Tags"],
  permissions: {
    read: ["apigateway:GET"],
    create: ["apigateway:POST", "apigateway:TagResource"],
    update: ["apigateway:DELETE", "apigateway:PATCH", "apigateway:POST", "apigateway:TagResource", "apigateway:UntagResource"],
    delete: ["apigateway:DELETE"],
  },
  lock: ({ ApiId }) => `api ${text(ApiId) ?? ""}`,

  async find(cx) {
    const apis = await ourApis(cx);
    const found = await Promise.all(apis.map(({ ApiId = "" }) => all(cx, ApiId)));
    return Promise.all(found.flat().map(async ({ ApiId, stage }) => ({ id: ids.stage, live: await liveOf(cx, ApiId, stage) })));
  },

  async read(cx, _id, props) {
    const ApiId = text(props.ApiId);
    if (ApiId === undefined) return undefined;
    const found = (await all(cx, ApiId)).find(({ stage }) => stage.StageName === props.StageName);
    return found === undefined ? undefined : liveOf(cx, ApiId, found.stage, props);
  },

  async create(cx, id, props) {
    const { StageName, AutoDeploy } = props;
    const Tags = tagsFor(markOf(cx, id), listed(props.Tags));
    await cx.client.gateway.createStage({ ApiId: known(props.ApiId, "the stage's API"), StageName, AutoDeploy, Tags }, cx);
    return noOutputs;
  },

  async update(cx, id, props) {
    const { StageName, AutoDeploy } = props;
    const ApiId = known(props.ApiId, "the stage's API");
    await cx.client.gateway.updateStage({ ApiId, StageName, AutoDeploy }, cx);
    const now = (await all(cx, ApiId)).find(({ stage }) => stage.StageName === StageName)?.stage.Tags ?? {};
    const ResourceArn = await tagArn(cx, `/apis/${ApiId}/stages/${StageName}`);
    await changeTags(now, tagsFor(markOf(cx, id), listed(props.Tags)), {
      set: (Tags) => cx.client.gateway.tagResource({ ResourceArn, Tags }, cx),
      remove: (TagKeys) => cx.client.gateway.untagResource({ ResourceArn, TagKeys }, cx),
    });
    return noOutputs;
  },

  async delete(cx, _id, { props: { ApiId, StageName } }) {
    const api = text(ApiId);
    if (api !== undefined && StageName !== undefined) await ifThere(cx.client.gateway.deleteStage({ ApiId: api, StageName }, cx));
  },
};

async function all(cx: Context, ApiId: string): Promise<readonly { readonly ApiId: string; readonly stage: Stage }[]> {
  const found = await within(
    (NextToken) => cx.client.gateway.getStages({ ApiId, ...(NextToken === undefined ? {} : { NextToken }) }, cx),
    ({ Items, NextToken }) => ({ items: Items, next: NextToken }),
  );
  return found.map((stage) => ({ ApiId, stage }));
}

async function liveOf(cx: Context, ApiId: string, stage: Stage, wanted?: StageProps): Promise<Live<StageProps>> {
  const tags = tagsIn(stage.Tags ?? {}, listed(wanted?.Tags ?? {}));
  return {
    props: {
      ApiId,
      StageName: stage.StageName as "$default",
      AutoDeploy: stage.AutoDeploy ?? false,
      Tags: Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])),
    },
    outputs: noOutputs,
    mark: await markWithin(cx, ApiId, ids.stage),
    state: "ready",
  };
}

function listed(tags: { readonly [key: string]: string }) {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
