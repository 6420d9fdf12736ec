/** How asynchronous calls are tried again, and where they go when all failed. Has no tags: it is ours because the alias is. */
import type { Lifecycle, Live } from "fnpkg/adapter";
import type { AwsClient } from "../client.ts";
import { ifThere } from "../errors.ts";
import { type EventInvokeConfigProps, ids, kinds } from "../resources.ts";
import { derivedMark, ourAliases, splitFunction } from "./owner.ts";
import { type Context, known, noOutputs, text } from "./shared.ts";

export const eventInvokeConfigLifecycle: Lifecycle<EventInvokeConfigProps, AwsClient> = {
  fixed: ["FunctionName", "Qualifier"],
  after: [kinds.alias],
  permissions: {
    read: ["lambda:GetFunction", "lambda:GetFunctionEventInvokeConfig", "lambda:ListAliases"],
    create: ["lambda:PutFunctionEventInvokeConfig"],
    update: ["lambda:PutFunctionEventInvokeConfig"],
    delete: ["lambda:DeleteFunctionEventInvokeConfig"],
  },
  lock: ({ FunctionName }) => `function ${splitFunction(text(FunctionName) ?? "").name}`,

  async find(cx) {
    const found = await Promise.all((await ourAliases(cx)).map(({ Name = "" }) => look(cx, cx.deployment, Name)));
    return found.flatMap((live) => (live === undefined ? [] : [{ id: ids.async, live }]));
  },

  async read(cx, _id, props) {
    const name = text(props.FunctionName);
    return name === undefined ? undefined : look(cx, name, props.Qualifier);
  },

  create: put,
  update: put,

  async delete(cx, _id, { props }) {
    const FunctionName = text(props.FunctionName) ?? cx.deployment;
    if (props.Qualifier === undefined) return;
    await ifThere(cx.client.lambda.deleteFunctionEventInvokeConfig({ FunctionName, Qualifier: props.Qualifier }, cx));
  },
};

/** Replaces the whole: what is left out is none. */
async function put(cx: Context, _id: string, props: EventInvokeConfigProps) {
  await cx.client.lambda.putFunctionEventInvokeConfig(
    {
      FunctionName: known(props.FunctionName, "the function"),
      Qualifier: props.Qualifier,
      MaximumRetryAttempts: props.MaximumRetryAttempts,
      MaximumEventAgeInSeconds: props.MaximumEventAgeInSeconds,
      ...(props.DestinationConfig === null ? {} : { DestinationConfig: { OnFailure: { ...props.DestinationConfig.OnFailure } } }),
    },
    cx,
  );
  return noOutputs;
}

async function look(cx: Context, name: string, Qualifier: string): Promise<Live<EventInvokeConfigProps> | undefined> {
  const found = await ifThere(cx.client.lambda.getFunctionEventInvokeConfig({ FunctionName: name, Qualifier }, cx));
  if (found === undefined) return undefined;
  const destination = found.DestinationConfig?.OnFailure?.Destination;
  return {
    props: {
      FunctionName: name,
      Qualifier,
      // Lambda's own defaults, where it answers none.
      MaximumRetryAttempts: found.MaximumRetryAttempts ?? 2,
      MaximumEventAgeInSeconds: found.MaximumEventAgeInSeconds ?? 21_600,
      DestinationConfig: destination === undefined || destination === "" ? null : { OnFailure: { Destination: destination } },
    },
    outputs: noOutputs,
    mark: await derivedMark(cx, splitFunction(name).name, ids.async),
    state: "ready",
  };
}
