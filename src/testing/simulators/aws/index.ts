/** A simulated AWS account in one region: what the aws-lambda adapter asks of it, strictly. */
import { type Simulator, simulator, type SimulatorOptions } from "../simulator.ts";
import { type AwsVendor, awsVendor, type AwsVendorOptions } from "./vendor.ts";

export type { AwsVendor } from "./vendor.ts";
export type { Lags } from "./service.ts";

export interface AwsSimulatorOptions extends SimulatorOptions, AwsVendorOptions {}

export function awsSimulator(options: AwsSimulatorOptions = {}): Simulator<AwsVendor> {
  return simulator((around) => awsVendor(around, options), options);
}
