/** API Gateway, version 2: HTTP APIs with integrations, routes and stages. Members are spelled as on the wire. */
import { apiHandlers } from "./gateway-apis.ts";
import { text } from "./gateway-checks.ts";
import { type All, found, type State, type Thing, within } from "./gateway-state.ts";
import { integrationHandlers, routeHandlers, stageHandlers } from "./gateway-within.ts";
import { serviceOf } from "./operations.ts";
import type { Account, Service } from "./service.ts";
import { things } from "./things.ts";
import { rest } from "./wires.ts";

const api = "/v2/apis/{apiId}";
const protocol = rest({
  routes: {
    CreateApi: "POST /v2/apis",
    GetApis: "GET /v2/apis",
    GetApi: `GET ${api}`,
    UpdateApi: `PATCH ${api}`,
    DeleteApi: `DELETE ${api}`,
    DeleteCorsConfiguration: `DELETE ${api}/cors`,
    CreateIntegration: `POST ${api}/integrations`,
    GetIntegrations: `GET ${api}/integrations`,
    GetIntegration: `GET ${api}/integrations/{integrationId}`,
    UpdateIntegration: `PATCH ${api}/integrations/{integrationId}`,
    DeleteIntegration: `DELETE ${api}/integrations/{integrationId}`,
    CreateRoute: `POST ${api}/routes`,
    GetRoutes: `GET ${api}/routes`,
    GetRoute: `GET ${api}/routes/{routeId}`,
    UpdateRoute: `PATCH ${api}/routes/{routeId}`,
    DeleteRoute: `DELETE ${api}/routes/{routeId}`,
    CreateStage: `POST ${api}/stages`,
    GetStages: `GET ${api}/stages`,
    GetStage: `GET ${api}/stages/{stageName}`,
    UpdateStage: `PATCH ${api}/stages/{stageName}`,
    DeleteStage: `DELETE ${api}/stages/{stageName}`,
    GetTags: "GET /v2/tags/{resourceArn}",
    TagResource: "POST /v2/tags/{resourceArn}",
    UntagResource: "DELETE /v2/tags/{resourceArn}",
  },
  statuses: {
    ...{ CreateApi: 201, CreateIntegration: 201, CreateRoute: 201, CreateStage: 201, TagResource: 201 },
    ...{ DeleteApi: 204, DeleteCorsConfiguration: 204, DeleteIntegration: 204, DeleteRoute: 204, DeleteStage: 204 },
    UntagResource: 204,
  },
  queried: { maxResults: "maxResults", nextToken: "nextToken", tagKeys: "tagKeys" },
  many: ["tagKeys"],
});

export function gateway(account: Account): Service {
  const cell = { now: { apis: new Map(), integrations: new Map(), routes: new Map(), stages: new Map() } as State };
  const all: All = {
    apis: things<Thing>(account, () => cell.now.apis),
    integrations: things<Thing>(account, () => cell.now.integrations),
    routes: things<Thing>(account, () => cell.now.routes),
    stages: things<Thing>(account, () => cell.now.stages),
  };
  return serviceOf({
    name: "apigateway",
    protocol,
    handlers: {
      ...apiHandlers(account, all),
      ...integrationHandlers(account, all),
      ...routeHandlers(account, all),
      ...stageHandlers(account, all),
    },
    cell,
    snapshot: () => snapshotOf(all),
  });
}

/** Ids stand for nothing: a route is there with what it leads to. */
function snapshotOf(all: All): unknown {
  const plain = ({ members }: Thing) => {
    const { apiId: _a, apiEndpoint: _e, createdDate: _c, lastUpdatedDate: _u, integrationId: _i, routeId: _r, ...rest } = members;
    return rest;
  };
  const apis = all.apis.all().map(([apiId, api]) => {
    const integrations = within(all, "integrations", apiId);
    const routes = within(all, "routes", apiId).map(([, route]) => {
      const id = text(route.members["target"]).replace("integrations/", "");
      return { ...plain(route), target: id === "" ? null : plain(found(all, "integrations", `${apiId}/${id}`)) };
    });
    return {
      ...plain(api),
      integrations: ordered(integrations.map(([, one]) => plain(one))),
      routes: ordered(routes),
      stages: ordered(within(all, "stages", apiId).map(([, one]) => plain(one))),
    };
  });
  return ordered(apis);
}

function ordered(all: readonly object[]): readonly object[] {
  return all.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
