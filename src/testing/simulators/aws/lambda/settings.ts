/**
 * A function's settings, in the form that they are answered in, and what Lambda refuses of them:
 * docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html, docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
import { ask } from "../asks.ts";
import type { Account } from "../service.ts";
import { invalid, missing, unfit } from "./errors.ts";

/** What a version is published with; absent: never set. */
export interface Settings {
  readonly Runtime?: string;
  readonly Role: string;
  readonly Handler?: string;
  readonly Description: string;
  readonly Timeout: number;
  readonly MemorySize: number;
  readonly PackageType: string;
  readonly Architectures: readonly string[];
  readonly EphemeralStorage: { readonly Size: number };
  readonly TracingConfig: { readonly Mode: string };
  readonly SnapStart: { readonly ApplyOn: string; readonly OptimizationStatus: string };
  readonly LoggingConfig: { readonly LogFormat: string; readonly LogGroup: string };
  readonly Environment?: { readonly Variables: { readonly [name: string]: string } };
  readonly VpcConfig?: object;
  readonly DeadLetterConfig?: { readonly TargetArn: string };
  readonly KMSKeyArn?: string;
  readonly Layers?: readonly { readonly Arn: string; readonly CodeSize: number }[];
  readonly FileSystemConfigs?: readonly object[];
}

/** As `CreateFunction` and `UpdateFunctionConfiguration` take them. */
export interface SettingsInput {
  readonly Runtime?: string;
  readonly Role?: string;
  readonly Handler?: string;
  readonly Description?: string;
  readonly Timeout?: number;
  readonly MemorySize?: number;
  readonly EphemeralStorage?: { readonly Size: number };
  readonly TracingConfig?: { readonly Mode: string };
  readonly SnapStart?: { readonly ApplyOn: string };
  readonly LoggingConfig?: Partial<Settings["LoggingConfig"]>;
  readonly Environment?: { readonly Variables?: { readonly [name: string]: string } };
  readonly VpcConfig?: { readonly SubnetIds?: readonly string[]; readonly SecurityGroupIds?: readonly string[] };
  readonly DeadLetterConfig?: { readonly TargetArn?: string };
  readonly KMSKeyArn?: string;
  readonly Layers?: readonly string[];
  readonly FileSystemConfigs?: readonly object[];
}

/** docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html */
const runtime =
  /^(nodejs(18|20|22|24|26)\.x|python3\.(9|1[0-5])|java(8\.al2|8\.al2023|11|17|21|25)(\.al2023)?|dotnet(8|10)|ruby(3\.[2-4]|4\.0)|provided\.al2(023)?)$/;

/** docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html, "Defined runtime environment variables", the reserved ones. */
const reserved =
  /^(_HANDLER|_X_AMZN_TRACE_ID|AWS_(DEFAULT_)?REGION|AWS_EXECUTION_ENV|AWS_LAMBDA_(FUNCTION_(NAME|MEMORY_SIZE|VERSION)|INITIALIZATION_TYPE|LOG_(GROUP|STREAM)_NAME|RUNTIME_API|MAX_CONCURRENCY|METADATA_API|METADATA_TOKEN)|AWS_ACCESS_KEY(_ID)?|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|LAMBDA_(TASK_ROOT|RUNTIME_DIR))$/;

export function firstSettings(account: Account, name: string, input: SettingsInput, packaged: Packaged): Settings {
  const { PackageType = "Zip", Architectures = ["x86_64"] } = packaged;
  if (PackageType !== "Zip") throw invalid("Functions from container images are not simulated.");
  if (input.Runtime === undefined || input.Handler === undefined)
    throw invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.");
  if (input.Role === undefined) throw unfit(null, "role", "Member must not be null");
  checkArchitectures(Architectures);
  return withSettings(
    account,
    {
      Role: input.Role,
      Description: "",
      Timeout: 3,
      MemorySize: 128,
      PackageType,
      Architectures,
      EphemeralStorage: { Size: 512 },
      TracingConfig: { Mode: "PassThrough" },
      SnapStart: { ApplyOn: "None", OptimizationStatus: "Off" },
      LoggingConfig: { LogFormat: "Text", LogGroup: `/aws/lambda/${name}` },
    },
    input,
  );
}

export interface Packaged {
  readonly PackageType?: string;
  readonly Architectures?: readonly string[];
}

export function checkArchitectures(architectures: readonly string[]): void {
  if (architectures.length !== 1 || !/^(x86_64|arm64)$/.test(architectures[0] ?? ""))
    throw unfit(
      architectures,
      "architectures",
      "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64]]",
    );
}

