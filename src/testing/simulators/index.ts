/** Vendors that are simulated: deterministic, from a seed. */
export { awsSimulator } from "./aws/index.ts";
export type { AwsSimulatorOptions, AwsVendor, Lags } from "./aws/index.ts";
export { azureSimulator } from "./azure/index.ts";
export type { AzureLags, AzureSimulatorOptions, AzureState, AzureVendor } from "./azure/index.ts";
export { randomWireFaults, wireFaults } from "./faults.ts";
export type { PlannedFault, WireCall, WireFault, WireFaultKind, WirePlan } from "./faults.ts";
export { googleSimulator, GoogleStatus } from "./google/index.ts";
export type {
  GoogleBodyCheck,
  GoogleFailure,
  GoogleLags,
  GoogleSimulatorOptions,
  GoogleState,
  GoogleVendor,
  GoogleWorld,
} from "./google/index.ts";
export { simulator } from "./simulator.ts";
export type { Exchange, Simulator, SimulatorOptions } from "./simulator.ts";
export type { Listening } from "./server.ts";
export type { Arrival, Operation, Refusal, Surroundings, Vendor, WireAnswer, WireRequest } from "./wire.ts";
