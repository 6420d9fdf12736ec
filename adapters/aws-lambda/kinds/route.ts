/** The one route of an HTTP API: everything. */
import type { Route } from "@aws-sdk/client-apigatewayv2";
import type { Lifecycle, Live, Outputs } from "fnpkg/adapter";
import type { AwsClient } from "../client.ts";
import { ifThere } from "../errors.ts";
import { ids, kinds, type RouteProps } from "../resources.ts";
import { markWithin, ourApis, within } from "./gateway.ts";
import { answered, type Context, defined, known, text } from "./shared.ts";

export const routeLifecycle: Lifecycle<RouteProps, AwsClient> = {
  fixed: ["ApiId", "RouteKey"],
  after: [kinds.integration],
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
    return found.flat().map((live) => ({ id: ids.route, live }));
  },

  async read(cx, _id, props) {
    const ApiId = text(props.ApiId);
    return ApiId === undefined ? undefined : (await all(cx, ApiId)).find((live) => live.props.RouteKey === props.RouteKey);
  },

  async create(cx, _id, props) {
    const made = await cx.client.gateway.createRoute(settings(props), cx);
    return outputsOf(made);
  },

  async update(cx, _id, props, live) {
    const RouteId = answered(live.outputs["RouteId"], "the route's id");
    await cx.client.gateway.updateRoute({ ...settings(props), RouteId }, cx);
    return live.outputs;
  },

  async delete(cx, _id, { props, outputs: { RouteId } }) {
    const ApiId = text(props.ApiId);
    if (ApiId !== undefined && RouteId !== undefined) await ifThere(cx.client.gateway.deleteRoute({ ApiId, RouteId }, cx));
  },
};

function settings(props: RouteProps) {
  return {
    ApiId: known(props.ApiId, "the route's API"),
    RouteKey: props.RouteKey,
    OperationName: props.OperationName,
    AuthorizationType: props.AuthorizationType,
    Target: known(props.Target, "the route's integration"),
  };
}

async function all(cx: Context, ApiId: string): Promise<readonly Live<RouteProps>[]> {
  const found = await within(
    (NextToken) => cx.client.gateway.getRoutes({ ApiId, ...(NextToken === undefined ? {} : { NextToken }) }, cx),
    ({ Items, NextToken }) => ({ items: Items, next: NextToken }),
  );
  return Promise.all(found.map((one) => liveOf(cx, ApiId, one)));
}

async function liveOf(cx: Context, ApiId: string, found: Route): Promise<Live<RouteProps>> {
  const props = {
    ApiId,
    RouteKey: found.RouteKey,
    OperationName: found.OperationName ?? "",
    AuthorizationType: found.AuthorizationType ?? "NONE",
    Target: found.Target,
  };
  return {
    props: defined<RouteProps>(props),
    outputs: outputsOf(found),
    mark: await markWithin(cx, ApiId, ids.route),
    state: "ready",
  };
}

function outputsOf({ RouteId = "" }: Pick<Route, "RouteId">): Outputs {
  return { RouteId };
}
