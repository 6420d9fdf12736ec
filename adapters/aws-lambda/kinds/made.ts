/** What was just made is looked for until reads show it: one that lags behind would have it made a second time. */
import type { Lifecycle, Live } from "fnpkg/adapter";
import type { AwsClient } from "../client.ts";
import { explain } from "../errors.ts";
import { behindMs, shown } from "./shared.ts";

/**
 * The lifecycle, whose `read` waits for what this client made a moment ago, or may have made where the answer was lost. Nothing waits
 * while reads are up to date, or when AWS refused to make it.
 * `isWhole`: of what takes several writes, whether the last one is seen.
 */
export function awaited<Props extends object>(
  lifecycle: Lifecycle<Props, AwsClient>,
  isWhole: (live: Live<Props>) => boolean = () => true,
): Lifecycle<Props, AwsClient> {
  const made = new WeakMap<AwsClient, Map<string, number>>();
  const of = (client: AwsClient) => {
    let known = made.get(client);
    if (known === undefined) made.set(client, (known = new Map<string, number>()));
    return known;
  };
  return {
    ...lifecycle,
    async create(cx, id, props) {
      try {
        const outputs = await lifecycle.create(cx, id, props);
        of(cx.client).set(id, cx.now());
        return outputs;
      } catch (cause) {
        if (isUncertain(cause)) of(cx.client).set(id, cx.now());
        throw cause;
      }
    },
    async read(cx, id, props) {
      let found = await lifecycle.read(cx, id, props);
      const at = of(cx.client).get(id);
      const isSeen = () => found !== undefined && isWhole(found);
      if (isSeen() || at === undefined || cx.now() - at >= behindMs) return found;
      const look = async () => {
        found = await lifecycle.read(cx, id, props);
        return isSeen() ? true : undefined;
      };
      await shown(cx, `${id} to be seen`, look, at + behindMs);
      return found;
    },
    async delete(cx, id, live) {
      of(cx.client).delete(id);
      await lifecycle.delete(cx, id, live);
    },
  };
}

/** True when it may have been done, although it failed. */
function isUncertain(cause: unknown): boolean {
  const status = (cause as { readonly $metadata?: { readonly httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode;
  return explain(cause)?.code === "E_NETWORK" || (status !== undefined && status >= 500);
}
