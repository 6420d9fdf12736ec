/** The anchor: code, settings, reserved concurrency and the tags that say what was deployed. */
import type { CreateFunctionCommandInput, FunctionConfiguration } from "@aws-sdk/client-lambda";
import {
  type Archive,
  canonical,
  type Content,
  type Cx,
  type Derivation,
  FnpkgError,
  type Lifecycle,
  type Live,
} from "fnpkg/adapter";
import type { AwsClient } from "../client.ts";
import { ifThere } from "../errors.ts";
import { type FunctionProps, ids, kinds } from "../resources.ts";
import { base64, hex, withCode } from "./function-code.ts";
import { changedSettings, firstSettings, otherSettings, propsOf } from "./function-props.ts";
import { derivationIn, markIn, markOf, tagChanges, type Tags, tagsFor } from "./marks.ts";
import { type Found, functionNamed } from "./owner.ts";
import { adapterTag } from "./services.ts";
import { answered, type Context } from "./shared.ts";

/** What the last look saw of each function, so that a write notices another's in between. */
const seen = new WeakMap<AwsClient, Map<string, string>>();
/** The settings that it saw, or that were written since: what a version is published from. */
const settingsOf = new WeakMap<AwsClient, Map<string, Partial<FunctionProps>>>();

/** As it was made a moment ago, for the one who publishes it. */
const fresh = new WeakMap<AwsClient, Map<string, FunctionConfiguration>>();

/** What Lambda does with the deployer's own permissions, where the function has such things. */
const attached = [
  "ec2:DescribeSecurityGroups",
  "ec2:DescribeSubnets",
  "ec2:DescribeVpcs",
  "elasticfilesystem:DescribeMountTargets",
  "kms:CreateGrant",
  "kms:Encrypt",
  "lambda:GetLayerVersion",
];

export const functionLifecycle: Lifecycle<FunctionProps, AwsClient> = {
  anchor: true,
  after: [kinds.logGroup, kinds.role],
  fixed: ["FunctionName", "PackageType"],
  secret: ["/Environment/Variables/*"],
  whole: ["/Environment/Variables"],
  permissions: {
    // Also what finds former triggers, whatever this deployment has now.
    read: [
      "kms:Decrypt",
      "lambda:GetFunction",
      "lambda:GetFunctionEventInvokeConfig",
      "lambda:GetFunctionUrlConfig",
      "lambda:GetPolicy",
      "lambda:ListAliases",
      "lambda:ListEventSourceMappings",
      "lambda:ListTags",
      "lambda:ListVersionsByFunction",
    ],
    create: [
      ...attached,
      "iam:PassRole",
      "lambda:CreateFunction",
      "lambda:GetFunctionConfiguration",
      "lambda:PutFunctionConcurrency",
      "lambda:TagResource",
      "s3:GetObject",
      "s3:PutObject",
    ],
    update: [
      ...attached,
      "iam:PassRole",
      "lambda:DeleteFunctionConcurrency",
      "lambda:GetFunctionConfiguration",
      "lambda:PutFunctionConcurrency",
      "lambda:TagResource",
      "lambda:UntagResource",
      "lambda:UpdateFunctionCode",
      "lambda:UpdateFunctionConfiguration",
      "s3:GetObject",
      "s3:PutObject",
    ],
    delete: ["lambda:DeleteFunction", "lambda:GetFunction"],
  },
  lock: ({ FunctionName }) => `function ${FunctionName}`,

  async find(cx) {
    const found = await functionNamed(cx, cx.deployment);
    const live = found === undefined ? undefined : liveOf(cx, found);
    return live?.mark?.deployment === cx.deployment ? [{ id: ids.function, live }] : [];
  },

  async read(cx, _id, props) {
    const found = await functionNamed(cx, props.FunctionName);
    return found === undefined ? undefined : liveOf(cx, found, props);
  },

  async create(cx, id, props) {
    const { content, derivation } = code(cx);
    const archive = await content.archive();
    cx.progress(`sending ${archive.size} bytes of code`);
    const input = {
      ...firstSettings(props),
      FunctionName: props.FunctionName,
      PackageType: props.PackageType,
      Architectures: [...props.Architectures],
      Tags: {
        ...tagsFor(markOf(cx, id), props.Tags, { ...derivation, archiveSha256: archive.sha256 }),
        ...adapterTag(cx, derivation.adapter, props, {}),
      },
    };
    const made = await withCode(cx, archive, (Code) =>
      cx.client.lambda.createFunction({ ...input, Code } as CreateFunctionCommandInput, {
        signal: cx.signal,
        patienceMs: 5 * 60_000,
      }),
    );
    mustBe(archive, made);
    const rests = await settled(cx, props.FunctionName);
    mustBe(archive, rests);
    remember(settingsOf, cx, props.FunctionName, propsOf({ Configuration: made }));
    if (props.ReservedConcurrentExecutions === null) remember(fresh, cx, props.FunctionName, rests);
    else await reserve(cx, props);
    return outputsOf(made);
  },

  async update(cx, id, props, live) {
    const name = props.FunctionName;
    const changed = changedSettings(props, live.props);
    const changes = Object.keys(changed).length > 0;
    const before = live.state === "ready" ? seen.get(cx.client)?.get(name) : undefined;
    // A write that names the revision looks for itself whether it still is that one.
    const named = before !== undefined && (changes || sends(cx, props, live));
    let now: Revised = named ? { RevisionId: before } : await idle(cx, name, before);
    if (changes) {
      const made = await cx.client.lambda.updateFunctionConfiguration({ FunctionName: name, ...changed, ...revision(now) }, cx);
      remember(settingsOf, cx, name, propsOf({ Configuration: made }));
      now = await settled(cx, name);
    }
    const [archiveSha256, found] = await Promise.all([
      cx.content === undefined ? live.archiveSha256 : sendCode(cx, props, live, now),
      cx.client.lambda.getFunction({ FunctionName: name }, cx),
    ]);
    if ((live.props.ReservedConcurrentExecutions ?? null) !== props.ReservedConcurrentExecutions) await reserve(cx, props);
    const derivation = cx.derivation ?? live.derivation;
    const code = archiveSha256 === undefined ? {} : { archiveSha256 };
    await retag(cx, found, (tags) => ({
      ...tagsFor(markOf(cx, id), props.Tags, derivation === undefined ? undefined : { ...derivation, ...code }),
      ...adapterTag(cx, derivation?.adapter ?? "", props, tags),
    }));
    seen.get(cx.client)?.delete(name);
    return live.outputs;
  },

  async delete(cx, _id, live) {
    const name = live.props.FunctionName ?? cx.deployment;
    await ifThere(cx.client.lambda.deleteFunction({ FunctionName: name }, cx));
    await cx.until(`the function ${name} to be gone`, async () => {
      const found = await ifThere(cx.client.lambda.getFunction({ FunctionName: name }, cx));
      return found === undefined ? true : undefined;
    });
  },
};

