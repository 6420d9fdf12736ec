/**
 * The IAM policy of a deployer, statement by statement: what it is done to and under which condition. Which action belongs where is
 * in `policy-actions.ts`.
 */
import { byCodeUnit, type JsonObject, type Policy, type PolicyInput } from "fnpkg/adapter";
import type { Section } from "./config.ts";
import { actions as table, leftOut } from "./policy-actions.ts";
import { places } from "./policy-places.ts";
import { planOf } from "./policy-plan.ts";

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html */
export function policy({ config, wanted, actions }: PolicyInput<Section>): Policy {
  const plan = planOf(config, wanted, actions);
  const asked = actions.filter((action) => leftOut[action]?.(plan) !== true);
  const statements = Object.entries(places).flatMap(([Sid, place]): JsonObject[] => {
    const { resources, condition } = place(plan);
    const here = asked.filter((action) => table[action]?.some((name) => name === Sid));
    if (resources.length === 0 || here.length === 0) return [];
    const Condition = condition === undefined ? {} : { Condition: condition };
    return [{ Sid, Effect: "Allow", Action: here, Resource: [...new Set(resources)].sort(byCodeUnit), ...Condition }];
  });
  const granted = new Set(statements.flatMap(({ Action }) => Action as string[]));
  return { document: { Version: "2012-10-17", Statement: statements }, actions: [...granted].sort(byCodeUnit) };
}
