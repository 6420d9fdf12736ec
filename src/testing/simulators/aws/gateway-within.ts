/** What stands in an HTTP API: integrations, routes and stages. */
import { checkTags } from "./gateway-apis.ts";
import { bad, checkIntegration, checkRoute, checkStage, type Members, text } from "./gateway-checks.ts";
import { type All, found, type Input, listed, newId, type Sort, timeOf, within } from "./gateway-state.ts";
import type { Handlers } from "./operations.ts";
import { type Account, AwsFailure } from "./service.ts";

type Given = Members & { readonly apiId: string };

export function integrationHandlers(account: Account, all: All): Handlers {
  const keyOf = ({ apiId, integrationId }: Given) => keyIn(all, apiId, text(integrationId));
  return {
    GetIntegrations: (input: Input) => list(all, "integrations", input),
    GetIntegration: (input: Given) => found(all, "integrations", keyOf(input), "seen").members,
    CreateIntegration({ apiId, ...given }: Given) {
      found(all, "apis", apiId);
      checkIntegration(given);
      const integrationId = newId(account);
      const defaults = { connectionType: "INTERNET", integrationMethod: "POST", timeoutInMillis: 30_000 };
      return put(all, "integrations", `${apiId}/${integrationId}`, { ...defaults, ...given, integrationId });
    },
    UpdateIntegration(input: Given) {
      const key = keyOf(input);
      const { apiId: _api, ...given } = input;
      const members = { ...found(all, "integrations", key).members, ...given };
      checkIntegration(members);
      return put(all, "integrations", key, members);
    },
    DeleteIntegration(input: Given) {
      const key = keyOf(input);
      found(all, "integrations", key);
      const target = `integrations/${text(input["integrationId"])}`;
      const user = within(all, "routes", input.apiId).find(([, { members }]) => members["target"] === target)?.[1].members;
      if (user !== undefined)
        throw conflict(
          `Cannot delete Integration '${text(input["integrationId"])}', it is referenced by Route '${text(user["routeId"])}'`,
        );
      all.integrations.remove(key);
    },
  };
}

export function routeHandlers(account: Account, all: All): Handlers {
  const keyOf = ({ apiId, routeId }: Given) => keyIn(all, apiId, text(routeId));
  const check = (apiId: string, members: Members, id?: string) => {
    checkRoute(members);
    const { routeKey, target } = members;
    const other = within(all, "routes", apiId).find(([, one]) => one.members["routeKey"] === routeKey)?.[1].members;
    if (other !== undefined && other["routeId"] !== id)
      throw conflict(`Route with key ${text(routeKey)} already exists for this API`);
    if (target === undefined) return;
    const integration = /^integrations\/(.+)$/.exec(text(target))?.[1];
    if (integration === undefined || all.integrations.get(`${apiId}/${integration}`) === undefined)
      throw bad(`Invalid integration identifier specified in target ${text(target)}`);
  };
  return {
    GetRoutes: (input: Input) => list(all, "routes", input),
    GetRoute: (input: Given) => found(all, "routes", keyOf(input), "seen").members,
    CreateRoute({ apiId, ...given }: Given) {
      found(all, "apis", apiId);
      check(apiId, given);
      const routeId = newId(account);
      return put(all, "routes", `${apiId}/${routeId}`, { apiKeyRequired: false, authorizationType: "NONE", ...given, routeId });
    },
    UpdateRoute(input: Given) {
      const key = keyOf(input);
      const { apiId, ...given } = input;
      const members = { ...found(all, "routes", key).members, ...given };
      check(apiId, members, text(members["routeId"]));
      return put(all, "routes", key, members);
    },
    DeleteRoute(input: Given) {
      const key = keyOf(input);
      found(all, "routes", key);
      all.routes.remove(key);
    },
  };
}

export function stageHandlers(account: Account, all: All): Handlers {
  const keyOf = ({ apiId, stageName }: Given) => keyIn(all, apiId, text(stageName));
  return {
    GetStages: (input: Input) => list(all, "stages", input),
    GetStage: (input: Given) => found(all, "stages", keyOf(input), "seen").members,
    CreateStage({ apiId, tags = {}, ...given }: Given & { readonly tags?: { readonly [key: string]: string } }) {
      found(all, "apis", apiId);
      checkStage(given);
      checkTags(tags);
      const key = `${apiId}/${text(given["stageName"])}`;
      if (all.stages.get(key) !== undefined) throw conflict("Stage already exists");
      const now = timeOf(account);
      const members = {
        autoDeploy: false,
        defaultRouteSettings: { detailedMetricsEnabled: false },
        routeSettings: {},
        stageVariables: {},
        ...given,
        createdDate: now,
        lastUpdatedDate: now,
        tags,
      };
      all.stages.put(key, { members, tags });
      return members;
    },
    UpdateStage(input: Given) {
      const key = keyOf(input);
      const { apiId: _api, ...given } = input;
      const { members: before, tags } = found(all, "stages", key);
      const members = { ...before, ...given, lastUpdatedDate: timeOf(account) };
      checkStage(members);
      all.stages.put(key, { members, tags });
      return members;
    },
    DeleteStage(input: Given) {
      const key = keyOf(input);
      found(all, "stages", key);
      all.stages.remove(key);
    },
  };
}

function keyIn(all: All, apiId: string, id: string): string {
  found(all, "apis", apiId);
  return `${apiId}/${id}`;
}

function list(all: All, sort: Sort, input: Input) {
  found(all, "apis", input.apiId, "seen");
  return listed(within(all, sort, input.apiId, "allSeen"), input);
}

function put(all: All, sort: Sort, key: string, members: Members): Members {
  all[sort].put(key, { members, tags: {} });
  return members;
}

function conflict(message: string): AwsFailure {
  return new AwsFailure(409, "ConflictException", message);
}
