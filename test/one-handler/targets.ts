import { awsLambda } from "./aws-lambda.ts";
import { azure } from "./azure-functions.ts";
import { google } from "./google-cloud-functions.ts";
import { local } from "./local.ts";
import type { Target } from "./target.ts";

export const targets: readonly Target[] = [local, awsLambda, google, azure];

/** The name of a suite on a target: without its tools it is skipped, and says so. */
export function titleOf({ name, missing }: Target): string {
  return missing.length > 0 ? `${name} (skipped: needs ${missing.join(" and ")})` : name;
}
