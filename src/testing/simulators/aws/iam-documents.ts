/**
 * Policy documents: what IAM takes, and what a trust policy lets in.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
import { listOf, objectIn } from "./inputs.ts";
import { AwsFailure } from "./service.ts";

type Statement = { readonly [key: string]: unknown };

const versions = ["2012-10-17", "2008-10-17"];
const elements = {
  trust: ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Condition"],
  identity: ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"],
} as const;

/** Fails with `MalformedPolicyDocument`. A trust policy names principals and no resources; another one resources and no principals. */
export function checkDocument(text: string, kind: keyof typeof elements): void {
  const document = objectIn(text);
  if (document === undefined)
    throw malformed(kind === "trust" ? "This policy contains invalid Json" : "Syntax errors in policy.");
  const { Version, Statement } = document;
  if (Version !== undefined && !versions.includes(Version as string)) throw malformed("Syntax errors in policy.");
  if (Object.keys(document).some((key) => !["Version", "Id", "Statement"].includes(key)))
    throw malformed("Syntax errors in policy.");
  const statements = listOf(Statement);
  if (statements.length === 0) throw malformed("Syntax errors in policy.");
  for (const statement of statements) checkStatement(statement, kind);
}

function checkStatement(statement: unknown, kind: keyof typeof elements): void {
  if (typeof statement !== "object" || statement === null || Array.isArray(statement))
    throw malformed("Syntax errors in policy.");
  const given = statement as Statement;
  for (const name of ["Resource", "NotResource"])
    if (kind === "trust" && name in given) throw malformed(`Has prohibited field ${name}`);
  for (const name of ["Principal", "NotPrincipal"])
    if (kind === "identity" && name in given) throw malformed("Policy document should not specify a principal.");
  const known: readonly string[] = elements[kind];
  if (Object.keys(given).some((key) => !known.includes(key))) throw malformed("Syntax errors in policy.");
  if (given["Effect"] !== "Allow" && given["Effect"] !== "Deny") throw malformed("Syntax errors in policy.");
  const actions = [...listOf(given["Action"]), ...listOf(given["NotAction"])];
  if (actions.length === 0 || !actions.every(isText)) throw malformed("Policy statement must contain actions.");
  if (!actions.every((action) => action === "*" || action.includes(":")))
    throw malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
  if (kind === "trust") {
    checkPrincipal(given["Principal"] ?? given["NotPrincipal"]);
    if (!actions.every((action) => action === "*" || action.startsWith("sts:")))
      throw malformed("AssumeRole policy may only specify STS AssumeRole actions.");
    return;
  }
  const resources = [...listOf(given["Resource"]), ...listOf(given["NotResource"])];
  if (resources.length === 0) throw malformed("Policy statement must contain resources.");
  if (
    !resources.every((resource) => isText(resource) && (resource === "*" || /^arn:[^:]*:[^:]*:[^:]*:[^:]*:.+$/s.test(resource)))
  )
    throw malformed(`Resource ${String(resources[0])} must be in ARN format or "*".`);
}

function checkPrincipal(principal: unknown): void {
  if (principal === "*") return;
  if (typeof principal !== "object" || principal === null) throw malformed("Missing required field Principal");
  for (const [kind, values] of Object.entries(principal)) {
    const all = listOf(values);
    if (!["AWS", "Service", "Federated", "CanonicalUser"].includes(kind) || all.length === 0 || !all.every(isText))
      throw malformed("Syntax errors in policy.");
    const wrong = all.find((value) => kind === "Service" && !/^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$/.test(String(value)));
    if (wrong !== undefined) throw malformed(`Invalid principal in policy: "SERVICE":"${String(wrong)}"`);
  }
}

/** Whether a service may assume a role of this trust policy for something of the account. */
export function letsIn(text: string, service: string, account: string): boolean {
  const fits = (listOf(objectIn(text)?.["Statement"]) as readonly Statement[]).filter(
    ({ Principal, Action, Condition }) =>
      listOf(Action).some((action) => ["*", "sts:*", "sts:AssumeRole"].includes(String(action))) &&
      (Principal === "*" || listOf((Principal as Statement | undefined)?.["Service"]).includes(service)) &&
      holds(Condition, account),
  );
  return fits.length > 0 && fits.every(({ Effect }) => Effect === "Allow");
}

/** Of the conditions the account alone is looked at: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html */
function holds(condition: unknown, account: string): boolean {
  return Object.values((condition ?? {}) as { [operator: string]: { [key: string]: unknown } }).every((keys) =>
    Object.entries(keys).every(([key, value]) => key.toLowerCase() !== "aws:sourceaccount" || listOf(value).includes(account)),
  );
}

/** IAM counts no white space: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export function sizeOf(text: string): number {
  return text.replaceAll(/\s/g, "").length;
}

function malformed(message: string): AwsFailure {
  return new AwsFailure(400, "MalformedPolicyDocument", message);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
