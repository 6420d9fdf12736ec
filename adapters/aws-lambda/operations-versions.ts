/** Versions, and which of them serves. */
import { type Digest, FnpkgError, type Version } from "fnpkg/adapter";
import type { AliasConfiguration, FunctionConfiguration } from "@aws-sdk/client-lambda";
import { aliasMark, aliasesOf, functionNamed, isOurs, versionsOf, weightsOf } from "./kinds/owner.ts";
import { answered, type Context } from "./kinds/shared.ts";
import { isMade } from "./kinds/version.ts";
import { absent } from "./operations-invoke.ts";
import { markTags, versionPackage } from "./resources.ts";

interface Serving {
  readonly alias: AliasConfiguration;
  /** The newest first. */
  readonly made: readonly FunctionConfiguration[];
}

export async function versions(cx: Context): Promise<readonly Version[]> {
  const { alias, made } = await serving(cx);
  const weights = new Map(weightsOf(alias).map(({ FunctionVersion, FunctionWeight }) => [FunctionVersion, FunctionWeight]));
  const others = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  return made.map(({ Version: version = "", Description, LastModified }) => {
    const digest = versionPackage(Description);
    return {
      version,
      // Without what a subtraction leaves: 1 - 0.07 is no 0.93 to a computer.
      traffic: version === alias.FunctionVersion ? Number((1 - others).toFixed(6)) : (weights.get(version) ?? 0),
      ...(digest === undefined ? {} : { packageDigest: digest }),
      ...(LastModified === undefined ? {} : { created: new Date(LastModified).toISOString() }),
    };
  });
}

export async function promote(cx: Context, version: string): Promise<void> {
  const now = await serving(cx);
  const wanted = now.made.find((one) => one.Version === version);
  if (wanted === undefined) throw unknown(cx, `version ${version}`, now);
  await move(cx, now, wanted);
}

export async function rollback(
  cx: Context,
  { version, digest }: { readonly version?: string; readonly digest?: Digest },
): Promise<void> {
  if (version !== undefined) return promote(cx, version);
  const now = await serving(cx);
  // While traffic is split, what served before is what keeps the rest.
  const split = weightsOf(now.alias).length > 0;
  const current = now.alias.FunctionVersion;
  const wanted =
    digest === undefined
      ? now.made.find((one) => (split ? one.Version === current : Number(one.Version) < Number(current)))
      : now.made.find(({ Description }) => versionPackage(Description) === digest);
  if (wanted === undefined)
    throw unknown(cx, digest === undefined ? "version before the one that serves" : `version of ${digest}`, now);
  await move(cx, now, wanted);
}

/** All at once; the empty map takes the weights of others away. The function's tags name the package that serves. */
async function move(cx: Context, { alias }: Serving, to: FunctionConfiguration): Promise<void> {
  const { RevisionId } = alias;
  await cx.client.lambda.updateAlias(
    {
      FunctionName: cx.deployment,
      Name: answered(alias.Name, "the alias's name"),
      FunctionVersion: answered(to.Version, "the version's number"),
      RoutingConfig: { AdditionalVersionWeights: {} },
      ...(RevisionId === undefined ? {} : { RevisionId }),
    },
    cx,
  );
  const digest = versionPackage(to.Description);
  const Resource = (await functionNamed(cx, cx.deployment))?.Configuration?.FunctionArn;
  if (digest !== undefined && Resource !== undefined)
    await cx.client.lambda.tagResource({ Resource, Tags: { [markTags.packageDigest]: digest } }, cx);
}

async function serving(cx: Context): Promise<Serving> {
  const [ours, aliases, all] = await Promise.all([isOurs(cx), aliasesOf(cx, cx.deployment), versionsOf(cx, cx.deployment)]);
  const alias = aliases.find((one) => one.Name === cx.client.section.alias && aliasMark(one)?.deployment === cx.deployment);
  if (!ours || alias === undefined) throw absent(cx);
  return { alias, made: all.filter(isMade) };
}

function unknown(cx: Context, what: string, { made }: Serving): FnpkgError {
  return new FnpkgError("E_NOT_DEPLOYED", `${cx.deployment} has no ${what}`, {
    target: "aws-lambda",
    hint: `Kept are: ${made.map(({ Version: version }) => version).join(", ")}. \`keepVersions\` says how many.`,
  });
}
