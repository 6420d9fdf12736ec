/** The anchor: code, settings, reserved concurrency and the tags that say what was deployed. */
import type { CreateFunctionCommandInput, FunctionConfiguration } from "@aws-sdk/client-lambda";
import type { Cx, Lifecycle, Live } from "fnpkg/adapter";
import type { AwsClient } from "../client.ts";
import { ifThere } from "../errors.ts";
import { type FunctionProps, ids, kinds } from "../resources.ts";
import { withCode } from "./function-code.ts";
import { changedSettings, firstSettings, propsOf } from "./function-props.ts";
import { saw, seen, settled, stateOf, wrote } from "./function-state.ts";
import { atRest, code, configure, mustBe, reserve, retag, sendCode, sends, shaIn, shaOf } from "./function-write.ts";
import { derivationIn, markIn, markOf, tagsFor } from "./marks.ts";
import { type Found, functionNamed } from "./owner.ts";
import { adapterTag } from "./services.ts";
import { whenThere } from "./shared.ts";

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
