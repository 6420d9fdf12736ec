/** Who may call the function's service, and where its traffic goes. */
import type { Resolved, Resource } from "fnpkg/adapter";
import type { Section } from "./config.ts";
import { type InvokersProps, ids, invokerRole, kinds, type ServiceProps, type TrafficTarget, type Value } from "./resources.ts";
import { callingAccount, getAtt, serviceName } from "./translate-names.ts";

type Config = Resolved<Section>;

/** `share`: of the new revision, above 0 and below 1; what serves keeps the rest. */
export function service(share = 1): Resource<string, ServiceProps> {
  const percent = Math.round(share * 100);
  const target = (output: "serving" | "revision", percent: number): TrafficTarget => ({
    type: "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION",
    revision: getAtt(ids.function, output),
    percent,
  });
  const traffic = [...(percent === 100 ? [] : [target("serving", 100 - percent)]), target("revision", percent)];
  return { kind: kinds.service, id: ids.service, props: { name: serviceName, traffic, invokerIamDisabled: false } };
}

/** https://docs.cloud.google.com/functions/docs/securing/managing-access-iam */
export function invokers(config: Config): Resource<string, InvokersProps> {
  const props: InvokersProps = { resource: serviceName, bindings: [{ role: invokerRole, members: membersOf(config) }] };
  return { kind: kinds.invokers, id: ids.invokers, props };
}

function membersOf(config: Config): readonly Value[] {
  const http = config.triggers.find((trigger) => trigger.type === "http");
  if (http?.auth === "public") return ["allUsers"];
  if (http !== undefined) return [...new Set(http.callers)].toSorted();
  const account = callingAccount(config);
  return [account === undefined ? getAtt(ids.function, "invoker") : `serviceAccount:${account}`];
}
