/** How asynchronous calls are tried again: docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html */
import { ask } from "../asks.ts";
import type { Handlers } from "../operations.ts";
import type { Account } from "../service.ts";
import { addressOf, checkQualifier, functionArn, functionAt, functionSeen, type Named } from "./names.ts";
import { invalid, missing, unfit } from "./errors.ts";
import { type AsyncConfig, type Fn, type Store, without } from "./state.ts";

interface AsyncInput extends Named {
  readonly MaximumRetryAttempts?: number;
  readonly MaximumEventAgeInSeconds?: number;
  readonly DestinationConfig?: AsyncConfig["destinations"];
}

export function asyncHandlers(store: Store): Handlers {
  const { account, functions } = store;
  return {
    PutFunctionEventInvokeConfig: (input: AsyncInput) => put(input, undefined),
    UpdateFunctionEventInvokeConfig(input: AsyncInput) {
      const { fn, key, arn } = placeOf(input);
      const before = fn.asyncs[key];
      if (before === undefined) throw none(arn);
      return put(input, before);
    },
    DeleteFunctionEventInvokeConfig(input: AsyncInput) {
      const { fn, key, arn } = placeOf(input);
      if (fn.asyncs[key] === undefined) throw none(arn);
      functions.put(fn.name, { ...fn, asyncs: without(fn.asyncs, key) });
    },
    GetFunctionEventInvokeConfig(input: AsyncInput) {
      const { name, qualifier } = addressOf(account, input);
      const arn = functionArn(account, name, qualifier ?? "$LATEST");
      const found = functions.seen(name)?.asyncs[qualifier ?? ""];
      if (found === undefined) throw none(arn);
      return said(arn, found);
    },
    ListFunctionEventInvokeConfigs(input: Named) {
      const fn = functionSeen(store, addressOf(account, input));
      const all = Object.entries(fn.asyncs).map(([key, one]) =>
        said(functionArn(account, fn.name, key === "" ? "$LATEST" : key), one),
      );
      return { FunctionEventInvokeConfigs: all };
    },
  };

  function placeOf(input: Named): { readonly fn: Fn; readonly key: string; readonly arn: string } {
    const { name, qualifier } = addressOf(account, input);
    const fn = functionAt(store, { name });
    checkQualifier(account, fn, qualifier);
    return { fn, key: qualifier === "$LATEST" ? "" : (qualifier ?? ""), arn: functionArn(account, name, qualifier ?? "$LATEST") };
  }

  function put(input: AsyncInput, before: AsyncConfig | undefined): object {
    const { fn, key, arn } = placeOf(input);
    const attempts = input.MaximumRetryAttempts ?? before?.attempts;
    const ageSeconds = input.MaximumEventAgeInSeconds ?? before?.ageSeconds;
    const destinations = input.DestinationConfig ?? before?.destinations ?? {};
    if (
      input.MaximumRetryAttempts === undefined &&
      input.MaximumEventAgeInSeconds === undefined &&
      input.DestinationConfig === undefined
    )
      throw invalid("You must specify at least one of error handling or destination setting.");
    if (attempts !== undefined && (attempts < 0 || attempts > 2))
      throw unfit(attempts, "maximumRetryAttempts", "Member must have value less than or equal to 2");
    if (ageSeconds !== undefined && (ageSeconds < 60 || ageSeconds > 21_600))
      throw unfit(ageSeconds, "maximumEventAgeInSeconds", "Member must have value between 60 and 21600");
    for (const { Destination } of Object.values(destinations))
      if (Destination !== undefined) checkDestination(account, Destination);
    const made = { attempts, ageSeconds, destinations, modified: account.around.now() };
    functions.put(fn.name, { ...fn, asyncs: { ...fn.asyncs, [key]: made } });
    return said(arn, made);
  }
}

function checkDestination(account: Account, arn: string): void {
  const service = arn.split(":")[2];
  const there =
    service === "sqs" || service === "sns" || service === "lambda"
      ? ask(account, service)?.exists(arn)
      : service === "events" || service === "s3";
  if (there === false) throw invalid(`The destination ARN ${arn} is invalid.`);
}

function none(arn: string) {
  return missing(`The function ${arn} doesn't have an EventInvokeConfig`);
}

function said(arn: string, { attempts, ageSeconds, destinations, modified }: AsyncConfig): object {
  return {
    FunctionArn: arn,
    LastModified: modified / 1000,
    MaximumRetryAttempts: attempts,
    MaximumEventAgeInSeconds: ageSeconds,
    DestinationConfig: { OnSuccess: {}, OnFailure: {}, ...destinations },
  };
}
