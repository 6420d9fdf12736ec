/** What is done with a deployed function: invoke, logs, list, versions and traffic. */
import type { Deployed, Operations } from "fnpkg/adapter";
import type { GoogleClient } from "./client.ts";
import { isHttp, stateOf } from "./kinds/function-props.ts";
import { pages, said } from "./kinds/shared.ts";
import { derivationIn, markIn } from "./marks.ts";
import { invokeEvent, invokeHttp } from "./operations-invoke.ts";
import { logs } from "./operations-logs.ts";
import { promote, rollback, versions } from "./operations-versions.ts";

export const operations: Operations<GoogleClient> = {
  invoke: (cx, invocation) => (invocation.type === "http" ? invokeHttp(cx, invocation) : invokeEvent(cx, invocation)),
  logs,
  versions,
  promote,
  rollback,

  async list(cx) {
    const all = await pages((token) => cx.client.functions.listFunctions(cx.client.parent, token, cx));
    return all.flatMap((found): Deployed[] => {
      const labels = found.labels ?? {};
      const mark = markIn(labels);
      if (mark === null) return [];
      const derivation = derivationIn(labels);
      const url = isHttp(found) ? said(found.serviceConfig?.uri) : undefined;
      return [
        {
          deployment: mark.deployment,
          package: mark.package,
          ...(derivation === undefined ? {} : { packageDigest: derivation.packageDigest, configDigest: derivation.configDigest }),
          state: stateOf(found),
          ...(url === undefined ? {} : { url }),
        },
      ];
    });
  },
};
