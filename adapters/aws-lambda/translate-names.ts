/** Names and addresses that several resources share. */
import { digestOf, type Reference, type Resolved, type ResourceRef } from "fnpkg/adapter";
import type { Section } from "./config.ts";
import { ids, type Tag, type Value } from "./resources.ts";

type Config = Resolved<Section>;

/** A name that is too long is cut, and ends in eight digits of its digest. */
export function fit(name: string, longest: number): string {
  if (name.length <= longest) return name;
  return `${name.slice(0, longest - 9)}-${digestOf(name).slice("sha256:".length, "sha256:".length + 8)}`;
}

export function getAtt(id: string, output: string): Reference {
  return { "Fn::GetAtt": [id, output] };
}

export const functionArn = getAtt(ids.function, "Arn");
export const aliasArn = getAtt(ids.alias, "AliasArn");

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
export function partition({ section: { region } }: Config): string {
  if (region.startsWith("cn-")) return "aws-cn";
  if (region.startsWith("us-gov-")) return "aws-us-gov";
  const isolated = /^(?:us|eu)-(iso[a-z]?)-/.exec(region);
  if (isolated !== null) return `aws-${isolated[1] === "iso" ? "iso" : `iso-${isolated[1]?.at(-1)}`}`;
  return region.startsWith("eusc-") ? "aws-eusc" : "aws";
}

/** The account: as configured, else the role's, which must be the function's; else what the function itself says. */
export function account({ section, identity }: Config): Value {
  return section.account ?? /:iam::(\d{12}):/.exec(identity ?? "")?.[1] ?? getAtt(ids.function, "AccountId");
}

export function logGroupName(config: Config): string {
  return `/aws/lambda/${config.deployment}`;
}

/** The vendor's id of a resource as text: the limits refuse other forms. */
export function idOf({ id }: ResourceRef): string {
  return typeof id === "string" ? id : JSON.stringify(id);
}

/** The configuration's tags; marks are the lifecycles' work. */
export function tagsOf({ tags }: Config): readonly Tag[] {
  return Object.keys(tags)
    .toSorted()
    .map((key) => ({ Key: key, Value: tags[key] ?? "" }));
}
