/** Whether the version that serves can share the traffic with what is wanted. */
import type { FunctionConfiguration } from "@aws-sdk/client-lambda";
import type { Problem, Resource } from "fnpkg/adapter";
import { functionNamed, servingAlias, versionsOf, weightsOf } from "./kinds/owner.ts";
import { provisionedOf } from "./kinds/provisioned.ts";
import type { Context } from "./kinds/shared.ts";
import { versionFor } from "./kinds/version.ts";
import { type AliasProps, type FunctionProps, ids, type RoleProps, type VersionProps } from "./resources.ts";

type Refusal = Promise<Problem | undefined>;

/**
 * docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html: both versions are published, with the same execution role
 * and the same dead-letter queue, or none.
 */
export async function shared(cx: Context, wanted: readonly Resource[]): Refusal {
  const name = cx.deployment;
  if ((await functionNamed(cx, name)) === undefined) return undefined;
  const [alias, versions] = await Promise.all([servingAlias(cx, name), versionsOf(cx, name)]);
  if (alias?.FunctionVersion === undefined)
    return refusal(
      `nothing of ${name} serves yet that would keep the rest of the traffic`,
      "Deploy it without `--traffic` first.",
    );
  const { FunctionVersion: serving } = alias;
  if (serving === "$LATEST")
    return refusal(
      `the alias ${alias.Name} of ${name} serves from $LATEST, which can't share its traffic`,
      "Deploy it without `--traffic` first: the alias then serves from a version.",
    );
  const split = weightsOf(alias).length > 0;
  const { Description } = propsOf<VersionProps>(wanted, ids.version);
  if (versionFor(versions, Description)?.Version === serving)
    return refusal(
      `this package with this configuration is version ${serving} of ${name}, which ${split ? "keeps the rest of the traffic" : "has all of the traffic"}`,
      "Leave `--traffic` out to give it everything, or deploy another package or configuration.",
    );
  const stable = versions.find(({ Version }) => Version === serving);
  return (stable === undefined ? undefined : unlike(stable, wanted)) ?? (split ? warm(cx, alias.Name ?? "", wanted) : undefined);
}

function unlike(stable: FunctionConfiguration, wanted: readonly Resource[]): Problem | undefined {
  const { Role, DeadLetterConfig } = propsOf<FunctionProps>(wanted, ids.function);
  const own = propsOf<RoleProps>(wanted, ids.role).RoleName;
  const role = stable.Role ?? "";
  if (typeof Role === "string" ? Role !== role : role.split("/").at(-1) !== own)
    return unshared("the execution role", role, typeof Role === "string" ? Role : (own ?? "another"), stable);
  const [before, after] = [stable.DeadLetterConfig?.TargetArn ?? "", DeadLetterConfig?.TargetArn ?? ""];
  return before === after ? undefined : unshared("the dead-letter queue", before || "none", after || "none", stable);
}

function unshared(what: string, before: string, after: string, { Version }: FunctionConfiguration): Problem {
  return refusal(
    `Lambda shares traffic between versions with the same settings only, and ${what} changes: version ${Version} has ${before}, this deploy ${after}`,
    "Deploy it without `--traffic`.",
  );
}

/** Lambda answers "Alias with weights can not be used with Provisioned Concurrency" to a change of the number. */
async function warm(cx: Context, qualifier: string, wanted: readonly Resource[]): Refusal {
  const { ProvisionedConcurrencyConfig } = propsOf<AliasProps>(wanted, ids.alias);
  const { config } = await provisionedOf(cx, { name: cx.deployment, qualifier });
  const [before, after] = [config, ProvisionedConcurrencyConfig].map((one) => one?.ProvisionedConcurrentExecutions ?? 0);
  if (before === after) return undefined;
  return refusal(
    `provisioned concurrency can't change from ${before} to ${after} while the traffic is split`,
    "End the split first: promote a version, or deploy without `--traffic`.",
  );
}

function propsOf<Props extends object>(wanted: readonly Resource[], id: string): Partial<Props> {
  return (wanted.find((resource) => resource.id === id)?.props ?? {}) as Partial<Props>;
}

function refusal(message: string, hint: string): Problem {
  return { code: "E_TRAFFIC", message, hint, target: "aws-lambda" };
}