function liveOf(cx: Cx<AwsClient>, found: Found, wanted?: FunctionProps): Live<FunctionProps> {
  const { Configuration = {}, Tags = {} } = found;
  const { FunctionName = "", RevisionId, CodeSha256 } = Configuration;
  if (RevisionId !== undefined) remember(seen, cx, FunctionName, RevisionId);
  const derivation = derivationIn(Tags);
  const props = propsOf(found, wanted);
  remember(settingsOf, cx, FunctionName, props);
  return {
    props,
    outputs: outputsOf(Configuration),
    mark: markIn(Tags),
    ...(derivation === undefined ? {} : { derivation }),
    ...(CodeSha256 === undefined ? {} : { archiveSha256: hex(CodeSha256) }),
    state: stateOf(Configuration),
  };
}

function outputsOf({ FunctionArn = "" }: Pick<FunctionConfiguration, "FunctionArn">) {
  return { Arn: FunctionArn, AccountId: FunctionArn.split(":")[4] ?? "" };
}

/** A function that nobody called for weeks is `Inactive`; the next call wakes it. */
export function stateOf({ State, StateReason, LastUpdateStatus, LastUpdateStatusReason }: FunctionConfiguration): string {
  const said = (word: string, reason: string | undefined) =>
    reason === undefined || reason === "" ? word : `${word}: ${reason}`;
  if (State !== undefined && State !== "Active" && State !== "Inactive") return said(State, StateReason);
  if (LastUpdateStatus !== undefined && LastUpdateStatus !== "Successful")
    return said(`update ${LastUpdateStatus}`, LastUpdateStatusReason);
  return "ready";
}

/** Nothing may be written while a change is under way. `revision`: what it must still be. */
async function idle(cx: Context, name: string, revision?: string): Promise<FunctionConfiguration> {
  const now = await cx.until(`the function ${name} to be idle`, async () => {
    const config = await cx.client.lambda.getFunctionConfiguration({ FunctionName: name }, cx);
    return config.State === "Pending" || config.LastUpdateStatus === "InProgress" ? undefined : config;
  });
  if (revision !== undefined && now.RevisionId !== undefined && now.RevisionId !== revision)
    throw new FnpkgError("E_CONFLICT", `the function ${name} was changed by something else at the same time`, {
      target: "aws-lambda",
    });
  return now;
}

/** Waits for the end of a change, and fails as soon as it failed. */
export async function settled(cx: Context, name: string): Promise<FunctionConfiguration> {
  const config = await idle(cx, name);
  const state = stateOf(config);
  if (state === "ready") return config;
  throw new FnpkgError("E_VENDOR", `the function ${name} is ${state}`, { target: "aws-lambda" });
}

