/** The services that the account has, by the name that a credential's scope says. */
import { gateway } from "./gateway.ts";
import { iam } from "./iam.ts";
import { lambda } from "./lambda/index.ts";
import { logs } from "./logs.ts";
import { s3 } from "./s3.ts";
import { scheduler } from "./scheduler.ts";
import { sns } from "./sns.ts";
import { sqs } from "./sqs.ts";
import { sts } from "./sts.ts";

export const factories = { apigateway: gateway, iam, lambda, logs, s3, scheduler, sns, sqs, sts } as const;

/** Also what a test makes there without a request, such as a role that has been there long. */
export type Services = { readonly [name in keyof typeof factories]: ReturnType<(typeof factories)[name]> };
