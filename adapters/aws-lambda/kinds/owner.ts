/** The function that everything hangs on, and its aliases: many kinds have no tags, and are ours because it is. */
import type { AliasConfiguration, FunctionConfiguration, GetFunctionCommandOutput } from "@aws-sdk/client-lambda";
import { type Mark, readMark } from "fnpkg/adapter";
import { ifThere } from "../errors.ts";
import { ids } from "../resources.ts";
import { markIn } from "./marks.ts";
import { type Context, pages, together } from "./shared.ts";

export type Found = Omit<GetFunctionCommandOutput, "$metadata">;

/** The function of a name, with tags and reserved concurrency. */
export function functionNamed(cx: Context, name: string): Promise<Found | undefined> {
  return together(cx, `function ${name}`, () => ifThere(cx.client.lambda.getFunction({ FunctionName: name }, cx)));
}

/** The function's mark: `undefined` when there is no function, `null` when it has none. */
export async function functionMark(cx: Context, name: string): Promise<Mark | null | undefined> {
  const found = await functionNamed(cx, name);
  return found === undefined ? undefined : markIn(found.Tags ?? {});
}

/** True when the function is there and this deployment's. */
export async function isOurs(cx: Context): Promise<boolean> {
  return (await functionMark(cx, cx.deployment))?.deployment === cx.deployment;
}

/** All aliases of the function; none when it is not there. */
export function aliasesOf(cx: Context, name: string): Promise<readonly AliasConfiguration[]> {
  return together(cx, `aliases ${name}`, async () =>
    ifThere(
      pages(
        (Marker) => cx.client.lambda.listAliases({ FunctionName: name, ...(Marker === undefined ? {} : { Marker }) }, cx),
        ({ Aliases, NextMarker }) => ({ items: Aliases, next: NextMarker }),
      ),
    ).then((found) => found ?? []),
  );
}

/** Those that this deployment made, whatever they are called now. */
export async function ourAliases(cx: Context): Promise<readonly AliasConfiguration[]> {
  const [aliases, ours] = await Promise.all([aliasesOf(cx, cx.deployment), isOurs(cx)]);
  return ours ? aliases.filter((alias) => aliasMark(alias)?.deployment === cx.deployment) : [];
}

export function aliasMark({ Description }: Pick<AliasConfiguration, "Description">): Mark | null {
  const mark = readMark(Description);
  return mark?.resource === ids.alias ? mark : null;
}

/** The versions beside the one that an alias points to, with their shares: one at most, as AWS has it. */
export function weightsOf({
  RoutingConfig,
}: Pick<AliasConfiguration, "RoutingConfig">): readonly { readonly FunctionVersion: string; readonly FunctionWeight: number }[] {
  return Object.entries(RoutingConfig?.AdditionalVersionWeights ?? {}).map(([FunctionVersion, FunctionWeight]) => {
    return { FunctionVersion, FunctionWeight };
  });
}

/** The versions that an alias calls. */
export function namedBy(alias: AliasConfiguration): readonly string[] {
  const { FunctionVersion = [] } = alias;
  return [FunctionVersion, ...weightsOf(alias).map((weight) => weight.FunctionVersion)].flat();
}

/** The alias that serves, whoever made it. */
export async function servingAlias(cx: Context, name: string): Promise<AliasConfiguration | undefined> {
  return (await aliasesOf(cx, name)).find(({ Name }) => Name === cx.client.section.alias);
}

/** All published versions, the newest first. */
export function versionsOf(cx: Context, name: string): Promise<readonly FunctionConfiguration[]> {
  return together(cx, `versions ${name}`, async () => {
    const all = await ifThere(
      pages(
        (Marker) =>
          cx.client.lambda.listVersionsByFunction({ FunctionName: name, ...(Marker === undefined ? {} : { Marker }) }, cx),
        ({ Versions, NextMarker }) => ({ items: Versions, next: NextMarker }),
      ),
    );
    return (all ?? []).filter(({ Version }) => Version !== "$LATEST").sort((a, b) => Number(b.Version) - Number(a.Version));
  });
}

/** The parts of a function's ARN, or of its name: `arn:…:function:NAME:QUALIFIER`, `NAME:QUALIFIER`, `NAME`. */
export function splitFunction(name: string): { readonly name: string; readonly qualifier?: string } {
  const [first = "", qualifier] = name.startsWith("arn:") ? name.split(":").slice(6) : name.split(":");
  return { name: first, ...(qualifier === undefined ? {} : { qualifier }) };
}

/** The mark of something without a place for one: the function's. */
export async function derivedMark(cx: Context, functionName: string, id: string): Promise<Mark | null> {
  const mark = await functionMark(cx, functionName);
  return mark === undefined || mark === null ? null : { ...mark, resource: id };
}