/** The function as this run has just made it, once: its revision is what publishing asks for, so that no other is published. */
export function justMade({ client }: Pick<Context, "client">, name: string): FunctionConfiguration | undefined {
  const made = fresh.get(client)?.get(name);
  fresh.get(client)?.delete(name);
  return made?.RevisionId === undefined || made.CodeSha256 === undefined ? undefined : made;
}

/** The function, at rest, with the settings that this run saw or wrote. @throws E_CONFLICT when they are others by now */
export async function unchanged(cx: Context, name: string): Promise<FunctionConfiguration> {
  const now = await settled(cx, name);
  const before = settingsOf.get(cx.client)?.get(name);
  const changed = before === undefined ? [] : Object.keys(otherSettings(before, propsOf({ Configuration: now })));
  if (changed.length === 0) return now;
  throw new FnpkgError("E_CONFLICT", `${changed.join(", ")} of ${name} was changed by something else at the same time`, {
    target: "aws-lambda",
  });
}

function remember<T>(of: WeakMap<AwsClient, Map<string, T>>, { client }: Pick<Context, "client">, name: string, value: T): void {
  let known = of.get(client);
  if (known === undefined) of.set(client, (known = new Map<string, T>()));
  known.set(name, value);
}

/** False when what is live is on record as what is wanted. */
function sends({ content, derivation }: Cx<AwsClient>, props: FunctionProps, live: Live<FunctionProps>): boolean {
  const recorded = live.derivation;
  const same = recorded?.layoutDigest === derivation?.layoutDigest && recorded?.archiveSha256 === live.archiveSha256;
  return content !== undefined && (!same || isMoved(props, live));
}

function isMoved(props: FunctionProps, live: Live<FunctionProps>): boolean {
  return canonical(props.Architectures) !== canonical(live.props.Architectures ?? null);
}

/** Sends the code when it is another, and answers the SHA-256 of what is live. Built only when it is needed. */
async function sendCode(cx: Context, props: FunctionProps, live: Live<FunctionProps>, now: Revised): Promise<string | undefined> {
  if (!sends(cx, props, live)) return live.archiveSha256;
  const archive = await code(cx).content.archive();
  if (archive.sha256 === live.archiveSha256 && !isMoved(props, live)) {
    await idle(cx, props.FunctionName, now.RevisionId);
    return archive.sha256;
  }
  cx.progress(`sending ${archive.size} bytes of code`);
  const made = await withCode(cx, archive, (sent) =>
    cx.client.lambda.updateFunctionCode(
      { FunctionName: props.FunctionName, ...sent, Architectures: [...props.Architectures], ...revision(now) },
      { signal: cx.signal, patienceMs: 5 * 60_000 },
    ),
  );
  mustBe(archive, made);
  mustBe(archive, await settled(cx, props.FunctionName));
  return archive.sha256;
}

function mustBe(archive: Archive, { CodeSha256 }: FunctionConfiguration): void {
  if (CodeSha256 === base64(archive.sha256)) return;
  throw new FnpkgError("E_READ_BACK", `Lambda holds code with the SHA-256 ${CodeSha256}, not ${base64(archive.sha256)} as sent`, {
    target: "aws-lambda",
  });
}

async function reserve(cx: Context, { FunctionName, ReservedConcurrentExecutions }: FunctionProps): Promise<void> {
  if (ReservedConcurrentExecutions === null) await cx.client.lambda.deleteFunctionConcurrency({ FunctionName }, cx);
  else await cx.client.lambda.putFunctionConcurrency({ FunctionName, ReservedConcurrentExecutions }, cx);
}

/** Last, so that what it records is there. */
async function retag(cx: Context, { Configuration, Tags = {} }: Found, wanted: (live: Tags) => Tags): Promise<void> {
  const Resource = answered(Configuration?.FunctionArn, "the function's ARN");
  const { set, remove } = tagChanges(Tags, wanted(Tags));
  if (Object.keys(set).length > 0) await cx.client.lambda.tagResource({ Resource, Tags: set }, cx);
  if (remove.length > 0) await cx.client.lambda.untagResource({ Resource, TagKeys: [...remove] }, cx);
}

type Revised = Pick<FunctionConfiguration, "RevisionId">;

function revision({ RevisionId }: Revised): { RevisionId?: string } {
  return RevisionId === undefined ? {} : { RevisionId };
}

function code({ content, derivation }: Cx<AwsClient>): { readonly content: Content; readonly derivation: Derivation } {
  if (content !== undefined && derivation !== undefined) return { content, derivation };
  throw new FnpkgError("E_INTERNAL", "a function is deployed without code");
}
