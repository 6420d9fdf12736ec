/** HTTP APIs and the tags of everything: https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html */
import { bad, checkApi, type Members } from "./gateway-checks.ts";
import { type All, found, type Input, listed, newId, sorts, type Thing, timeOf, within } from "./gateway-state.ts";
import { retagged } from "./inputs.ts";
import type { Handlers } from "./operations.ts";
import { type Account, AwsFailure } from "./service.ts";

type Tags = { readonly [key: string]: string };
interface Tagged {
  readonly resourceArn: string;
  readonly tags?: Tags;
  readonly tagKeys?: readonly string[];
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging.html */
const mostTags = 50;

export function apiHandlers(account: Account, all: All): Handlers {
  const { region } = account;
  const put = (id: string, members: Members, tags: Tags) => all.apis.put(id, { members: { ...members, tags }, tags });
  return {
    CreateApi({ tags = {}, ...given }: Members & { readonly tags?: Tags }) {
      const { name, protocolType } = given;
      if (name === undefined) throw bad("API name must be specified");
      if (protocolType !== "HTTP" && protocolType !== "WEBSOCKET")
        throw bad("Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]");
      if (protocolType === "WEBSOCKET" && given["routeSelectionExpression"] === undefined)
        throw bad("Route selection expression is required for WEBSOCKET");
      checkApi(given);
      checkTags(tags);
      const apiId = newId(account);
      const members = {
        apiKeySelectionExpression: "$request.header.x-api-key",
        disableExecuteApiEndpoint: false,
        ipAddressType: "ipv4",
        routeSelectionExpression: `\${request.method} \${request.path}`,
        ...given,
        apiEndpoint: `${protocolType === "HTTP" ? "https" : "wss"}://${apiId}.execute-api.${region}.amazonaws.com`,
        apiId,
        createdDate: timeOf(account),
      };
      put(apiId, members, tags);
      return found(all, "apis", apiId).members;
    },
    GetApis: (input: Partial<Input>) => listed(all.apis.allSeen(), input),
    GetApi: ({ apiId }: Input) => found(all, "apis", apiId, "seen").members,
    UpdateApi({ apiId, ...given }: Input) {
      const { members, tags } = found(all, "apis", apiId);
      checkApi({ protocolType: members["protocolType"], ...given });
      put(apiId, { ...members, ...given }, tags);
      return found(all, "apis", apiId).members;
    },
    DeleteApi({ apiId }: Input) {
      found(all, "apis", apiId);
      all.apis.remove(apiId);
      for (const sort of sorts) for (const [key] of within(all, sort, apiId)) all[sort].remove(key);
    },
    DeleteCorsConfiguration({ apiId }: Input) {
      const { members, tags } = found(all, "apis", apiId);
      const { corsConfiguration: _gone, ...rest } = members;
      put(apiId, rest, tags);
    },
    GetTags: ({ resourceArn }: Tagged) => ({ tags: at(resourceArn, "seen").thing.tags }),
    TagResource({ resourceArn, tags = {} }: Tagged) {
      retag(resourceArn, (now) => retagged(now, tags));
    },
    UntagResource({ resourceArn, tagKeys = [] }: Tagged) {
      retag(resourceArn, (now) => retagged(now, {}, tagKeys));
    },
  };

  /** `arn:aws:apigateway:eu-west-1::/apis/a1b2`, `…/apis/a1b2/stages/$default`. */
  function at(
    arn: string,
    how: "get" | "seen",
  ): { readonly sort: "apis" | "stages"; readonly key: string; readonly thing: Thing } {
    const [, its, id = "", stage] = /^arn:aws[a-z-]*:apigateway:([\w-]+)::\/apis\/([^/]+)(?:\/stages\/([^/]+))?$/.exec(arn) ?? [];
    if (its !== region) throw bad("Invalid resource ARN specified");
    const sort = stage === undefined ? "apis" : "stages";
    const key = stage === undefined ? id : `${id}/${stage}`;
    return { sort, key, thing: found(all, sort, key, how) };
  }

  function retag(arn: string, to: (tags: Tags) => Tags): void {
    const { sort, key, thing } = at(arn, "get");
    const tags = to(thing.tags);
    checkTags(tags);
    all[sort].put(key, { members: { ...thing.members, tags }, tags });
  }
}

export function checkTags(tags: Tags): void {
  for (const [key, value] of Object.entries(tags))
    if (key.length < 1 || key.length > 128 || value.length > 256 || key.startsWith("aws:")) throw bad(`Invalid tag ${key}`);
  if (Object.keys(tags).length > mostTags)
    throw new AwsFailure(400, "BadRequestException", `At most ${mostTags} tags are allowed`);
}
