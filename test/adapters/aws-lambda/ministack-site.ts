/** Functions deployed to ministack through the library, and clients of the SDK's own behind its back. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { IAMClient } from "@aws-sdk/client-iam";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import type { LogLine } from "fnpkg/adapter";
import {
  deploy,
  destroy,
  invoke,
  permissions,
  type PermissionsReport,
  logs,
  pack,
  rollback,
  status,
  versions,
  type FunctionConfig,
  type Receipt,
} from "../../../src/index.ts";
import { account, credentials, type Ministack, region, startMinistack } from "../../emulators/ministack.ts";

process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";

export interface Given {
  readonly code: string;
  /** YAML of the author file. */
  readonly signature: string;
  readonly requires?: string;
  readonly config?: Partial<FunctionConfig>;
  readonly section?: object;
  /** Of who deploys; default the account's root user. */
  readonly credentials?: object;
}

export function arn(service: string, name: string): string {
  return service === "s3" ? `arn:aws:s3:::${name}` : `arn:aws:${service}:${region}:${account}:${name}`;
}

export interface Deployment {
  readonly name: string;
  /** Changes what the next deploy takes. */
  edit(given: Partial<Given>): void;
  deploy(): Promise<Receipt>;
  permissions(): Promise<PermissionsReport>;
  /** With what it left behind, when told to. */
  destroy(purge: boolean): ReturnType<typeof destroy>;
  rollback(): ReturnType<typeof rollback>;
  versions(): ReturnType<typeof versions>;
  status(): ReturnType<typeof status>;
  invoke(invocation: Parameters<typeof invoke>[0]["invocation"]): ReturnType<typeof invoke>;
  /** The messages of the log so far. */
  logged(): Promise<readonly Logged[]>;
}

export type Logged = LogLine & { readonly [field: string]: unknown };

export interface Site extends Ministack {
  readonly clients: ReturnType<typeof clients>;
  function(name: string, given: Given): Promise<Deployment>;
}

function clients(endpoint: string) {
  const sdk = { endpoint, region, credentials };
  return {
    iam: new IAMClient(sdk),
    lambda: new LambdaClient(sdk),
    logs: new CloudWatchLogsClient(sdk),
    s3: new S3Client({ ...sdk, forcePathStyle: true }),
    scheduler: new SchedulerClient(sdk),
    sns: new SNSClient(sdk),
    sqs: new SQSClient(sdk),
  };
}

export async function startSite(): Promise<Site> {
  const ministack = await startMinistack();
  const folder = await mkdtemp(join(tmpdir(), "fnpkg-on-ministack-"));
  const { endpoint } = ministack;
  return {
    endpoint,
    clients: clients(endpoint),
    function: async (name, given) => deployment(folder, endpoint, name, given),
    async close() {
      await ministack.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function deployment(root: string, endpoint: string, name: string, first: Given): Promise<Deployment> {
  const folder = join(root, name);
  const cache = join(root, "cache");
  await mkdir(folder);
  let given = first;
  let count = 0;
  const common = () => ({
    target: "aws-lambda",
    credentials: given.credentials ?? credentials,
    base: folder,
    config: {
      specVersion: "1.0",
      kind: "FunctionConfig",
      function: name,
      package: { name },
      timeout: "10s",
      ...given.config,
      targets: { "aws-lambda": { region, endpoint, createRole: true, ...given.section } },
    } as FunctionConfig,
  });
  const packed = async () => {
    await writeFile(join(folder, "index.mjs"), given.code);
    await writeFile(
      join(folder, "function-package.yaml"),
      `kind: FunctionPackage
specVersion: "1.0"
name: ${name}
version: 1.0.0
profile: nodejs
entryPoint: { module: index.mjs, export: default }
signature: ${given.signature}
requires: ${given.requires ?? "{}"}
`,
    );
    const { file } = await pack({ folder, out: join(root, `${name}-${++count}.fnpkg`), cache });
    return file;
  };
  return {
    name,
    edit(more) {
      given = { ...given, ...more };
    },
    deploy: async () => deploy({ ...common(), package: await packed(), cache }),
    async permissions() {
      const { credentials: _, ...offline } = common();
      return permissions({ ...offline, package: await packed(), cache });
    },
    destroy: (purge) => destroy({ ...common(), purge }),
    rollback: () => rollback(common()),
    versions: () => versions(common()),
    status: () => status({ ...common(), verify: true }),
    invoke: (invocation) => invoke({ ...common(), invocation }),
    async logged() {
      const lines: Logged[] = [];
      for await (const line of logs(common())) lines.push(line);
      return lines;
    },
  };
}
