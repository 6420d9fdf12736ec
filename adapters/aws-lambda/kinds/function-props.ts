/** A function's properties, in the words of CloudFormation and in those of the API. */
import type { FunctionConfiguration, UpdateFunctionConfigurationCommandInput } from "@aws-sdk/client-lambda";
import { canonical } from "fnpkg/adapter";
import type { FunctionProps } from "../resources.ts";
import { tagsIn } from "./marks.ts";
import type { Found } from "./owner.ts";
import { defined, sorted, text } from "./shared.ts";

/** What `UpdateFunctionConfiguration` takes, each with the property that it stands for. */
export function settings(props: FunctionProps): Omit<UpdateFunctionConfigurationCommandInput, "FunctionName"> {
  return {
    Description: props.Description,
    Runtime: props.Runtime as NonNullable<UpdateFunctionConfigurationCommandInput["Runtime"]>,
    Handler: props.Handler,
    Role: text(props.Role),
    MemorySize: props.MemorySize,
    Timeout: props.Timeout,
    EphemeralStorage: { ...props.EphemeralStorage },
    Environment: { Variables: { ...props.Environment.Variables } },
    VpcConfig: { SubnetIds: [...props.VpcConfig.SubnetIds], SecurityGroupIds: [...props.VpcConfig.SecurityGroupIds] },
    LoggingConfig: { ...props.LoggingConfig },
    TracingConfig: { ...props.TracingConfig },
    Layers: [...props.Layers],
    SnapStart: { ...props.SnapStart },
    KMSKeyArn: props.KmsKeyArn ?? "",
    FileSystemConfigs: props.FileSystemConfigs.map((config) => ({ ...config })),
    DeadLetterConfig: { TargetArn: props.DeadLetterConfig?.TargetArn ?? "" },
  };
}

/** The same for a new function, which has nothing to be taken away. */
export function firstSettings(props: FunctionProps): ReturnType<typeof settings> {
  const all = settings(props);
  if (props.KmsKeyArn === null) delete all.KMSKeyArn;
  if (props.DeadLetterConfig === null) delete all.DeadLetterConfig;
  if (props.VpcConfig.SubnetIds.length === 0) delete all.VpcConfig;
  if (props.Layers.length === 0) delete all.Layers;
  if (props.FileSystemConfigs.length === 0) delete all.FileSystemConfigs;
  return all;
}

/** The settings that are not as wanted. */
export function changedSettings(
  props: FunctionProps,
  live: Partial<FunctionProps>,
): { [K in keyof ReturnType<typeof settings>]: ReturnType<typeof settings>[K] } {
  const wanted = settings(props);
  const now = settings({ ...empty, ...live, Tags: [] });
  return Object.fromEntries(
    Object.entries(wanted).filter(([key, value]) => canonical(value) !== canonical(now[key as keyof typeof now] ?? null)),
  );
}

/** Those in which two sights of a function differ. */
export function differing(before: Partial<FunctionProps>, now: Partial<FunctionProps>): ReturnType<typeof changedSettings> {
  return changedSettings({ ...empty, ...before }, now);
}

/** The same, but for its description: what a version keeps has its own. */
export function otherSettings(before: Partial<FunctionProps>, now: Partial<FunctionProps>): ReturnType<typeof changedSettings> {
  const { Description: _, ...changed } = differing(before, now);
  return changed;
}

/** What is live, in the shape of props. */
export function propsOf({ Configuration = {}, Tags = {}, Concurrency }: Found, wanted?: FunctionProps): Partial<FunctionProps> {
  return {
    ...settingsOf(Configuration),
    ReservedConcurrentExecutions: Concurrency?.ReservedConcurrentExecutions ?? null,
    Tags: tagsIn(Tags, wanted?.Tags),
  };
}

function settingsOf(config: FunctionConfiguration): Partial<FunctionProps> {
  const target = config.DeadLetterConfig?.TargetArn ?? "";
  const live = {
    FunctionName: config.FunctionName,
    Description: config.Description ?? "",
    PackageType: config.PackageType ?? "Zip",
    Runtime: config.Runtime ?? "",
    Handler: config.Handler ?? "",
    Architectures: config.Architectures ?? ["x86_64"],
    Role: config.Role,
    MemorySize: config.MemorySize,
    Timeout: config.Timeout,
    EphemeralStorage: { Size: config.EphemeralStorage?.Size ?? 512 },
    Environment: { Variables: config.Environment?.Variables ?? {} },
    VpcConfig: {
      SubnetIds: sorted(config.VpcConfig?.SubnetIds),
      SecurityGroupIds: sorted(config.VpcConfig?.SecurityGroupIds),
    },
    LoggingConfig: {
      LogFormat: config.LoggingConfig?.LogFormat ?? "Text",
      LogGroup: config.LoggingConfig?.LogGroup ?? `/aws/lambda/${config.FunctionName}`,
    },
    TracingConfig: { Mode: config.TracingConfig?.Mode ?? "PassThrough" },
    Layers: (config.Layers ?? []).flatMap(({ Arn }) => Arn ?? []),
    SnapStart: { ApplyOn: config.SnapStart?.ApplyOn ?? "None" },
    KmsKeyArn: config.KMSKeyArn === undefined || config.KMSKeyArn === "" ? null : config.KMSKeyArn,
    FileSystemConfigs: (config.FileSystemConfigs ?? []).map(({ Arn = "", LocalMountPath = "" }) => ({ Arn, LocalMountPath })),
    DeadLetterConfig: target === "" ? null : { TargetArn: target },
  };
  return defined<FunctionProps>(live);
}

/** What a property that is not live counts as. */
const empty: FunctionProps = {
  FunctionName: "",
  Description: "",
  PackageType: "Zip",
  Runtime: "",
  Handler: "",
  Architectures: ["x86_64"],
  Role: "",
  MemorySize: 0,
  Timeout: 0,
  EphemeralStorage: { Size: 0 },
  Environment: { Variables: {} },
  VpcConfig: { SubnetIds: [], SecurityGroupIds: [] },
  LoggingConfig: { LogFormat: "Text", LogGroup: "" },
  TracingConfig: { Mode: "PassThrough" },
  ReservedConcurrentExecutions: null,
  Layers: [],
  SnapStart: { ApplyOn: "None" },
  KmsKeyArn: null,
  FileSystemConfigs: [],
  DeadLetterConfig: null,
  Tags: [],
};
