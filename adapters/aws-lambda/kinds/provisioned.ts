/** Provisioned concurrency of an alias. */
import { FnpkgError } from "fnpkg/adapter";
import { ifThere, isUnknownOperation } from "../errors.ts";
import type { AliasProps } from "../resources.ts";
import { type Context, whenThere } from "./shared.ts";

type Config = AliasProps["ProvisionedConcurrencyConfig"];
interface At {
  readonly name: string;
  readonly qualifier: string;
}

export async function provisionedOf(cx: Context, at: At): Promise<{ readonly config: Config; readonly state: string }> {
  const found = await ifThere(cx.client.lambda.getProvisionedConcurrencyConfig(addressed(at), cx)).catch((cause: unknown) => {
    // Where it can't be asked for, none can be set either.
    if (isUnknownOperation(cause)) return undefined;
    throw cause;
  });
  const count = found?.RequestedProvisionedConcurrentExecutions;
  if (found === undefined || count === undefined) return { config: null, state: "ready" };
  const state = found.Status === "READY" ? "ready" : `provisioned concurrency ${found.Status}: ${found.StatusReason ?? ""}`;
  return { config: { ProvisionedConcurrentExecutions: count }, state };
}

export async function provision(cx: Context, at: At, live: Config | undefined, wanted: Config): Promise<void> {
  if (wanted === null) {
    if (live !== undefined && live !== null)
      await ifThere(cx.client.lambda.deleteProvisionedConcurrencyConfig(addressed(at), cx));
    return;
  }
  if (live?.ProvisionedConcurrentExecutions !== wanted.ProvisionedConcurrentExecutions)
    await cx.client.lambda.putProvisionedConcurrencyConfig({ ...addressed(at), ...wanted }, cx);
  await cx.until(`the provisioned concurrency of ${at.name}`, async () => {
    const { Status, StatusReason } = await whenThere(cx, `the provisioned concurrency of ${at.name}`, () =>
      cx.client.lambda.getProvisionedConcurrencyConfig(addressed(at), cx),
    );
    if (Status === "FAILED")
      throw new FnpkgError("E_VENDOR", `the provisioned concurrency of ${at.name} failed: ${StatusReason ?? ""}`, {
        target: "aws-lambda",
      });
    return Status === "READY" ? true : undefined;
  });
}

function addressed({ name, qualifier }: At): { FunctionName: string; Qualifier: string } {
  return { FunctionName: name, Qualifier: qualifier };
}
