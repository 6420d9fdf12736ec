/** A deployment on moto that is driven by hand: the conformance bench without its cases. */
import { type Bench, bench, type SamplePackage } from "fnpkg/testing";
import type { Cx, Resolved } from "fnpkg/adapter";
import type { AwsClient } from "../../../adapters/aws-lambda/client.ts";
import type { Section } from "../../../adapters/aws-lambda/config.ts";
import { adapter } from "../../../adapters/aws-lambda/index.ts";
import type { Exchange, Moto } from "../../emulators/moto.ts";
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

/** What operations get. */
export async function motoContext(using: typeof adapter, of: Resolved<Section>): Promise<Cx<AwsClient>> {
  const { signal } = new AbortController();
  const client = await using.connect(of, { signal });
  const until: Cx<AwsClient>["until"] = async (_, look) => {
    for (;;) {
      const answer = await look();
      if (answer !== undefined) return answer;
    }
  };
  return {
    client,
    deployment: "thumbnail",
    package: "acme/sample",
    signal,
    deadline: Infinity,
    now: () => Date.now(),
    progress: () => undefined,
    until,
  };
}

/** Names of what a request could change: everything but reads. */
export function writes(moto: Pick<Moto, "exchanges">): string[] {
  return moto.exchanges.flatMap((one) => (isWrite(one) ? [`${one.method} ${one.path} ${actionOf(one) ?? ""}`] : []));
}

export function isWrite(one: Pick<Exchange, "method" | "headers" | "body">): boolean {
  const action = actionOf(one);
  return !(action === undefined ? one.method === "GET" : /^(Get|List|Describe|Filter)/.test(action));
}

function actionOf({ headers, body }: Pick<Exchange, "headers" | "body">): string | undefined {
  return headers["x-amz-target"]?.split(".").at(-1) ?? new URLSearchParams(body.toString()).get("Action") ?? undefined;
}
