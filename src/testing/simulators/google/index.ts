/** Google Cloud Functions, simulated: the second generation, with Cloud Run, Cloud Scheduler, Pub/Sub and what else it stands on. */
import { type Simulator, simulator, type SimulatorOptions } from "../simulator.ts";
import { type GoogleVendor, googleVendor } from "./vendor.ts";
import type { WorldOptions } from "./world.ts";

export { GoogleStatus } from "./status.ts";
export type { GoogleVendor } from "./vendor.ts";
export type { GoogleBodyCheck, GoogleFailure, GoogleLags, GoogleState, GoogleWorld } from "./world.ts";

export type GoogleSimulatorOptions = SimulatorOptions & WorldOptions;

/**
 * One project with nothing in it but its default service account. Every call carries the project's `world.token`, as
 * `{ getAccessToken: async () => simulator.vendor.world.token }` answers it.
 */
export function googleSimulator(options: GoogleSimulatorOptions = {}): Simulator<GoogleVendor> {
  return simulator((around) => googleVendor(around, options), options);
}
