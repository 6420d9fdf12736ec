/**
 * X-Ray's trace header as W3C's `traceparent`: the root without its marks is the trace id
 * (https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html). Undefined when it names no parent.
 */
export function traceparentOf(header: unknown): string | undefined {
  if (typeof header !== "string") return undefined;
  const root = /(?:^|;) *Root=1-([0-9a-f]{8})-([0-9a-f]{24}) *(?:;|$)/.exec(header);
  const parent = /(?:^|;) *Parent=([0-9a-f]{16}) *(?:;|$)/.exec(header);
  if (root === null || parent === null) return undefined;
  return `00-${root[1]}${root[2]}-${parent[1]}-0${/(?:^|;) *Sampled=1 *(?:;|$)/.test(header) ? 1 : 0}`;
}
