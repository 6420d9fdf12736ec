/** The alias that everything serves from: what it names is the atomic switch between versions. Also keeps the number of versions. */
import type { AliasConfiguration, FunctionConfiguration } from "@aws-sdk/client-lambda";
import { canonical, FnpkgError, type Lifecycle, type Live, type Outputs } from "fnpkg/adapter";
import type { AwsClient } from "../client.ts";
import { ifThere } from "../errors.ts";
import { type AliasProps, ids, kinds } from "../resources.ts";
import { aliasesOf, aliasMark, ourAliases, splitFunction, versionsOf, weightsOf } from "./owner.ts";
import { provisionedOf, provision } from "./provisioned.ts";
import { answered, type Context, known, text } from "./shared.ts";
import { isMade } from "./version.ts";

export const aliasLifecycle: Lifecycle<AliasProps, AwsClient> = {
  fixed: ["Name", "FunctionName"],
  after: [kinds.version],
  permissions: {
    read: ["lambda:GetProvisionedConcurrencyConfig", "lambda:ListAliases", "lambda:ListVersionsByFunction"],
    create: ["lambda:CreateAlias", "lambda:DeleteFunction", "lambda:PutProvisionedConcurrencyConfig"],
    update: [
      "lambda:DeleteFunction",
      "lambda:DeleteProvisionedConcurrencyConfig",
      "lambda:PutProvisionedConcurrencyConfig",
      "lambda:UpdateAlias",
    ],
    delete: ["lambda:DeleteAlias"],
  },
  lock: ({ FunctionName }) => `function ${splitFunction(text(FunctionName) ?? "").name}`,

  async find(cx) {
    const { deployment: name } = cx;
    const [aliases, around] = await Promise.all([ourAliases(cx), aroundOf(cx, name)]);
    return Promise.all(
      aliases.map(async (alias) => {
        const provisioned = await provisionedOf(cx, { name, qualifier: alias.Name ?? "" });
        return { id: idOf(cx, alias), live: liveOf(cx, name, alias, { ...around, provisioned }) };
      }),
    );
  },

  async read(cx, _id, props) {
    const asked = text(props.FunctionName);
    if (asked === undefined) return undefined;
    const { name } = splitFunction(asked);
    const at = { name, qualifier: props.Name };
    const [around, provisioned] = await Promise.all([aroundOf(cx, name), provisionedOf(cx, at)]);
    const alias = around.aliases.find(({ Name }) => Name === props.Name);
    return alias === undefined ? undefined : liveOf(cx, name, alias, { ...around, provisioned }, props);
  },

  async create(cx, _id, props) {
    const { name } = splitFunction(known(props.FunctionName, "the alias's function"));
    const [made, around] = await Promise.all([
      cx.client.lambda.createAlias(
        { FunctionName: name, Name: props.Name, ...versionsFor(props), Description: props.Description },
        cx,
      ),
      mayExceed(cx, props) ? aroundOf(cx, name) : undefined,
    ]);
    await provision(cx, { name, qualifier: props.Name }, undefined, props.ProvisionedConcurrencyConfig);
    if (around !== undefined) await prune(cx, name, around, made);
    return outputsOf(made);
  },

  async update(cx, _id, props, live) {
    const { name } = splitFunction(known(props.FunctionName, "the alias's function"));
    const around = await aroundOf(cx, name);
    const now = around.aliases.find(({ Name }) => Name === props.Name);
    // With a share for the new version the one that serves stays: where it is another one by now, it is not ours to bring back.
    const moved =
      now !== undefined && (isMoved(now, live.props) || (isSplit(props) && now.FunctionVersion !== props.FunctionVersion));
    if (moved)
      throw new FnpkgError("E_CONFLICT", `the alias ${props.Name} of ${name} was moved by something else at the same time`, {
        target: "aws-lambda",
      });
    // Lambda takes no change of the number for an alias with weights.
    const at = { name, qualifier: props.Name };
    const warm = props.ProvisionedConcurrencyConfig;
    let former = live.props.ProvisionedConcurrencyConfig ?? undefined;
    if (isSplit(props)) {
      await provision(cx, at, former, warm);
      former = warm ?? undefined;
    }
    const revision = now?.RevisionId === undefined ? {} : { RevisionId: now.RevisionId };
    const made = await cx.client.lambda.updateAlias(
      { FunctionName: name, Name: props.Name, ...versionsFor(props), Description: props.Description, ...revision },
      cx,
    );
    await provision(cx, at, former, warm);
    await prune(cx, name, around, made);
    return live.outputs;
  },

  async delete(cx, _id, { props }) {
    if (props.Name === undefined) return;
    const name = splitFunction(text(props.FunctionName) ?? cx.deployment).name;
    await ifThere(cx.client.lambda.deleteAlias({ FunctionName: name, Name: props.Name }, cx));
  },
};

