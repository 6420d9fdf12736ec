/** Deployments whose lives take every action that a policy can hold: made, changed, destroyed. */
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { CreatePolicyCommand, IAMClient, UpdateRoleCommand, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import type { JsonObject, Resolved, Trigger } from "fnpkg/adapter";
import { type SamplePackage, samplePackage } from "fnpkg/testing";
import type { Section } from "../../../adapters/aws-lambda/config.ts";
import type { Moto } from "../../emulators/moto.ts";
import type { User } from "./moto-user.ts";
import { arn, config, credentials, eventPackage, httpPackage, region, triggers } from "./moto-site.ts";

type Config = Resolved<Section>;
type Given = Partial<Omit<Config, "digest" | "section" | "target">>;

export interface Life {
  /** Of the first and the second configuration. */
  readonly packages: readonly [SamplePackage, SamplePackage];
  readonly first: Config;
  readonly second: Config;
  /** What others make before it. */
  readonly furnish?: () => Promise<void>;
  /** What others do to it in between. */
  readonly meddle?: (admin: User) => Promise<void>;
}

const { web, jobs, orders, photos, tick, clicks } = triggers;

function life(
  moto: Moto,
  name: string,
  bound: readonly [Trigger, Trigger],
  first: Given,
  second: Given,
  section: Partial<Section> = {},
): Life {
  const common = { deployment: name, function: name };
  const pkg = bound[0].type === "http" ? httpPackage : eventPackage;
  return {
    packages: [pkg, samplePackage({ signature: pkg.manifest.signature, files: { "index.js": "export default () => 1;\n" } })],
    first: config(moto, { ...common, triggers: [bound[0]], ...first }, section),
    second: config(moto, { ...common, triggers: [bound[1]], memoryMiB: 1024, ...second }, section),
  };
}

const tagged = { tags: { team: "a", cost: "1" } };
const retagged = { tags: { team: "b" } };

export const lives: { readonly [name: string]: (moto: Moto, deployment: string, table: string) => Life } = {
  url: (moto, name) => {
    const before = { ...tagged, instances: { max: 2, min: 1 }, logs: { level: "info", retentionDays: 7 } } as const;
    const other = { ...web, cors: { origins: ["https://www.acme.com"] } };
    return life(moto, name, [web, other], before, retagged, { keepVersions: 1 });
  },
  "url, the other way round": (moto, name) => {
    const after = { instances: { max: 2, min: 1 }, logs: { level: "info", retentionDays: 7 } } as const;
    return life(moto, name, [web, web], {}, after);
  },
  // moto keeps a stage's first tags for ever.
  gateway: (moto, name) => {
    const { cors: _, ...plain } = web;
    return life(moto, name, [web, plain], tagged, { ...tagged, description: "other" }, { http: "api-gateway" });
  },
  queue: (moto, name) => {
    const source = { resource: "jobs", id: arn("sqs", name) };
    const made = life(
      moto,
      name,
      [
        { ...jobs, source },
        { ...jobs, source, batch: { size: 6 }, retry: { ...jobs.retry, attempts: 4 } },
      ],
      tagged,
      retagged,
    );
    const sqs = new SQSClient({ endpoint: moto.endpoint, region, credentials });
    return {
      ...made,
      furnish: async () =>
        void (await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: { VisibilityTimeout: "180" } }))),
    };
  },
  topic: (moto, name) => life(moto, name, [orders, { ...orders, filter: { attributes: { kind: ["new"] } } }], {}, {}),
  bucket: (moto, name) => {
    const at = (prefix: string) => ({ ...photos, filter: { prefix: `${name}/${prefix}` } });
    return life(moto, name, [at("a"), at("b")], {}, {});
  },
  "schedule with roles of its own": (moto, name) => {
    const made = life(
      moto,
      name,
      [tick, { ...tick, cron: "*/6 * * * *" }],
      { ...tagged, raw: managed },
      { ...retagged, raw: managed },
      { createRole: true },
    );
    const { identity: _a, ...first } = made.first;
    const { identity: _b, ...second } = made.second;
    const [{ schedulerRole: _c, ...before }, { schedulerRole: _d, ...after }] = [first.section, second.section];
    const RoleName = `${name}--function--${region}`;
    return {
      ...made,
      first: { ...first, section: before },
      second: { ...second, section: after, network: { ingress: "public", attach } },
      async meddle(admin) {
        const iam = new IAMClient({ endpoint: moto.endpoint, region, credentials: admin });
        await iam.send(new UpdateRoleCommand({ RoleName, Description: "other" }));
        await iam.send(
          new UpdateAssumeRolePolicyCommand({
            RoleName,
            PolicyDocument: JSON.stringify({
              Version: "2012-10-17",
              Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
            }),
          }),
        );
      },
    };
  },
  stream: (moto, name) =>
    life(moto, name, [clicks, { ...clicks, batch: { size: 7 } }], {}, {}, { uploads: { bucket: "photos", prefix: "code/" } }),
  table: (moto, name, table) => {
    const source = { resource: "table", id: table };
    return life(
      moto,
      name,
      [
        { ...clicks, source },
        { ...clicks, source, batch: { size: 7 } },
      ],
      {},
      {},
    );
  },
};

const attach = { resource: "net", id: { subnets: ["subnet-1"], securityGroups: ["sg-1"] } };
const managedArn = "arn:aws:iam::123456789012:policy/extra";
const managed: JsonObject = { "AWS::IAM::Role": { ManagedPolicyArns: [managedArn] } };

/** The managed policy that `raw` attaches to roles. */
export async function makeManaged(moto: Moto): Promise<void> {
  const iam = new IAMClient({ endpoint: moto.endpoint, region, credentials });
  const Statement = [{ Effect: "Allow", Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::acme-extra/*"] }];
  await iam.send(
    new CreatePolicyCommand({ PolicyName: "extra", PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }) }),
  );
}
