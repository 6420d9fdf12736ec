/** What `translate` returns for a function is the vendor's own message: no unknown field, no value of another type, enums by name. */
import { describe, expect, test } from "vitest";
import { isReference, type Json, type JsonObject } from "fnpkg/adapter";
import { kinds } from "../../../adapters/google-cloud-functions/resources.ts";
import { noModels, readModel } from "../../engine/check-models.ts";
import { only } from "../translate-suite.ts";
import { cases, type Given, translated } from "./translate-cases.ts";

const title = noModels ? "skipped: needs FNPKG_MODELS" : "against google.cloud.functions.v2";

interface Field {
  readonly type: string;
  readonly rule?: "repeated";
  readonly keyType?: string;
  readonly options?: { readonly [name: string]: unknown };
}
interface Message {
  readonly fields?: { readonly [name: string]: Field };
  readonly values?: { readonly [name: string]: number };
  readonly nested?: { readonly [name: string]: Message };
}

/** Taken over REST, and not in the client's protos yet: https://docs.cloud.google.com/functions/docs/reference/rest/v2/projects.locations.functions#ServiceConfig */
const restOnly = new Set(["directVpcNetworkInterface", "directVpcEgress"]);

describe.skipIf(noModels)(`translate ${title}`, () => {
  const root = noModels ? {} : (JSON.parse(readModel("google/functions.protos.json")) as Message);
  const v2 = ["google", "cloud", "functions", "v2"].reduce((at: Message, name) => at.nested?.[name] ?? {}, root);

  /** Every fault, with its place. */
  function faults(value: Json, type: string, scopes: readonly Message[], place: string): string[] {
    if (value === null || isReference(value)) return [];
    const scalar = { string: "string", int32: "number", bool: "boolean" }[type];
    if (scalar !== undefined) return typeof value === scalar ? [] : [`${place}: no ${type}`];
    const found = scopes.map(({ nested }) => nested?.[type]).find((one) => one !== undefined);
    if (found === undefined) return [`${place}: the type ${type} is unknown`];
    if (found.values !== undefined) {
      return typeof value === "string" && Object.hasOwn(found.values, value)
        ? []
        : [`${place}: ${String(value)} is none of ${type}`];
    }
    return Object.entries(value as JsonObject).flatMap(([name, inner]) => {
      if (restOnly.has(name)) return [];
      const field = found.fields?.[name];
      if (field === undefined) return [`${place}/${name}: ${type} has no such field`];
      if (field.options?.["(google.api.field_behavior)"] === "OUTPUT_ONLY") return [`${place}/${name}: is an output`];
      const inside = (one: Json, at: string) => faults(one, field.type, [found, ...scopes], at);
      if (inner === null) return [];
      if (field.rule === "repeated") return (inner as Json[]).flatMap((one, i) => inside(one, `${place}/${name}/${i}`));
      if (field.keyType !== undefined)
        return Object.entries(inner).flatMap(([key, one]) => inside(one as Json, `${place}/${name}/${key}`));
      return inside(inner, `${place}/${name}`);
    });
  }

  test.each(Object.keys(cases))("%s", (name) => {
    const { props } = only(translated(cases[name] as Given), kinds.function);
    expect(faults(props, "Function", [v2], "")).toEqual([]);
  });

  test("a slip is caught", () => {
    const slip = {
      nam: "f",
      state: "ACTIVE",
      environment: "GEN_3",
      serviceConfig: { timeoutSeconds: "60", ingressSettings: 1, environmentVariables: { A: 1 } },
    };
    expect(faults(slip, "Function", [v2], "")).toEqual([
      "/nam: Function has no such field",
      "/state: is an output",
      "/environment: GEN_3 is none of Environment",
      "/serviceConfig/timeoutSeconds: no int32",
      "/serviceConfig/ingressSettings: 1 is none of IngressSettings",
      "/serviceConfig/environmentVariables/A: no string",
    ]);
  });
});