/** One under a former name is a thing of its own: it goes last, once nothing is bound to it any more. */
function idOf({ client }: Context, { Name = "" }: AliasConfiguration): string {
  return Name === client.section.alias ? ids.alias : `${ids.alias}-${Name}`;
}

function liveOf(
  cx: Context,
  name: string,
  alias: AliasConfiguration,
  { provisioned, ...around }: Around & { readonly provisioned: Awaited<ReturnType<typeof provisionedOf>> },
  wanted?: AliasProps,
): Live<AliasProps> {
  const arn = answered(alias.AliasArn, "the alias's ARN");
  const base = arn.split(":").slice(0, 7).join(":");
  const asked = text(wanted?.FunctionName);
  const weights = weightsOf(alias);
  const traffic = weights[0]?.FunctionWeight;
  const tooMany = excess(cx, around).length;
  return {
    props: {
      ...(alias.Name === undefined ? {} : { Name: alias.Name }),
      FunctionName: asked === undefined || asked.startsWith("arn:") ? base : name,
      ...(alias.FunctionVersion === undefined ? {} : { FunctionVersion: alias.FunctionVersion }),
      Description: alias.Description ?? "",
      RoutingConfig: weights.length === 0 ? null : { AdditionalVersionWeights: weights },
      ProvisionedConcurrencyConfig: provisioned.config,
    },
    outputs: outputsOf(alias),
    mark: aliasMark(alias),
    state: tooMany > 0 ? `${tooMany} versions too many` : provisioned.state,
    ...(traffic === undefined ? {} : { traffic }),
  };
}

function outputsOf({ AliasArn = "" }: AliasConfiguration): Outputs {
  return { AliasArn };
}

function isSplit({ RoutingConfig }: Pick<AliasProps, "RoutingConfig">): boolean {
  return RoutingConfig !== null;
}

/** True when it serves otherwise than it did at the last look. */
function isMoved(alias: AliasConfiguration, { FunctionVersion, RoutingConfig }: Partial<AliasProps>): boolean {
  const before = RoutingConfig?.AdditionalVersionWeights ?? [];
  return alias.FunctionVersion !== FunctionVersion || canonical(weightsOf(alias)) !== canonical(before);
}

/** An empty map takes former weights away. */
function versionsFor({ FunctionVersion, RoutingConfig }: AliasProps) {
  const weights = RoutingConfig?.AdditionalVersionWeights ?? [];
  return {
    FunctionVersion: known(FunctionVersion, "the version to serve"),
    RoutingConfig: {
      AdditionalVersionWeights: Object.fromEntries(
        weights.map((weight) => [known(weight.FunctionVersion, "the new version"), weight.FunctionWeight]),
      ),
    },
  };
}

interface Around {
  readonly versions: readonly FunctionConfiguration[];
  readonly aliases: readonly AliasConfiguration[];
}

async function aroundOf(cx: Context, name: string): Promise<Around> {
  const [versions, aliases] = await Promise.all([versionsOf(cx, name), aliasesOf(cx, name)]);
  return { versions, aliases };
}

/** Published by fnpkg, named by no alias, and beyond what is kept; the newest are kept. */
function excess({ client }: Pick<Context, "client">, { versions, aliases }: Around): readonly string[] {
  const named = new Set(
    aliases.flatMap(({ FunctionVersion, RoutingConfig }) => [
      ...(FunctionVersion === undefined ? [] : [FunctionVersion]),
      ...weightsOf({ RoutingConfig }).map((weight) => weight.FunctionVersion),
    ]),
  );
  const ours = versions.filter(isMade).flatMap(({ Version }) => Version ?? []);
  const idle = ours.filter((version) => !named.has(version));
  return idle.slice(Math.max(0, client.section.keepVersions - (ours.length - idle.length)));
}

/** Versions are numbered from 1: there can't be more than the newest one's number. */
function mayExceed({ client }: Pick<Context, "client">, { FunctionVersion }: AliasProps): boolean {
  return !(Number(FunctionVersion) <= client.section.keepVersions);
}

/** `made`: the alias as it was written since. */
async function prune(cx: Context, name: string, { versions, aliases }: Around, made: AliasConfiguration): Promise<void> {
  for (const Qualifier of excess(cx, { versions, aliases: [...aliases.filter(({ Name }) => Name !== made.Name), made] }))
    await ifThere(cx.client.lambda.deleteFunction({ FunctionName: name, Qualifier }, cx));
}
