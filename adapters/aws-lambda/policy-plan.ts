/** What of a plan its policy speaks of. */
import { isReference, type Resolved, type Resource } from "fnpkg/adapter";
import type { Section } from "./config.ts";
import {
  type BucketNotificationProps,
  type EventSourceMappingProps,
  type FunctionProps,
  ids,
  kinds,
  type LogGroupProps,
  type RoleProps,
  type ScheduleProps,
  type SubscriptionProps,
  type Value,
} from "./resources.ts";
import { fit, partition } from "./translate-names.ts";

export interface Plan {
  readonly config: Resolved<Section>;
  /** `arn:PARTITION:SERVICE:REGION:ACCOUNT:` and what follows. */
  arn(service: string, what: string): string;
  readonly partition: string;
  /** Twelve digits; `*` where no part of the configuration names it. */
  readonly account: string;
  readonly function: FunctionProps;
  readonly logGroup: LogGroupProps;
  /** ARNs of the roles that are handed to a service. */
  readonly functionRole: readonly string[];
  readonly schedulerRoles: readonly string[];
  /** Names of the roles that the deployment makes, and all that it could have made. */
  readonly roles: readonly string[];
  readonly possibleRoles: readonly string[];
  /** Managed policies are attached to a role. */
  readonly attached: boolean;
  readonly queues: readonly string[];
  readonly topics: readonly string[];
  readonly buckets: readonly string[];
  readonly mappings: boolean;
  readonly schedules: readonly ScheduleProps[];
  readonly gateway: boolean;
  readonly provisioned: boolean;
  /** `list` is asked for: it looks at every function. */
  readonly list: boolean;
}

export function planOf(config: Resolved<Section>, wanted: readonly Resource[], actions: readonly string[]): Plan {
  const { region, createRole, schedulerRole } = config.section;
  const of = <Props>(kind: string) => wanted.filter((one) => one.kind === kind).map(({ props }) => props as unknown as Props);
  const account = accountOf(config, schedulerRole);
  const prefix = partition(config);
  const roles = of<RoleProps>(kinds.role);
  const made = (id: string) => {
    const props = wanted.find((one) => one.id === id)?.props as unknown as RoleProps | undefined;
    return props === undefined ? [] : [`arn:${prefix}:iam::${account}:role/${props.RoleName}`];
  };
  const roleArn = (value: Value) => (isReference(value) ? made(value["Fn::GetAtt"][0]) : [value]);
  const [main] = of<FunctionProps>(kinds.function);
  const [logGroup] = of<LogGroupProps>(kinds.logGroup);
  const mappings = of<EventSourceMappingProps>(kinds.eventSourceMapping);
  const schedules = of<ScheduleProps>(kinds.schedule);
  return {
    config,
    arn: (service, what) => `arn:${prefix}:${service}:${region}:${account}:${what}`,
    partition: prefix,
    account,
    function: main as FunctionProps,
    logGroup: logGroup as LogGroupProps,
    functionRole: main === undefined ? [] : roleArn(main.Role),
    schedulerRoles: schedules.flatMap(({ Target }) => roleArn(Target.RoleArn)),
    roles: roles.map(({ RoleName }) => RoleName),
    attached: roles.some(({ ManagedPolicyArns }) => ManagedPolicyArns.length > 0),
    possibleRoles: createRole ? ["function", "scheduler"].map((what) => fit(`${config.deployment}--${what}--${region}`, 64)) : [],
    queues: mappings.flatMap(({ EventSourceArn }) => (EventSourceArn.split(":")[2] === "sqs" ? [EventSourceArn] : [])),
    topics: of<SubscriptionProps>(kinds.subscription).map(({ TopicArn }) => TopicArn),
    buckets: of<BucketNotificationProps>(kinds.bucketNotification).map(({ BucketName }) => BucketName),
    mappings: mappings.length > 0,
    schedules,
    gateway: wanted.some(({ id }) => id === ids.api),
    provisioned: of<{ readonly ProvisionedConcurrencyConfig: unknown }>(kinds.alias).some(
      ({ ProvisionedConcurrencyConfig: config }) => config !== null,
    ),
    list: actions.includes("lambda:ListFunctions"),
  };
}

/** Offline nobody says whose account it is, but for the section and the roles, which must be the function's account's. */
function accountOf({ section, identity }: Resolved<Section>, schedulerRole: string | undefined): string {
  const named = [identity, schedulerRole].map((arn) => /:iam::(\d{12}):/.exec(arn ?? "")?.[1]);
  return section.account ?? named.find((account) => account !== undefined) ?? "*";
}
