/**
 * `X-Cloud-Trace-Context`, `TRACE/SPAN;o=1` with the span as a decimal number, as W3C's `traceparent`
 * (https://docs.cloud.google.com/trace/docs/trace-context). Undefined when it names no span.
 */
export function traceparentOf(header: string | undefined): string | undefined {
  const found = /^([0-9a-f]{32})\/(\d{1,20})(?:;o=(\d))?/.exec(header ?? "");
  if (found === null) return undefined;
  const span = BigInt(found[2] ?? "0")
    .toString(16)
    .padStart(16, "0");
  return span.length > 16 ? undefined : `00-${found[1]}-${span}-0${found[3] === "1" ? 1 : 0}`;
}