/** With what is given; an empty text, list or map takes away. */
export function withSettings(account: Account, before: Settings, input: SettingsInput): Settings {
  const { Runtime, Handler, Description, Timeout, MemorySize, EphemeralStorage, TracingConfig, SnapStart, Role } = input;
  if (Runtime !== undefined && !runtime.test(Runtime)) throw unfit(Runtime, "runtime", "Member must satisfy enum value set");
  if (Handler !== undefined && !/^[^\s]{1,128}$/.test(Handler))
    throw unfit(Handler, "handler", "Member must satisfy regular expression pattern: [^\\s]+");
  if (Description !== undefined && Description.length > 256)
    throw unfit(Description, "description", "Member must have length less than or equal to 256");
  between(Timeout, "timeout", 1, 900);
  between(MemorySize, "memorySize", 128, 10_240);
  between(EphemeralStorage?.Size, "ephemeralStorage.size", 512, 10_240);
  if (Role !== undefined) checkRole(account, Role);
  const changed = Object.entries({ Role, Runtime, Handler, Description, Timeout, MemorySize, EphemeralStorage, TracingConfig });
  return defined({
    ...before,
    ...Object.fromEntries(changed.filter(([, value]) => value !== undefined)),
    SnapStart: SnapStart === undefined ? before.SnapStart : { ApplyOn: SnapStart.ApplyOn, OptimizationStatus: "Off" },
    LoggingConfig: { ...before.LoggingConfig, ...input.LoggingConfig },
    Environment: environment(before, input),
    VpcConfig: network(before, input),
    DeadLetterConfig: deadLetter(account, before, input),
    KMSKeyArn: input.KMSKeyArn === undefined ? before.KMSKeyArn : filled(input.KMSKeyArn),
    Layers: input.Layers === undefined ? before.Layers : layers(input.Layers),
    FileSystemConfigs: input.FileSystemConfigs === undefined ? before.FileSystemConfigs : someOf(input.FileSystemConfigs),
  });
}

function checkRole(account: Account, role: string): void {
  if (!/^arn:aws[a-zA-Z-]*:iam::\d{12}:role\/?[\w+=,.@/-]+$/.test(role))
    throw unfit(
      role,
      "role",
      "Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+",
    );
  if (role.split(":")[4] !== account.id) throw invalid("Cross-account pass role is not allowed.");
  if (ask(account, "iam")?.assumable(role, "lambda.amazonaws.com") === false)
    throw invalid("The role defined for the function cannot be assumed by Lambda.");
}

function environment(before: Settings, { Environment }: SettingsInput): Settings["Environment"] {
  if (Environment === undefined) return before.Environment;
  const { Variables = {} } = Environment;
  const names = Object.keys(Variables);
  const odd = names.find((name) => !/^[a-zA-Z][a-zA-Z0-9_]+$/.test(name) && !reserved.test(name));
  if (odd !== undefined)
    throw unfit(
      Variables,
      "environment.variables",
      "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]",
    );
  const kept = names.filter((name) => reserved.test(name));
  if (kept.length > 0)
    throw invalid(
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${kept.join(", ")}`,
    );
  // The service says the values too: what shows its messages must take that into account.
  const measured = JSON.stringify(Variables);
  if (Buffer.byteLength(measured) > 4096)
    throw invalid(
      `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: ${measured}`,
    );
  return names.length === 0 ? undefined : { Variables };
}

function network(before: Settings, { VpcConfig }: SettingsInput): Settings["VpcConfig"] {
  if (VpcConfig === undefined) return before.VpcConfig;
  const { SubnetIds = [], SecurityGroupIds = [] } = VpcConfig;
  if (SubnetIds.length === 0 && SecurityGroupIds.length === 0)
    return before.VpcConfig === undefined ? undefined : { SubnetIds, SecurityGroupIds, VpcId: "" };
  if (SubnetIds.length === 0 || SecurityGroupIds.length === 0)
    throw invalid("SubnetIds and SecurityIds must coexist or be both empty list.");
  return { SubnetIds, SecurityGroupIds, VpcId: "vpc-0123456789abcdef0", Ipv6AllowedForDualStack: false };
}

function deadLetter(account: Account, before: Settings, { DeadLetterConfig }: SettingsInput): Settings["DeadLetterConfig"] {
  if (DeadLetterConfig === undefined) return before.DeadLetterConfig;
  const { TargetArn = "" } = DeadLetterConfig;
  if (TargetArn === "") return undefined;
  const service = TargetArn.split(":")[2];
  const there = service === "sqs" || service === "sns" ? ask(account, service)?.exists(TargetArn) : false;
  if (there === false) throw invalid(`The provided target ARN is invalid: ${TargetArn}`);
  return { TargetArn };
}

function layers(arns: readonly string[]): Settings["Layers"] {
  if (arns.length > 5) throw invalid("Cannot reference more than 5 layers.");
  const odd = arns.find((arn) => !/^arn:[\w-]+:lambda:[\w-]+:\d{12}:layer:[\w-]+:\d+$/.test(arn));
  if (odd !== undefined) throw missing(`Layer version ${odd} does not exist.`);
  return someOf(arns.map((Arn) => ({ Arn, CodeSize: 1024 })));
}

function between(value: number | undefined, member: string, least: number, most: number): void {
  if (value === undefined) return;
  if (!Number.isInteger(value) || value < least)
    throw unfit(value, member, `Member must have value greater than or equal to ${least}`);
  if (value > most) throw unfit(value, member, `Member must have value less than or equal to ${most}`);
}

function someOf<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}

function filled(text: string): string | undefined {
  return text === "" ? undefined : text;
}

function defined(settings: { readonly [K in keyof Settings]: Settings[K] | undefined }): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as unknown as Settings;
}
