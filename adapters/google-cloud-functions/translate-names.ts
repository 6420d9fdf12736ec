/** Full names of resources (https://google.aip.dev/122), and values that several resources share. */
import type { Reference, Resolved, ResourceRef } from "fnpkg/adapter";
import type { Section } from "./config.ts";
import { ids } from "./resources.ts";

type Config = Resolved<Section>;

export function getAtt(id: string, output: string): Reference {
  return { "Fn::GetAtt": [id, output] };
}

export const serviceName = getAtt(ids.function, "service");
export const serviceUri = getAtt(ids.function, "uri");

/** `projects/P/locations/R`. */
export function locationOf({ section: { project, region } }: Config): string {
  return `projects/${project}/locations/${region}`;
}

export function functionName(config: Config): string {
  return `${locationOf(config)}/functions/${config.deployment}`;
}

/** At most 83 characters after the location, of 500: never cut. */
export function jobName(config: Config, trigger: string): string {
  return `${locationOf(config)}/jobs/${config.deployment}--${trigger}`;
}

/** What events and schedules call the function as; nothing: the project's default compute service account. */
export function callingAccount({ section, identity }: Config): string | undefined {
  return section.triggerServiceAccount ?? identity;
}

/** The vendor's id of a resource as text: the limits refuse other forms. */
export function idOf({ id }: ResourceRef): string {
  return typeof id === "string" ? id : JSON.stringify(id);
}

/** The configuration's tags, sorted; marks are the lifecycles' work. */
export function labelsOf({ tags }: Config): { readonly [key: string]: string } {
  return Object.fromEntries(Object.entries(tags).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
