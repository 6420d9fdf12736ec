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
export { memoryAdapter, memoryClient } from "./memory.ts";
export type { MemoryClient, MemorySection, MemoryThing } from "./memory.ts";
export { sampleConfig, sampleContent, samplePackage } from "./samples.ts";
export type { SamplePackage } from "./samples.ts";
