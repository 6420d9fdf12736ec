/** From package and configuration to the wanted resources. */
import {
  type ContentInfo,
  type Digest,
  digestOf,
  FnpkgError,
  type JsonObject,
  markText,
  type Resolved,
  type Resource,
  type TranslateInput,
  type Trigger,
  withRaw,
} from "fnpkg/adapter";
import { bindingsVariable, type Section } from "./config.ts";
import { handler } from "./layout.ts";
import {
  type AliasProps,
  type EventInvokeConfigProps,
  type FunctionProps,
  ids,
  kinds,
  type LogGroupProps,
  unversioned,
  type Value,
  type VersionProps,
} from "./resources.ts";
import { bindings } from "./translate-bindings.ts";
import { http } from "./translate-http.ts";
import { functionArn, getAtt, idOf, logGroupName, tagsOf } from "./translate-names.ts";
import { objectStorage } from "./translate-object-storage.ts";
import { queue } from "./translate-queue.ts";
import { roles } from "./translate-role.ts";
import { schedule } from "./translate-schedule.ts";
import { stream } from "./translate-stream.ts";
import { topic } from "./translate-topic.ts";

type Config = Resolved<Section>;

export function translate({ pkg, config, traffic }: TranslateInput<Section>, content: ContentInfo): readonly Resource[] {
  const { signature, name } = pkg.manifest;
  const streaming = signature.type === "http" && signature.response === "streaming";
  const mark = (id: string) => markText({ deployment: config.deployment, package: name, resource: id });
  const triggers = config.triggers.flatMap((trigger) => ofTrigger(config, trigger, streaming, mark));
  const around = [...roles(config), logGroup(config), theFunction(config)];
  const resources = [...around, version(), alias(config, mark, traffic), ...asynchronous(config), ...triggers];
  return described(withRaw(resources.map(plain), config), pkg.digest, content.digest);
}

function ofTrigger(
  config: Config,
  trigger: Trigger,
  streaming: boolean,
  mark: (id: string) => string,
): readonly Resource<string, object>[] {
  switch (trigger.type) {
    case "http":
      return http(config, trigger, streaming, mark);
    case "schedule":
      return [schedule(config, trigger, mark)];
    case "queue":
      return queue(config, trigger);
    case "topic":
      return topic(trigger);
    case "object-storage":
      return objectStorage(config, trigger, mark);
    case "stream":
      return [stream(config, trigger)];
    default:
      return trigger satisfies never;
  }
}

/** Made before the function, so that Lambda never makes it without a mark. */
function logGroup(config: Config): Resource<string, LogGroupProps> {
  return {
    kind: kinds.logGroup,
    id: ids.logGroup,
    props: {
      LogGroupName: logGroupName(config),
      RetentionInDays: config.logs.retentionDays ?? null,
      KmsKeyId: null,
      Tags: tagsOf(config),
    },
  };
}

function theFunction(config: Config): Resource<string, FunctionProps> {
  return {
    kind: kinds.function,
    id: ids.function,
    props: {
      FunctionName: config.deployment,
      Description: config.description ?? "",
      PackageType: "Zip",
      Runtime: `nodejs${config.runtime ?? ""}.x`,
      Handler: handler,
      Architectures: [config.architecture],
      Role: roleOf(config),
      MemorySize: config.memoryMiB,
      Timeout: config.timeoutSeconds,
      EphemeralStorage: { Size: config.ephemeralStorageMiB ?? 512 },
      Environment: { Variables: { ...config.env, [bindingsVariable]: bindings(config) } },
      VpcConfig: networkOf(config),
      // The handler's own lines are JSON already, and their level is kept inside: Lambda would wrap and filter them again.
      LoggingConfig: { LogFormat: "Text", LogGroup: logGroupName(config) },
      TracingConfig: { Mode: config.tracing?.enabled === true ? "Active" : "PassThrough" },
      ReservedConcurrentExecutions: config.instances.max ?? null,
      Layers: [],
      SnapStart: { ApplyOn: "None" },
      KmsKeyArn: null,
      FileSystemConfigs: [],
      DeadLetterConfig: null,
      Tags: tagsOf(config),
    },
    needs: [ids.logGroup],
  };
}

