/** The published version that serves. Older ones are kept as far as `keepVersions` says: see the alias. */
import type { FunctionConfiguration } from "@aws-sdk/client-lambda";
import { FnpkgError, type Lifecycle, type Live, type Mark, type Outputs } from "fnpkg/adapter";
import type { AwsClient } from "../client.ts";
import { ids, kinds, versionPackage, type VersionProps } from "../resources.ts";
import { derivationIn } from "./marks.ts";
import { derivedMark, functionNamed, ourAliases, servingAlias, splitFunction, versionsOf, weightsOf } from "./owner.ts";
import { hex } from "./function-code.ts";
import { caughtUp, changed, justMade, mustBeUnchanged, settled, settledAfter, stateOf, written } from "./function-state.ts";
import { answered, type Context, given, known, text } from "./shared.ts";

export const versionLifecycle: Lifecycle<VersionProps, AwsClient> = {
  fixed: ["FunctionName"],
  after: [kinds.function],
  volatile: ["Version"],
  permissions: {
    read: ["lambda:GetFunction", "lambda:ListAliases", "lambda:ListVersionsByFunction"],
    create: ["lambda:GetFunctionConfiguration", "lambda:PublishVersion", "lambda:UpdateFunctionConfiguration"],
    update: ["lambda:GetFunctionConfiguration", "lambda:PublishVersion", "lambda:UpdateFunctionConfiguration"],
  },
  lock: ({ FunctionName }) => `function ${splitFunction(text(FunctionName) ?? "").name}`,

  async find(cx) {
    const { deployment } = cx;
    const [versions, aliases, around] = await Promise.all([versionsOf(cx, deployment), ourAliases(cx), aroundOf(cx, deployment)]);
    if (around.mark?.deployment !== deployment) return [];
    const made = versions.filter(isMade);
    const shared = aliases.flatMap((alias) => weightsOf(alias).map(({ FunctionVersion }) => FunctionVersion));
    const whole = aliases.flatMap(({ FunctionVersion = [] }) => FunctionVersion);
    const serving = [...shared, ...whole].flatMap((version) => made.find(({ Version }) => Version === version) ?? []);
    const newest = serving[0] ?? made[0];
    return newest === undefined ? [] : [{ id: ids.version, live: liveOf(newest, around) }];
  },

  async read(cx, _id, props) {
    const name = text(props.FunctionName);
    if (name === undefined) return undefined;
    const at = splitFunction(name).name;
    const [versions, around] = await Promise.all([versionsOf(cx, at), aroundOf(cx, at)]);
    const found = versionFor(versions, props.Description);
    return found === undefined ? undefined : liveOf(found, around, props);
  },

  async create(cx, _id, props) {
    const { name } = splitFunction(known(props.FunctionName, "the function to publish"));
    const version = await publish(cx, name, props.Description);
    // Beside the first one no other can serve.
    return outputsOf(version, version === "1" ? undefined : (await servingAlias(cx, name))?.FunctionVersion);
  },

  async update(cx, _id, props, live) {
    const { name } = splitFunction(known(props.FunctionName, "the function to publish"));
    return outputsOf(await publish(cx, name, props.Description), live.outputs["Serving"]);
  },

  /** Goes with the function. */
  async delete() {},
};

/** True for a version that fnpkg published. */
export function isMade({ Description }: FunctionConfiguration): boolean {
  return versionPackage(Description) !== undefined;
}

/** The newest that is what the description says; the same package is preferred. */
export function versionFor(
  versions: readonly FunctionConfiguration[],
  description: string | undefined,
): FunctionConfiguration | undefined {
  const made = versions.filter(isMade);
  const settings = settingsIn(description);
  return (
    made.find(({ Description }) => Description === description) ??
    made.find(({ Description }) => settingsIn(Description) === settings)
  );
}

/** The part of a description that says what the version does: the same code with the same settings is never published twice. */
function settingsIn(description: string | undefined): string | undefined {
  return description?.split(" ")[2];
}

interface Around {
  readonly mark: Mark | null;
  readonly serving: string | undefined;
}

/** What a version doesn't say itself: whose it is, and which one serves. */
async function aroundOf(cx: Context, name: string): Promise<Around> {
  const [mark, alias] = await Promise.all([derivedMark(cx, name, ids.version), servingAlias(cx, name)]);
  return { mark, serving: alias?.FunctionVersion };
}

