/** Names and addresses that several resources share. */
import { digestOf, type Reference, type Resolved, type ResourceRef } from "fnpkg/adapter";
import type { Section } from "./config.ts";
import type { Tags } from "./resources.ts";

export type Config = Resolved<Section>;

/** A name that is too long is cut, and ends in eight digits of its digest. */
export function fit(name: string, longest: number): string {
  if (name.length <= longest) return name;
  return `${name.slice(0, longest - 9)}-${digestOf(name).slice("sha256:".length, "sha256:".length + 8)}`;
}

export function getAtt(id: string, output: string): Reference {
  return { "Fn::GetAtt": [id, output] };
}

export function appName({ section, deployment }: Pick<Config, "section" | "deployment">): string {
  return section.app ?? deployment;
}

/** An ARM id in the configured resource group. */
export function armId({ section }: Pick<Config, "section">, type: string, name: string): string {
  return `/subscriptions/${section.subscription}/resourceGroups/${section.resourceGroup}/providers/${type}/${name}`;
}

export function siteId(config: Config): string {
  return armId(config, "Microsoft.Web/sites", appName(config));
}

/** The storage account that the host works with; it stands in the same resource group. */
export function storageId(config: Config): string {
  return armId(config, "Microsoft.Storage/storageAccounts", config.section.storage.account);
}

/** What a cloud's addresses end in: https://learn.microsoft.com/azure/china/resources-developer-guide, …/azure-government/compare-azure-government-global-azure */
export function suffixes({ section: { region } }: Pick<Config, "section">): { readonly storage: string; readonly bus: string } {
  if (region.startsWith("china")) return { storage: "core.chinacloudapi.cn", bus: "servicebus.chinacloudapi.cn" };
  if (region.startsWith("usgov") || region.startsWith("usdod")) {
    return { storage: "core.usgovcloudapi.net", bus: "servicebus.usgovcloudapi.net" };
  }
  return { storage: "core.windows.net", bus: "servicebus.windows.net" };
}

/** The vendor's id of a resource as text: the limits refuse other forms. */
export function idOf({ id }: ResourceRef): string {
  return typeof id === "string" ? id : JSON.stringify(id);
}

/** The name that follows a type in an ARM id, whose types know no case: `topics` in `…/topics/orders/subscriptions/s`. */
export function partOf(id: string, type: string): string {
  const parts = id.split("/");
  const at = parts.findIndex((part) => part.toLowerCase() === type.toLowerCase());
  return parts[at + 1] ?? "";
}

/** The id up to and with the name that follows a type. */
export function upTo(id: string, type: string): string {
  const parts = id.split("/");
  const at = parts.findIndex((part) => part.toLowerCase() === type.toLowerCase());
  return parts.slice(0, at + 2).join("/");
}

export function onServiceBus(id: string): boolean {
  return /\/providers\/Microsoft\.ServiceBus\//i.test(id);
}

/** The configuration's tags, sorted; marks are the lifecycles' work. */
export function tagsOf({ tags }: Config): Tags {
  return Object.fromEntries(
    Object.keys(tags)
      .toSorted()
      .map((key) => [key, tags[key] ?? ""]),
  );
}

/** The settings that a trigger's connection is read from begin with it. Triggers' names have no underscores. */
export function connectionOf(trigger: string): string {
  return `FNPKG_${trigger.toUpperCase().replaceAll("-", "_")}`;
}
