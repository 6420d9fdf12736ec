/** What is done with a deployed function: invoke, logs, list, versions and traffic, purge. */
import type { Operations } from "fnpkg/adapter";
import type { AwsClient } from "./client.ts";
import { derivationIn, markIn } from "./kinds/marks.ts";
import { stateOf } from "./kinds/function-state.ts";
import { ifThere } from "./errors.ts";
import { servingAlias, weightsOf } from "./kinds/owner.ts";
import { pages } from "./kinds/shared.ts";
import { invokeEvent, invokeHttp } from "./operations-invoke.ts";
import { logs } from "./operations-logs.ts";
import { purge } from "./operations-purge.ts";
import { promote, rollback, versions } from "./operations-versions.ts";
import { bindingsVariable } from "./config.ts";

export const operations: Operations<AwsClient> = {
  invoke: (cx, invocation) => (invocation.type === "http" ? invokeHttp(cx, invocation) : invokeEvent(cx, invocation)),
  logs,
  versions,
  promote,
  rollback,
  purge,

  /** A function of ours carries our variable; only of those the tags are read. */
  async list(cx) {
    const { lambda, section } = cx.client;
    const all = await pages(
      (Marker) => lambda.listFunctions(Marker === undefined ? {} : { Marker }, cx),
      ({ Functions, NextMarker }) => ({ items: Functions, next: NextMarker }),
    );
    const likely = all.filter(
      ({ Environment }) => Environment?.Error !== undefined || Environment?.Variables?.[bindingsVariable] !== undefined,
    );
    const found = await Promise.all(
      likely.map(async ({ FunctionName = "" }) => {
        const live = await ifThere(lambda.getFunction({ FunctionName }, cx));
        const mark = markIn(live?.Tags ?? {});
        if (live?.Configuration === undefined || mark === null) return [];
        const derivation = derivationIn(live.Tags ?? {});
        const alias = await servingAlias({ ...cx, deployment: mark.deployment, package: mark.package }, FunctionName);
        const traffic = alias === undefined ? undefined : weightsOf(alias)[0]?.FunctionWeight;
        const url = await ifThere(lambda.getFunctionUrlConfig({ FunctionName, Qualifier: section.alias }, cx));
        return [
          {
            deployment: mark.deployment,
            package: mark.package,
            ...(derivation === undefined
              ? {}
              : { packageDigest: derivation.packageDigest, configDigest: derivation.configDigest }),
            state: stateOf(live.Configuration),
            ...(traffic === undefined ? {} : { traffic }),
            ...(url?.FunctionUrl === undefined ? {} : { url: url.FunctionUrl }),
          },
        ];
      }),
    );
    return found.flat();
  },
};
