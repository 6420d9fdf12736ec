/** The services that the account has. */
import { iam } from "./iam.ts";
import { logs } from "./logs.ts";
import type { Account, Service } from "./service.ts";
import { sns } from "./sns.ts";
import { sqs } from "./sqs.ts";
import { sts } from "./sts.ts";

export const factories: readonly ((account: Account) => Service)[] = [iam, logs, sns, sqs, sts];
