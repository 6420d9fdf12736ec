/** What services ask of each other: does something exist, may it be used. */
import type { Account } from "./service.ts";

export interface AskedOf {
  readonly iam: {
    exists(roleArn: string): boolean;
    /** Whether a service, such as `lambda.amazonaws.com`, may assume the role for something of this account: now, by its trust policy. */
    assumable(roleArn: string, by: string): boolean;
  };
  readonly sqs: {
    exists(queueArn: string): boolean;
    /** As text, by name; nothing where there is no such queue. */
    attributes(queueArn: string): { readonly [name: string]: string } | undefined;
  };
  readonly sns: { exists(topicArn: string): boolean };
  readonly s3: {
    exists(bucket: string): boolean;
    /** An object's bytes. */
    object(bucket: string, key: string): Uint8Array | undefined;
  };
  readonly lambda: {
    /** A function, a version or an alias. */
    exists(arn: string): boolean;
    /** Whether a service may invoke it for a source, by the statements on this very ARN. */
    invocable(arn: string, principal: string, source: { readonly arn: string; readonly account: string }): boolean;
  };
}

/** Nothing where the account has not this service. */
export function ask<Name extends keyof AskedOf>(account: Account, name: Name): AskedOf[Name] | undefined {
  return account.services[name] as unknown as AskedOf[Name] | undefined;
}
