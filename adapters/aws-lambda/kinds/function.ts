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
import { type FunctionProps, ids, kinds, versionPackage } from "../resources.ts";
import { base64, hex, withCode } from "./function-code.ts";
import { changedSettings, differing, firstSettings, propsOf } from "./function-props.ts";
import { caughtUp, changed, idle, saw, seen, settled, settledAfter, stateOf, wrote } from "./function-state.ts";
import { changeTags, derivationIn, markIn, markOf, type Tags, tagsFor } from "./marks.ts";
import { type Found, functionNamed } from "./owner.ts";
import { adapterTag } from "./services.ts";
import { answered, type Context, whenThere } from "./shared.ts";

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
    const said = { props: propsOf({ Configuration: made }), archiveSha256: archive.sha256 };
    if (props.ReservedConcurrentExecutions === null) wrote(cx, props.FunctionName, { ...said, rests });
    else {
      wrote(cx, props.FunctionName, said);
      await reserve(cx, props);
    }
    return outputsOf(made);
  },

  async update(cx, id, props, live) {
    const name = props.FunctionName;
    const before = live.state === "ready" ? seen(cx, name)?.found : undefined;
    // A write that names the revision looks for itself whether it still is that one.
    const writes = Object.keys(changedSettings(props, live.props)).length > 0 || sends(cx, props, live);
    const first = before !== undefined && writes ? before : await atRest(cx, props, live, before);
    const configured = await configure(cx, props, first);
    const [archiveSha256, found] = await Promise.all([
      cx.content === undefined ? shaOf(configured.now, live) : sendCode(cx, props, live, configured.now),
      whenThere(cx, `the function ${name}`, () => cx.client.lambda.getFunction({ FunctionName: name }, cx)),
    ]);
    wrote(cx, name, { props: configured.props, archiveSha256 });
    if ((live.props.ReservedConcurrentExecutions ?? null) !== props.ReservedConcurrentExecutions) await reserve(cx, props);
    const derivation = cx.derivation ?? live.derivation;
    const code = archiveSha256 === undefined ? {} : { archiveSha256 };
    await retag(cx, found, (tags) => ({
      ...tagsFor(markOf(cx, id), props.Tags, derivation === undefined ? undefined : { ...derivation, ...code }),
      ...adapterTag(cx, derivation?.adapter ?? "", props, tags),
    }));
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
  const { FunctionName = "" } = Configuration;
  const derivation = derivationIn(Tags);
  const props = propsOf(found, wanted);
  saw(cx, FunctionName, { props, found: Configuration });
  return {
    props,
    outputs: outputsOf(Configuration),
    mark: markIn(Tags),
    ...(derivation === undefined ? {} : { derivation }),
    ...shaIn(Configuration),
    state: stateOf(Configuration),
  };
}

function outputsOf({ FunctionArn = "" }: Pick<FunctionConfiguration, "FunctionArn">) {
  return { Arn: FunctionArn, AccountId: FunctionArn.split(":")[4] ?? "" };
}

/**
 * Of a function that is other than at the last look: what changed since must be as wanted, as it is where a look that lagged behind
 * did not see what an interrupted deploy wrote. Answers what changed.
 * @throws E_CONFLICT
 */
async function mustBeOurs(
  cx: Context,
  props: FunctionProps,
  live: Pick<Live<FunctionProps>, "props" | "archiveSha256">,
  now: FunctionConfiguration,
): Promise<readonly string[]> {
  const found = propsOf({ Configuration: now });
  const changes = Object.keys(differing(live.props, found));
  const notWanted = changedSettings(props, found);
  // A version's, while it is published.
  const passing = (key: string) => key === "Description" && versionPackage(found.Description) !== undefined;
  const others = changes.filter((key) => Object.hasOwn(notWanted, key) && !passing(key));
  const code = shaOf(now, live);
  if (code !== live.archiveSha256) {
    changes.push("Code");
    if (cx.content === undefined || (await cx.content.archive()).sha256 !== code) others.push("the code");
  }
  if (others.length > 0) throw changed(props.FunctionName, others);
  return changes;
}

/** The function, at rest, and as it was `before`, but for what is as wanted. @throws E_CONFLICT */
async function atRest(
  cx: Context,
  props: FunctionProps,
  live: Live<FunctionProps>,
  before: FunctionConfiguration | undefined,
): Promise<FunctionConfiguration> {
  const now = await idle(cx, props.FunctionName);
  if (before?.RevisionId !== undefined && now.RevisionId !== undefined && now.RevisionId !== before.RevisionId)
    await mustBeOurs(cx, props, live, now);
  return now;
}

