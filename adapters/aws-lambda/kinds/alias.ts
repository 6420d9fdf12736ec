/** The alias that everything serves from: what it names is the atomic switch between versions. Also keeps the number of versions. */
import type { AliasConfiguration, FunctionConfiguration } from "@aws-sdk/client-lambda";
import { canonical, FnpkgError, type Lifecycle, type Live, type Outputs } from "fnpkg/adapter";
import type { AwsClient } from "../client.ts";
import { ifThere, isOutdated } from "../errors.ts";
import { type AliasProps, ids, kinds } from "../resources.ts";
import { aliasesOf, aliasMark, namedBy, ourAliases, splitFunction, versionsOf, weightsOf } from "./owner.ts";
import { provisionedOf, provision } from "./provisioned.ts";
import { answered, type Context, known, shown, text } from "./shared.ts";
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
    mustNotBeMoved(name, now, props, live.props);
    // Lambda takes no change of the number for an alias with weights.
    const at = { name, qualifier: props.Name };
    const warm = props.ProvisionedConcurrencyConfig;
    let former = live.props.ProvisionedConcurrencyConfig ?? undefined;
    if (isSplit(props)) {
      await provision(cx, at, former, warm);
      former = warm ?? undefined;
    }
    const write = (seen: AliasConfiguration | undefined) => {
      const revision = seen?.RevisionId === undefined ? {} : { RevisionId: seen.RevisionId };
      return cx.client.lambda.updateAlias(
        { FunctionName: name, Name: props.Name, ...versionsFor(props), Description: props.Description, ...revision },
        cx,
      );
    };
    const made = await write(now).catch(async (cause: unknown) => {
      const later = await caughtUp(cx, name, now, cause);
      mustNotBeMoved(name, later, props, live.props);
      return write(later);
    });
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

async function aliasOf(cx: Context, name: string, alias: string): Promise<AliasConfiguration | undefined> {
  return (await aliasesOf(cx, name)).find(({ Name }) => Name === alias);
}

/**
 * For a change that was refused by its revision: the alias as it is shown later. A list that does not show another at once lags
 * behind; one that does says that somebody else changed it.
 * @throws what refused it
 */
async function caughtUp(
  cx: Context,
  name: string,
  before: AliasConfiguration | undefined,
  cause: unknown,
): Promise<AliasConfiguration> {
  const { Name = "", RevisionId } = before ?? {};
  if (!isOutdated(cause) || RevisionId === undefined) throw cause;
  let looks = 0;
  const now = await shown(cx, `the alias ${Name} of ${name} as it is by now`, async () => {
    const found = await aliasOf(cx, name, Name);
    if (found?.RevisionId === RevisionId) looks += 1;
    return found?.RevisionId === RevisionId ? undefined : found;
  });
  if (now === undefined || looks === 0) throw cause;
  return now;
}

/**
 * What it serves must be as at the last look, or as wanted already: what an interrupted deploy wrote, which that look did not see.
 * With a share for the new version the one that serves stays: where it is another one by now, it is not ours to bring back.
 */
function mustNotBeMoved(name: string, now: AliasConfiguration | undefined, props: AliasProps, before: Partial<AliasProps>): void {
  if (now === undefined || !isMoved(now, props)) return;
  if (!isMoved(now, before) && !(isSplit(props) && now.FunctionVersion !== props.FunctionVersion)) return;
  throw new FnpkgError("E_CONFLICT", `the alias ${props.Name} of ${name} was moved by something else at the same time`, {
    target: "aws-lambda",
  });
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

/**
 * Published by fnpkg, named by no alias, and beyond what is kept; the newest are kept. `made`: the alias as it was written since,
 * whose versions lists that lag behind may not show yet.
 */
function excess(
  { client }: Pick<Context, "client">,
  { versions, aliases }: Around,
  made?: AliasConfiguration,
): readonly string[] {
  const others = aliases.filter(({ Name }) => Name !== made?.Name);
  const named = new Set((made === undefined ? aliases : [...others, made]).flatMap(namedBy));
  const ours = versions.filter(isMade).flatMap(({ Version }) => Version ?? []);
  const idle = ours.filter((version) => !named.has(version));
  const unlisted = namedBy(made ?? {}).filter((version) => versions.every(({ Version }) => Version !== version));
  return idle.slice(Math.max(0, client.section.keepVersions - (ours.length - idle.length) - unlisted.length));
}

/** Versions are numbered from 1: there can't be more than the newest one's number. */
function mayExceed({ client }: Pick<Context, "client">, { FunctionVersion }: AliasProps): boolean {
  return !(Number(FunctionVersion) <= client.section.keepVersions);
}

/** `made`: the alias as it was written since. */
async function prune(cx: Context, name: string, around: Around, made: AliasConfiguration): Promise<void> {
  for (const Qualifier of excess(cx, around, made))
    await ifThere(cx.client.lambda.deleteFunction({ FunctionName: name, Qualifier }, cx));
}