function liveOf(version: FunctionConfiguration, { mark, serving }: Around, wanted?: VersionProps): Live<VersionProps> {
  const arn = answered(version.FunctionArn, "the version's ARN");
  const base = arn.split(":").slice(0, 7).join(":");
  const { name } = splitFunction(base);
  const asked = text(wanted?.FunctionName);
  return {
    props: {
      FunctionName: asked === undefined || asked.startsWith("arn:") ? base : name,
      Description: wanted?.Description ?? version.Description ?? "",
    },
    outputs: outputsOf(answered(version.Version, "the version's number"), serving),
    mark,
    state: stateOf(version),
  };
}

/** Answers the number of a version that is what the description says, active. */
async function publish(cx: Context, name: string, description: string): Promise<string> {
  let made = await publishNow(cx, name, description);
  if (settingsIn(made.Description) !== settingsIn(description)) made = await publishAnyway(cx, name, description);
  const version = answered(made.Version, "the version's number");
  await settled(cx, name, { version });
  return version;
}

/** Publishes code and settings as this deploy saw or wrote them, or nothing. */
async function publishNow(cx: Context, name: string, description: string): Promise<FunctionConfiguration> {
  const now = justMade(cx, name) ?? (await asRecorded(cx, name));
  try {
    return await publishAs(cx, now, description);
  } catch (cause) {
    const later = await caughtUp(cx, now, cause);
    if (!later.lagged) throw cause;
    return publishAs(cx, await asRecorded(cx, name, later.now), description);
  }
}

async function publishAs(
  cx: Context,
  { FunctionName: name = "", CodeSha256, RevisionId }: FunctionConfiguration,
  Description: string,
): Promise<FunctionConfiguration> {
  const made = await cx.client.lambda.publishVersion(
    { FunctionName: name, Description, ...given({ CodeSha256, RevisionId }) },
    cx,
  );
  if (CodeSha256 === undefined || made.CodeSha256 === CodeSha256) return made;
  throw new FnpkgError("E_READ_BACK", `version ${made.Version} of ${name} has other code than was published`, {
    target: "aws-lambda",
  });
}

/** The function, at rest, with the settings that this deploy saw or wrote and the code that is on record. @throws E_CONFLICT */
async function asRecorded(cx: Context, name: string, later?: FunctionConfiguration): Promise<FunctionConfiguration> {
  // Tags that lag behind would not name what this run wrote.
  const wrote = written(cx, name)?.archiveSha256 !== undefined;
  const [now, found] = await Promise.all([later ?? settled(cx, name), wrote ? undefined : functionNamed(cx, name)]);
  mustBeUnchanged(cx, name, now);
  const recorded = derivationIn(found?.Tags ?? {})?.archiveSha256;
  if (recorded !== undefined && now.CodeSha256 !== undefined && recorded !== hex(now.CodeSha256))
    throw changed(name, ["the code"]);
  return now;
}

/**
 * docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html: no version is made while code and configuration are those of the
 * last one, and that one is answered, whatever it is called: it may be another's. A change of the function's own description makes
 * them differ; it is put back after.
 */
async function publishAnyway(cx: Context, name: string, description: string): Promise<FunctionConfiguration> {
  const before = await settled(cx, name);
  await describe(cx, before, description);
  let made: FunctionConfiguration;
  try {
    made = await publishNow(cx, name, description);
  } finally {
    await describe(cx, await settled(cx, name), before.Description ?? "");
  }
  if (settingsIn(made.Description) === settingsIn(description)) return made;
  throw new FnpkgError(
    "E_READ_BACK",
    `Lambda answered version ${made.Version} of ${name}, which is another, in place of a new one`,
    {
      target: "aws-lambda",
      hint: "Delete that version if nothing needs it, then run it again.",
    },
  );
}

async function describe(cx: Context, before: FunctionConfiguration, Description: string): Promise<void> {
  const FunctionName = answered(before.FunctionName, "the function's name");
  const { RevisionId } = before;
  const made = await cx.client.lambda.updateFunctionConfiguration({ FunctionName, Description, ...given({ RevisionId }) }, cx);
  await settledAfter(cx, FunctionName, before, made);
}

function outputsOf(Version: string, Serving: string | undefined): Outputs {
  return { Version, ...(Serving === undefined ? {} : { Serving }) };
}
