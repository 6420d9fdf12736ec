/** Reserved and provisioned concurrency: docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html, provisioned-concurrency.html */
import type { Handlers } from "../operations.ts";
import { type Account, AwsFailure } from "../service.ts";
import { idle } from "./functions.ts";
import { addressOf, checkQualifier, functionArn, functionAt, functionSeen, type Named } from "./names.ts";
import { invalid, unfit } from "./errors.ts";
import { type Fn, type Provisioned, type Store, timeOf, without } from "./state.ts";

/** docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html: of a region's 1000 so many stay unreserved. */
const account = { concurrent: 1000, unreserved: 100 };

export function concurrencyHandlers(store: Store): Handlers {
  const { functions } = store;
  return {
    PutFunctionConcurrency(input: Named & { readonly ReservedConcurrentExecutions?: number }) {
      const fn = functionAt(store, addressOf(store.account, input));
      const count = input.ReservedConcurrentExecutions;
      if (count === undefined || !Number.isInteger(count) || count < 0)
        throw unfit(count ?? null, "reservedConcurrentExecutions", "Member must have value greater than or equal to 0");
      idle(store.account, { ...fn, latest: { ...fn.latest, changing: onlyMaking(fn) } });
      const others = functions.all().reduce((sum, [name, one]) => sum + (name === fn.name ? 0 : (one.reserved ?? 0)), 0);
      if (account.concurrent - others - count < account.unreserved)
        throw invalid(
          `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${account.unreserved}].`,
        );
      const warm = Object.values(fn.provisioned).reduce((sum, one) => sum + one.count, 0);
      if (warm > count)
        throw invalid(
          "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function",
        );
      functions.put(fn.name, { ...fn, reserved: count });
      return { ReservedConcurrentExecutions: count };
    },
    DeleteFunctionConcurrency(input: Named) {
      const fn = functionAt(store, addressOf(store.account, input));
      functions.put(fn.name, { ...fn, reserved: undefined });
    },
    GetFunctionConcurrency(input: Named) {
      const { reserved } = functionSeen(store, addressOf(store.account, input));
      return reserved === undefined ? {} : { ReservedConcurrentExecutions: reserved };
    },

    PutProvisionedConcurrencyConfig(input: Named & { readonly ProvisionedConcurrentExecutions?: number }) {
      const { fn, key } = placeOf(input);
      const count = input.ProvisionedConcurrentExecutions;
      if (count === undefined || !Number.isInteger(count) || count < 1)
        throw unfit(count ?? null, "provisionedConcurrentExecutions", "Member must have value greater than or equal to 1");
      if (fn.aliases[key]?.version === "$LATEST" || key === "$LATEST")
        throw invalid("Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
      if (Object.keys(fn.aliases[key]?.weights ?? {}).length > 0)
        throw invalid("Alias with weights can not be used with Provisioned Concurrency");
      const others = Object.entries(fn.provisioned).reduce((sum, [name, one]) => sum + (name === key ? 0 : one.count), 0);
      if (fn.reserved !== undefined && others + count > fn.reserved)
        throw invalid(
          "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function",
        );
      if (fn.reserved === undefined && others + count > account.concurrent - account.unreserved)
        throw invalid(
          `Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${account.unreserved}].`,
        );
      const { around, lags } = store.account;
      const made = { count, modified: around.now(), until: around.now() + (lags.provisioned ?? 0) };
      functions.put(fn.name, { ...fn, provisioned: { ...fn.provisioned, [key]: made } });
      return said(store.account, made);
    },
    DeleteProvisionedConcurrencyConfig(input: Named) {
      const { fn, key } = placeOf(input);
      functions.put(fn.name, { ...fn, provisioned: without(fn.provisioned, key) });
    },
    GetProvisionedConcurrencyConfig(input: Named) {
      const at = addressOf(store.account, input);
      const fn = functionSeen(store, at);
      checkQualifier(store.account, fn, at.qualifier);
      const found = fn.provisioned[at.qualifier ?? ""];
      if (found === undefined)
        throw new AwsFailure(
          404,
          "ProvisionedConcurrencyConfigNotFoundException",
          "No Provisioned Concurrency Config found for this function",
          {
            Type: "User",
          },
        );
      return said(store.account, found);
    },
    ListProvisionedConcurrencyConfigs(input: Named) {
      const fn = functionSeen(store, addressOf(store.account, input));
      const all = Object.entries(fn.provisioned).map(([key, one]) => {
        return { FunctionArn: functionArn(store.account, fn.name, key), ...said(store.account, one) };
      });
      return { ProvisionedConcurrencyConfigs: all };
    },
  };

  function placeOf(input: Named): { readonly fn: Fn; readonly key: string } {
    const at = addressOf(store.account, input);
    const fn = functionAt(store, at);
    if (at.qualifier === undefined) throw unfit(null, "qualifier", "Member must not be null");
    checkQualifier(store.account, fn, at.qualifier);
    return { fn, key: at.qualifier };
  }
}

/** A change under way does not keep concurrency from being reserved; a function that is being made does. */
function onlyMaking({ latest: { changing } }: Fn): Fn["latest"]["changing"] {
  return changing.to === "active" ? changing : { ...changing, until: 0 };
}

function said({ around }: Account, { count, until, modified }: Provisioned): object {
  const there = around.now() >= until;
  return {
    RequestedProvisionedConcurrentExecutions: count,
    AllocatedProvisionedConcurrentExecutions: there ? count : 0,
    AvailableProvisionedConcurrentExecutions: there ? count : 0,
    Status: there ? "READY" : "IN_PROGRESS",
    LastModified: timeOf(modified),
  };
}
