import { text } from "./read.ts";

/**
 * X-Ray's trace header as W3C's `traceparent`: the root without its marks is the trace id
 * (https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html). Undefined when it names no parent.
 */
export function traceparentOf(header: unknown): string | undefined {
  const parts = new Map((text(header) ?? "").split(";").map(pair));
  const root = /^1-([0-9a-f]{8})-([0-9a-f]{24})$/.exec(parts.get("Root") ?? "");
  const parent = parts.get("Parent") ?? "";
  if (root === null || !/^[0-9a-f]{16}$/.test(parent)) return undefined;
  return `00-${root[1]}${root[2]}-${parent}-0${parts.get("Sampled") === "1" ? 1 : 0}`;
}

function pair(part: string): [name: string, value: string] {
  const [name = "", value = ""] = part.trim().split("=", 2);
  return [name, value];
}
