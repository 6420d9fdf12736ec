/** The published version that serves. Older ones are kept as far as `keepVersions` says: see the alias. */
import type { FunctionConfiguration } from "@aws-sdk/client-lambda";
import { FnpkgError, type Lifecycle, type Live, type Outputs } from "fnpkg/adapter";
import type { AwsClient } from "../client.ts";
import { ids, kinds, versionPackage, type VersionProps } from "../resources.ts";
import { derivationIn } from "./marks.ts";
import { derivedMark, functionNamed, isOurs, ourAliases, splitFunction, versionsOf } from "./owner.ts";
import { hex } from "./function-code.ts";
import { settled, stateOf } from "./function.ts";
import { answered, type Context, known, text } from "./shared.ts";

export const versionLifecycle: Lifecycle<VersionProps, AwsClient> = {
  fixed: ["FunctionName"],
  after: [kinds.function],
  volatile: ["Version"],
  permissions: {
    read: ["lambda:GetFunction", "lambda:ListAliases", "lambda:ListVersionsByFunction"],
    create: ["lambda:GetFunctionConfiguration", "lambda:PublishVersion"],
    update: ["lambda:GetFunctionConfiguration", "lambda:PublishVersion"],
  },
  lock: ({ FunctionName }) => `function ${splitFunction(text(FunctionName) ?? "").name}`,

  async find(cx) {
    const [versions, aliases, ours] = await Promise.all([versionsOf(cx, cx.deployment), ourAliases(cx), isOurs(cx)]);
    if (!ours) return [];
    const made = versions.filter(isMade);
    const serving = made.find(({ Version }) => aliases.some(({ FunctionVersion }) => FunctionVersion === Version));
    const newest = serving ?? made[0];
    return newest === undefined ? [] : [{ id: ids.version, live: await liveOf(cx, newest) }];
  },

  async read(cx, _id, props) {
    const name = text(props.FunctionName);
    if (name === undefined) return undefined;
    const versions = (await versionsOf(cx, splitFunction(name).name)).filter(isMade);
    const settings = settingsIn(props.Description);
    const found =
      versions.find(({ Description }) => Description === props.Description) ??
      versions.find(({ Description }) => settingsIn(Description) === settings);
    return found === undefined ? undefined : liveOf(cx, found, props);
  },

  create: publish,
  update: publish,

  /** Goes with the function. */
  async delete() {},
};

/** True for a version that fnpkg published. */
export function isMade({ Description }: FunctionConfiguration): boolean {
  return versionPackage(Description) !== undefined;
}

/** The part of a description that says what the version does: the same code with the same settings is never published twice. */
function settingsIn(description: string | undefined): string | undefined {
  return description?.split(" ")[2];
}

async function liveOf(cx: Context, version: FunctionConfiguration, wanted?: VersionProps): Promise<Live<VersionProps>> {
  const arn = answered(version.FunctionArn, "the version's ARN");
  const base = arn.split(":").slice(0, 7).join(":");
  const asked = text(wanted?.FunctionName);
  return {
    props: {
      FunctionName: asked === undefined || asked.startsWith("arn:") ? base : splitFunction(base).name,
      Description: wanted?.Description ?? version.Description ?? "",
    },
    outputs: outputsOf(version),
    mark: await derivedMark(cx, splitFunction(base).name, ids.version),
    state: stateOf(version),
  };
}

async function publish(cx: Context, _id: string, props: VersionProps): Promise<Outputs> {
  const { name } = splitFunction(known(props.FunctionName, "the function to publish"));
  const { CodeSha256, RevisionId } = await settled(cx, name);
  const recorded = derivationIn((await functionNamed(cx, name))?.Tags ?? {})?.archiveSha256;
  if (recorded !== undefined && CodeSha256 !== undefined && recorded !== hex(CodeSha256))
    throw new FnpkgError("E_CONFLICT", `the code of ${name} was changed by something else at the same time`, {
      target: "aws-lambda",
    });
  const made = await cx.client.lambda.publishVersion(
    {
      FunctionName: name,
      Description: props.Description,
      ...(CodeSha256 === undefined ? {} : { CodeSha256 }),
      ...(RevisionId === undefined ? {} : { RevisionId }),
    },
    cx,
  );
  const version = answered(made.Version, "the version's number");
  await cx.until(`version ${version} of ${name} to be active`, async () => {
    const now = await cx.client.lambda.getFunctionConfiguration({ FunctionName: name, Qualifier: version }, cx);
    if (now.State === "Pending" || now.LastUpdateStatus === "InProgress") return undefined;
    const state = stateOf(now);
    if (state !== "ready")
      throw new FnpkgError("E_VENDOR", `version ${version} of ${name} is ${state}`, { target: "aws-lambda" });
    return true;
  });
  return outputsOf(made);
}

function outputsOf({ Version = "" }: FunctionConfiguration): Outputs {
  return { Version };
}
