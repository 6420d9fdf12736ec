/** What `translate` returns is CloudFormation by the vendor's own schemas. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { isReference, type Json, type JsonObject } from "fnpkg/adapter";
import { noModels, readModel } from "../../engine/check-models.ts";
import { cases, type Given, translated } from "./translate-cases.ts";

const title = noModels ? "skipped: needs FNPKG_MODELS" : "against CloudFormation's schemas";
const draft = "http://json-schema.org/draft-07/schema#";
const fileOf = (kind: string) => `aws-cfn/${kind.replaceAll("::", "-")}.json`;
const has = (kind: string) => existsSync(join(process.env["FNPKG_MODELS"] ?? "", fileOf(kind)));

/** Values of the form that a deployment puts in. */
const outputs: { readonly [output: string]: string } = {
  Arn: "arn:aws:iam::123456789012:role/made",
  AliasArn: "arn:aws:lambda:eu-west-1:123456789012:function:thumbnail-prod:live",
  AccountId: "123456789012",
  Version: "7",
  Serving: "6",
  ApiId: "a1b2c3d4e5",
  ExecuteArn: "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/*/*",
  Target: "integrations/i1",
};
const functionArn = "arn:aws:lambda:eu-west-1:123456789012:function:thumbnail-prod";

/** `null` is "not there"; references become what they will be. */
function template(value: Json): Json {
  if (isReference(value)) {
    const [id, output] = value["Fn::GetAtt"];
    return id === "function" && output === "Arn" ? functionArn : (outputs[output] ?? `no output ${output}`);
  }
  if (Array.isArray(value)) return (value as readonly Json[]).map(template);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value as JsonObject).filter(([, inner]) => inner !== null);
  return Object.fromEntries(entries.map(([key, inner]) => [key, template(inner)]));
}

describe.skipIf(noModels)(`translate ${title}`, () => {
  const ajv = new Ajv({
    strict: false,
    validateFormats: false,
    allErrors: true,
    code: { regExp: Object.assign((pattern: string) => regExp(pattern), { code: "regExp" }) },
  });

  test.each(Object.keys(cases))("%s", (name) => {
    const wrong: unknown[] = [];
    let checked = 0;
    for (const { kind, id, props } of translated(cases[name] as Given)) {
      if (!has(kind)) continue;
      const schema = JSON.parse(readModel(fileOf(kind))) as { readonly $schema?: string };
      const validate = ajv.getSchema(kind) ?? ajv.addSchema({ ...schema, $id: kind, $schema: draft }, kind).getSchema(kind);
      // The code is uploaded beside the properties.
      const code = kind === "AWS::Lambda::Function" ? { Code: { ZipFile: "" } } : {};
      checked++;
      if (validate?.({ ...(template(props) as object), ...code }) !== true) wrong.push({ id, errors: validate?.errors });
    }
    expect(wrong).toEqual([]);
    expect(checked).toBeGreaterThanOrEqual(4);
  });

  test("a slip is caught", () => {
    const validate = ajv.compile({ ...(JSON.parse(readModel(fileOf("AWS::Lambda::Alias"))) as object), $id: "slip" });
    expect(validate({ FunctionName: "f", FunctionVersion: "1", Name: "live", RoutingConfigs: {} })).toBe(false);
  });
});

/** The schemas' patterns are other dialects': `\Z` is the end, and some are no Unicode patterns. */
function regExp(pattern: string): RegExp {
  const text = pattern.replaceAll("\\Z", "$");
  try {
    return new RegExp(text, "u");
  } catch {
    return new RegExp(text);
  }
}
