/**
 * Filter policies of subscriptions: https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html and
 * string-value-matching.html, numeric-value-matching.html, attribute-key-matching.html beside it.
 */
import { objectIn } from "./inputs.ts";
import { AwsFailure } from "./service.ts";

export type Scope = "MessageAttributes" | "MessageBody";

const limits = { keys: 5, combinations: 150, bytes: 262_144 };
const matches = ["prefix", "suffix", "anything-but", "equals-ignore-case", "numeric", "cidr", "exists", "wildcard"];

/** Fails with `InvalidParameter`. */
export function checkFilter(text: string, scope: Scope): void {
  const policy = objectIn(text);
  if (policy === undefined) throw invalid("failed to parse JSON");
  if (Buffer.byteLength(text) > limits.bytes) throw invalid("Filter policy is too large");
  const rules = rulesIn(policy, scope, 1);
  if (rules.length > limits.keys) throw invalid(`Filter policy can not have more than ${limits.keys} keys`);
  const combinations = rules.reduce((product, { values, depth }) => product * values.length * depth, 1);
  if (combinations > limits.combinations) throw invalid("Filter policy is too complex");
  for (const { values } of rules) for (const value of values) checkMatch(value);
}

interface Rule {
  readonly values: readonly unknown[];
  readonly depth: number;
}

function rulesIn(policy: { readonly [key: string]: unknown }, scope: Scope, depth: number): Rule[] {
  return Object.entries(policy).flatMap(([key, value]): Rule[] => {
    if (Array.isArray(value)) {
      if (key === "$or") return value.flatMap((one) => rulesIn(one as { [key: string]: unknown }, scope, depth));
      if (value.length === 0) throw invalid("Empty arrays are not allowed");
      return [{ values: value as unknown[], depth }];
    }
    if (typeof value !== "object" || value === null) throw invalid(`"${key}" must be an object or an array`);
    if (scope === "MessageAttributes")
      throw invalid("Filter policy scope MessageAttributes does not support nested filter policy");
    return rulesIn(value as { [key: string]: unknown }, scope, depth + 1);
  });
}

function checkMatch(value: unknown): void {
  if (["string", "number", "boolean"].includes(typeof value) || value === null) return;
  if (typeof value !== "object" || Array.isArray(value))
    throw invalid("Match value must be String, number, true, false, or null");
  const [keyword, ...others] = Object.keys(value);
  if (keyword === undefined || others.length > 0) throw invalid("Only one key allowed in match expression");
  if (!matches.includes(keyword)) throw invalid(`Unrecognized match type ${keyword}`);
  const against = (value as { readonly [keyword: string]: unknown })[keyword];
  if (keyword === "exists" && typeof against !== "boolean") throw invalid("exists match pattern must be either true or false.");
  if (keyword === "numeric" && (!Array.isArray(against) || against.length % 2 !== 0 || against.length === 0))
    throw invalid("Invalid member in numeric match");
}

function invalid(reason: string): AwsFailure {
  return new AwsFailure(400, "InvalidParameter", `Invalid parameter: FilterPolicy: ${reason}`);
}
