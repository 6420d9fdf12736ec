/** The public door. Importing it loads no vendor SDK; adapters load theirs when they are used. */
export { check, type CheckOptions, type CheckReport, type TargetCheck } from "./api/check.ts";
export { deploy, type DeployOptions } from "./api/deploy.ts";
export { deployAll, readDeployments, type DeployAllOptions, type DeployAllResult, type DeployTask } from "./api/deploy-all.ts";
export { destroy, type DestroyOptions } from "./api/destroy.ts";
export { dev, type DevEvent, type DevOptions } from "./api/dev.ts";
export { explain, type Explanation } from "./api/explain.ts";
export { invoke, type InvokeOptions } from "./api/invoke.ts";
export { list } from "./api/list.ts";
export { logs, type LogsOptions } from "./api/logs.ts";
export type { OperateOptions } from "./api/operate.ts";
export type { ConfigOptions, EventOption, PackageOptions, RunOptions, TargetOption } from "./api/options.ts";
export { diff, inspect, pack, verify } from "./api/package.ts";
export { permissions, type PermissionsOptions, type PermissionsReport } from "./api/permissions.ts";
export { plan, type PlanOptions, type PlanResult } from "./api/plan.ts";
export { status, type StatusOptions } from "./api/status.ts";
export { translate, type Translated } from "./api/translate.ts";
export { promote, rollback, versions } from "./api/versions.ts";
export { defineConfig } from "./config/define.ts";
export type { FunctionConfig } from "./config/schema.ts";
export type {
  Deployed,
  HttpInvocation,
  EventInvocation,
  Invocation,
  InvocationResult,
  LogLine,
  Resource,
  Version,
} from "./contract.ts";
export type { ApplyEvent, Change, DestroyEvent, DestroyReceipt, Drift, Plan, Receipt, Status, Step } from "./engine/index.ts";
export { codes, FnpkgError } from "./errors.ts";
export type { Code, ExitStatus, FailureDocument, Problem } from "./errors.ts";
export type { Manifest } from "./package/manifest.ts";