function roleOf({ identity, section }: Config): Value {
  if (identity !== undefined) return identity;
  if (section.createRole) return getAtt(ids.role, "Arn");
  throw new FnpkgError("E_INTERNAL", "a function without a role was translated");
}

function networkOf({ network: { attach } }: Config): FunctionProps["VpcConfig"] {
  const id = (attach?.id ?? {}) as { readonly subnets?: readonly string[]; readonly securityGroups?: readonly string[] };
  return { SubnetIds: (id.subnets ?? []).toSorted(), SecurityGroupIds: (id.securityGroups ?? []).toSorted() };
}

/** Its description follows once everything is merged. */
function version(): Resource<string, VersionProps> {
  return { kind: kinds.version, id: ids.version, props: { FunctionName: functionArn, Description: "" } };
}

/** With a share of the traffic the version that serves stays, and the new one stands beside it. */
function alias(
  { section, instances }: Config,
  mark: (id: string) => string,
  traffic: number | undefined,
): Resource<string, AliasProps> {
  const warm = instances.min ?? 0;
  const made = getAtt(ids.version, "Version");
  return {
    kind: kinds.alias,
    id: ids.alias,
    props: {
      Name: section.alias,
      FunctionName: functionArn,
      FunctionVersion: traffic === undefined ? made : getAtt(ids.version, "Serving"),
      Description: mark(ids.alias),
      RoutingConfig:
        traffic === undefined ? null : { AdditionalVersionWeights: [{ FunctionVersion: made, FunctionWeight: traffic }] },
      ProvisionedConcurrencyConfig: warm === 0 ? null : { ProvisionedConcurrentExecutions: warm },
    },
  };
}

/**
 * Topics and buckets share one setting, and the limits hold that they agree; a schedule's calls follow it too.
 * The defaults are the vendor's: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
function asynchronous({ triggers, section, deployment }: Config): Resource<string, EventInvokeConfigProps>[] {
  const pushed = triggers.filter(({ type }) => type === "topic" || type === "object-storage" || type === "schedule");
  if (pushed.length === 0) return [];
  const retries = pushed.flatMap((trigger) => ("retry" in trigger && trigger.retry !== undefined ? [trigger.retry] : []));
  const attempts = retries.find((retry) => retry.attempts !== undefined)?.attempts;
  const deadLetter = retries.find((retry) => retry.deadLetter !== undefined)?.deadLetter;
  const props: EventInvokeConfigProps = {
    FunctionName: deployment,
    Qualifier: section.alias,
    MaximumRetryAttempts: attempts ?? 2,
    MaximumEventAgeInSeconds: 21_600,
    DestinationConfig: deadLetter === undefined ? null : { OnFailure: { Destination: idOf(deadLetter) } },
  };
  return [{ kind: kinds.eventInvokeConfig, id: ids.async, props, needs: [ids.alias] }];
}

/** Names code and settings in the version's description, from what the function came to with `raw` merged in. */
function described(resources: readonly Resource[], packageDigest: Digest, layout: Digest): readonly Resource[] {
  const props = resources.find(({ id }) => id === ids.function)?.props ?? {};
  // What is nothing is left out: a property that a later fnpkg manages as well must not ask for a version that AWS has no reason to make.
  const kept = Object.entries(props).filter(
    ([key, value]) =>
      !(unversioned as readonly string[]).includes(key) && value !== null && !(Array.isArray(value) && value.length === 0),
  );
  const description = `fnpkg ${packageDigest} ${digestOf({ layout, settings: Object.fromEntries(kept) })}`;
  return resources.map((resource) =>
    resource.id === ids.version ? { ...resource, props: { ...resource.props, Description: description } } : resource,
  );
}

function plain(resource: Resource<string, object>): Resource {
  return { ...resource, props: resource.props as JsonObject };
}
