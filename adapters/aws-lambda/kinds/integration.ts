/** What an HTTP API calls: the alias. */
import type { Integration } from "@aws-sdk/client-apigatewayv2";
import { type Lifecycle, type Live, type Outputs, readMark } from "fnpkg/adapter";
import type { AwsClient } from "../client.ts";
import { ifThere } from "../errors.ts";
import { type IntegrationProps, kinds } from "../resources.ts";
import { ourApis, within } from "./gateway.ts";
import { answered, type Context, defined, known, text } from "./shared.ts";

export const integrationLifecycle: Lifecycle<IntegrationProps, AwsClient> = {
  fixed: ["ApiId", "IntegrationType"],
  after: [kinds.api],
  permissions: {
    read: ["apigateway:GET"],
    create: ["apigateway:POST"],
    update: ["apigateway:PATCH"],
    delete: ["apigateway:DELETE"],
  },
  lock: ({ ApiId }) => `api ${text(ApiId) ?? ""}`,

  async find(cx) {
    const apis = await ourApis(cx);
    const found = await Promise.all(apis.map(({ ApiId = "" }) => all(cx, ApiId)));
    return found.flat().flatMap((live) => (live.mark?.deployment === cx.deployment ? [{ id: live.mark.resource, live }] : []));
  },

  async read(cx, _id, props) {
    const ApiId = text(props.ApiId);
    return ApiId === undefined ? undefined : (await all(cx, ApiId)).find((live) => live.props.Description === props.Description);
  },

  async create(cx, _id, props) {
    const ApiId = known(props.ApiId, "the integration's API");
    const made = await cx.client.gateway.createIntegration(
      { ...settings(props), ApiId, IntegrationType: props.IntegrationType },
      cx,
    );
    return outputsOf(made);
  },

  async update(cx, _id, props, live) {
    const ApiId = known(props.ApiId, "the integration's API");
    const IntegrationId = answered(live.outputs["IntegrationId"], "the integration's id");
    await cx.client.gateway.updateIntegration({ ...settings(props), ApiId, IntegrationId }, cx);
    return live.outputs;
  },

  async delete(cx, _id, { props, outputs: { IntegrationId } }) {
    const ApiId = text(props.ApiId);
    if (ApiId !== undefined && IntegrationId !== undefined)
      await ifThere(cx.client.gateway.deleteIntegration({ ApiId, IntegrationId }, cx));
  },
};

function settings(props: IntegrationProps) {
  return {
    Description: props.Description,
    IntegrationMethod: props.IntegrationMethod,
    IntegrationUri: known(props.IntegrationUri, "the integration's function"),
    PayloadFormatVersion: props.PayloadFormatVersion,
    TimeoutInMillis: props.TimeoutInMillis,
  };
}

async function all(cx: Context, ApiId: string): Promise<readonly Live<IntegrationProps>[]> {
  const found = await within(
    (NextToken) => cx.client.gateway.getIntegrations({ ApiId, ...(NextToken === undefined ? {} : { NextToken }) }, cx),
    ({ Items, NextToken }) => ({ items: Items, next: NextToken }),
  );
  return found.map((one) => liveOf(ApiId, one));
}

function liveOf(ApiId: string, found: Integration): Live<IntegrationProps> {
  const props = {
    ApiId,
    Description: found.Description ?? "",
    IntegrationType: found.IntegrationType,
    IntegrationMethod: found.IntegrationMethod,
    IntegrationUri: found.IntegrationUri,
    PayloadFormatVersion: found.PayloadFormatVersion,
    TimeoutInMillis: found.TimeoutInMillis ?? 30_000,
  };
  return {
    props: defined<IntegrationProps>(props),
    outputs: outputsOf(found),
    mark: readMark(found.Description),
    state: "ready",
  };
}

function outputsOf({ IntegrationId = "" }: Integration): Outputs {
  return { IntegrationId, Target: `integrations/${IntegrationId}` };
}
