/** One operation of an adapter on a deployment: connection, context, failures explained. */
import type { Adapter, Cx } from "../contract.ts";
import type { Run } from "../engine/run.ts";
import { bounded } from "./bounds.ts";
import { connected } from "./connect.ts";
import type { ConfigOptions, RunOptions, TargetOption } from "./options.ts";

export type OperateOptions = ConfigOptions & TargetOption & RunOptions;

/** Runs `work` with the adapter's context; a vendor's failure becomes an FnpkgError that says what was tried. */
export async function operate<T>(
  options: OperateOptions,
  verb: string,
  work: (adapter: Adapter, cx: Cx<unknown>, run: Run<unknown>) => Promise<T>,
): Promise<T> {
  const [{ startRun }, { locate }] = await Promise.all([import("../engine/run.ts"), import("./locate.ts")]);
  return bounded(options, async (bounds) => {
    const place = await locate(options);
    return connected(place, bounds, async (input) => {
      const run = startRun(input, { package: place.packageName });
      try {
        return await run.call(() => work(place.adapter, run.cx, run));
      } catch (cause) {
        throw run.failure(cause, { verb, kind: place.where.deployment });
      } finally {
        run.close();
      }
    });
  });
}
