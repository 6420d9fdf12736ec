/** A deployment on moto that is driven by hand: the conformance bench without its cases. */
import { type Bench, bench, type SamplePackage } from "fnpkg/testing";
import type { Resolved } from "fnpkg/adapter";
import type { Section } from "../../../adapters/aws-lambda/config.ts";
import { adapter } from "../../../adapters/aws-lambda/index.ts";
import type { Moto } from "../../emulators/moto.ts";
import { furnish } from "./moto-site.ts";

export async function onMoto(moto: Moto, pkg: SamplePackage, config: Resolved<Section>): Promise<Bench> {
  await furnish(moto);
  return bench({
    name: "aws-lambda",
    open: async () => ({ adapter, foreign: async () => undefined }),
    pkg,
    config,
    changed: config,
    fewer: config,
    secrets: [],
  });
}

/** Names of what a request could change: everything but reads. */
export function writes(moto: Pick<Moto, "exchanges">): string[] {
  return moto.exchanges.flatMap(({ method, path, headers, body }) => {
    const action = headers["x-amz-target"]?.split(".").at(-1) ?? new URLSearchParams(body.toString()).get("Action");
    const reads = action === null || action === undefined ? method === "GET" : /^(Get|List|Describe|Filter)/.test(action);
    return reads ? [] : [`${method} ${path} ${action ?? ""}`];
  });
}