/** Writes onto what was seen, and once more onto what is seen later where reads lagged behind and nobody else changed it. */
async function guarded<T>(
  cx: Context,
  props: FunctionProps,
  now: FunctionConfiguration,
  write: (now: FunctionConfiguration) => Promise<T>,
): Promise<T> {
  try {
    return await write(now);
  } catch (cause) {
    const later = await caughtUp(cx, now, cause);
    const changes = await mustBeOurs(cx, props, { props: propsOf({ Configuration: now }), ...shaIn(now) }, later.now);
    if (!later.lagged && changes.length === 0) throw cause;
    return write(later.now);
  }
}

/** Writes the settings that are not as wanted. Answers what is there then, and the settings as written. */
function configure(cx: Context, props: FunctionProps, first: FunctionConfiguration) {
  return guarded(cx, props, first, async (now) => {
    const found = propsOf({ Configuration: now });
    const settings = changedSettings(props, found);
    if (Object.keys(settings).length === 0) return { now, props: found };
    const { FunctionName } = props;
    const made = await cx.client.lambda.updateFunctionConfiguration({ FunctionName, ...settings, ...revision(now) }, cx);
    return { now: await settledAfter(cx, FunctionName, now, made), props: propsOf({ Configuration: made }) };
  });
}

/** False when what is live is on record as what is wanted. */
function sends({ content, derivation }: Cx<AwsClient>, props: FunctionProps, live: Live<FunctionProps>): boolean {
  const recorded = live.derivation;
  const same = recorded?.layoutDigest === derivation?.layoutDigest && recorded?.archiveSha256 === live.archiveSha256;
  return content !== undefined && (!same || isMoved(props, live.props));
}

function isMoved(props: FunctionProps, live: Pick<Partial<FunctionProps>, "Architectures">): boolean {
  return canonical(props.Architectures) !== canonical(live.Architectures ?? null);
}

/** Sends the code when it is another, and answers the SHA-256 of what is live. Built only when it is needed. */
function sendCode(
  cx: Context,
  props: FunctionProps,
  live: Live<FunctionProps>,
  first: FunctionConfiguration,
): Promise<string | undefined> {
  return guarded(cx, props, first, async (now) => {
    const there = shaOf(now, live);
    const at = { ...live, props: { ...live.props, ...propsOf({ Configuration: now }) }, ...shaIn(now) };
    if (!sends(cx, props, at)) return there;
    const archive = await code(cx).content.archive();
    if (archive.sha256 === there && !isMoved(props, at.props)) {
      await atRest(cx, props, at, now);
      return there;
    }
    cx.progress(`sending ${archive.size} bytes of code`);
    const { FunctionName, Architectures } = props;
    const made = await withCode(cx, archive, (sent) =>
      cx.client.lambda.updateFunctionCode(
        { FunctionName, ...sent, Architectures: [...Architectures], ...revision(now) },
        { signal: cx.signal, patienceMs: 5 * 60_000 },
      ),
    );
    mustBe(archive, made);
    mustBe(archive, await settledAfter(cx, FunctionName, now, made));
    return archive.sha256;
  });
}

function shaIn({ CodeSha256 }: FunctionConfiguration): { archiveSha256?: string } {
  return CodeSha256 === undefined ? {} : { archiveSha256: hex(CodeSha256) };
}

function shaOf(now: FunctionConfiguration, { archiveSha256 }: Pick<Live, "archiveSha256">): string | undefined {
  return shaIn(now).archiveSha256 ?? archiveSha256;
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
  await changeTags(Tags, wanted(Tags), {
    set: (Tags) => cx.client.lambda.tagResource({ Resource, Tags }, cx),
    remove: (TagKeys) => cx.client.lambda.untagResource({ Resource, TagKeys }, cx),
  });
}

type Revised = Pick<FunctionConfiguration, "RevisionId">;

function revision({ RevisionId }: Revised): { RevisionId?: string } {
  return RevisionId === undefined ? {} : { RevisionId };
}

function code({ content, derivation }: Cx<AwsClient>): { readonly content: Content; readonly derivation: Derivation } {
  if (content !== undefined && derivation !== undefined) return { content, derivation };
  throw new FnpkgError("E_INTERNAL", "a function is deployed without code");
}
