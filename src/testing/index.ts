/** For authors of adapters: `fnpkg/testing`. Needs no test runner of its own. */
export { bench } from "./bench.ts";
export type { Bench, Case, DeployOptions, Outcome } from "./bench.ts";
export { virtualClock } from "./clock.ts";
export type { VirtualClock } from "./clock.ts";
export { conformance } from "./conformance.ts";
export type { CaseName, Deviations, TestFunctions } from "./conformance.ts";
export { faultAt, faultyFetch, isWrite, seededFaults, seededRandom, withClientFaults, withFaults } from "./faults.ts";
export type { Call, Fault, FaultPlan, Faulty, InjectedFault } from "./faults.ts";
export type { Fixture, Target } from "./fixture.ts";
export { memoryAdapter } from "./memory.ts";
export type { MemorySection } from "./memory.ts";
export { memoryClient } from "./memory-client.ts";
export type { MemoryClient, MemoryThing } from "./memory-client.ts";
export { sampleConfig, sampleContent, samplePackage } from "./samples.ts";
export type { SamplePackage } from "./samples.ts";
export * from "./simulators/index.ts";
