/** What polls a queue or a stream for the function. */
import type { EventSourceMappingConfiguration, UpdateEventSourceMappingCommandInput } from "@aws-sdk/client-lambda";
import { FnpkgError, type Lifecycle, type Live, type Outputs } from "fnpkg/adapter";
import type { AwsClient } from "../client.ts";
import { ifThere } from "../errors.ts";
import { type EventSourceMappingProps, kinds, type StreamMappingProps } from "../resources.ts";
import { changeTags, markIn, markOf, type Tags, tagsFor, tagsIn } from "./marks.ts";
import { ourAliases } from "./owner.ts";
import { answered, type Context, defined, known, pages, text, together, whenThere } from "./shared.ts";

type Mapping = EventSourceMappingConfiguration;

export const eventSourceMappingLifecycle: Lifecycle<EventSourceMappingProps, AwsClient> = {
  fixed: ["EventSourceArn", "StartingPosition" as never],
  after: [kinds.alias],
  permissions: {
    read: [
      "lambda:GetFunction",
      "lambda:ListAliases",
      "lambda:ListEventSourceMappings",
      "lambda:ListTags",
      // A queue that has, or had, a redrive policy of ours.
      "sqs:GetQueueAttributes",
      "sqs:GetQueueUrl",
      "sqs:ListQueueTags",
    ],
    create: ["lambda:CreateEventSourceMapping", "lambda:GetEventSourceMapping", "lambda:TagResource"],
    update: ["lambda:GetEventSourceMapping", "lambda:TagResource", "lambda:UntagResource", "lambda:UpdateEventSourceMapping"],
    delete: ["lambda:DeleteEventSourceMapping", "lambda:GetEventSourceMapping"],
  },
  lock: ({ EventSourceArn }) => `mapping ${EventSourceArn}`,

  async find(cx) {
    const found = await mappingsOf(cx);
    return found.flatMap(({ mapping, tags }) => {
      const mark = markIn(tags);
      return mark?.deployment === cx.deployment ? [{ id: mark.resource, live: liveOf(mapping, tags) }] : [];
    });
  },

  async read(cx, _id, props) {
    const FunctionName = text(props.FunctionName);
    if (FunctionName === undefined) return undefined;
    const mapping = (await list(cx, { FunctionName, EventSourceArn: props.EventSourceArn }))[0];
    return mapping === undefined ? undefined : liveOf(mapping, await tagsOf(cx, mapping), props);
  },

  async create(cx, id, props) {
    const made = await cx.client.lambda.createEventSourceMapping(
      {
        ...settings(props, undefined),
        EventSourceArn: props.EventSourceArn,
        ...("StartingPosition" in props ? { StartingPosition: props.StartingPosition } : {}),
        Tags: tagsFor(markOf(cx, id), props.Tags),
      },
      cx,
    );
    return settled(cx, made);
  },

  async update(cx, id, props, live) {
    const UUID = answered(live.outputs["UUID"], "the mapping's id");
    const made = await cx.client.lambda.updateEventSourceMapping({ ...settings(props, live.props), UUID }, cx);
    const Resource = answered(made.EventSourceMappingArn, "the mapping's ARN");
    await changeTags(await tagsOf(cx, made), tagsFor(markOf(cx, id), props.Tags), {
      set: (Tags) => cx.client.lambda.tagResource({ Resource, Tags }, cx),
      remove: (TagKeys) => cx.client.lambda.untagResource({ Resource, TagKeys }, cx),
    });
    return settled(cx, made);
  },

  async delete(cx, _id, { outputs }) {
    const UUID = outputs["UUID"];
    if (UUID === undefined) return;
    await ifThere(cx.client.lambda.deleteEventSourceMapping({ UUID }, cx));
    await cx.until(`the event source mapping ${UUID} to be gone`, async () => {
      const left = await ifThere(cx.client.lambda.getEventSourceMapping({ UUID }, cx));
      return left === undefined ? true : undefined;
    });
  },
};

/** All mappings of our aliases, with their tags. */
export async function mappingsOf(cx: Context): Promise<readonly { readonly mapping: Mapping; readonly tags: Tags }[]> {
  const aliases = await ourAliases(cx);
  const found = await Promise.all(aliases.map(({ AliasArn = "" }) => list(cx, { FunctionName: AliasArn })));
  return Promise.all(found.flat().map(async (mapping) => ({ mapping, tags: await tagsOf(cx, mapping) })));
}

function list(cx: Context, of: { readonly FunctionName: string; readonly EventSourceArn?: string }): Promise<readonly Mapping[]> {
  return together(cx, `mappings ${of.FunctionName} ${of.EventSourceArn ?? ""}`, async () => {
    const found = await ifThere(
      pages(
        (Marker) => cx.client.lambda.listEventSourceMappings({ ...of, ...(Marker === undefined ? {} : { Marker }) }, cx),
        ({ EventSourceMappings, NextMarker }) => ({ items: EventSourceMappings, next: NextMarker }),
      ),
    );
    const there = (found ?? []).filter(({ State }) => State !== "Deleting");
    return cx.client.emulator !== undefined ? there.map((mapping) => boundAs(of.FunctionName, mapping)) : there;
  });
}

/** moto answers the version that the alias named in place of the alias, by which it listed the mapping. */
function boundAs(asked: string, mapping: Mapping): Mapping {
  return /:function:[^:]+:\d+$/.test(mapping.FunctionArn ?? "") ? { ...mapping, FunctionArn: asked } : mapping;
}

async function tagsOf(cx: Context, { EventSourceMappingArn }: Mapping): Promise<Tags> {
  const Resource = answered(EventSourceMappingArn, "the mapping's ARN");
  return (await ifThere(cx.client.lambda.listTags({ Resource }, cx)))?.Tags ?? {};
}

/** Waits until it polls, or is switched off as wanted. */
async function settled(cx: Context, { UUID = "" }: Mapping): Promise<Outputs> {
  return cx.until(`the event source mapping ${UUID} to be ready`, async () => {
    const now = await whenThere(cx, `the event source mapping ${UUID}`, () =>
      cx.client.lambda.getEventSourceMapping({ UUID }, cx),
    );
    if (now.State === "Enabled" || now.State === "Disabled") return { UUID };
    if (/^(Creating|Updating|Enabling|Disabling)$/.test(now.State ?? "")) return undefined;
    const why = now.StateTransitionReason ?? "";
    throw new FnpkgError("E_VENDOR", `the event source mapping ${UUID} is ${now.State}: ${why}`, { target: "aws-lambda" });
  });
}

type Settings = Omit<UpdateEventSourceMappingCommandInput, "UUID" | "FunctionName"> & { readonly FunctionName: string };
type Before = Partial<EventSourceMappingProps> | undefined;

/** What is not wanted any more is sent as empty, which takes it away; what never was is left out. */
function settings(props: EventSourceMappingProps, before: Before): Settings {
  const { FilterCriteria, KmsKeyArn, MaximumBatchingWindowInSeconds: window } = props;
  return {
    FunctionName: known(props.FunctionName, "the mapping's function"),
    Enabled: props.Enabled,
    BatchSize: props.BatchSize,
    FunctionResponseTypes: [...props.FunctionResponseTypes],
    ...(window === undefined ? {} : { MaximumBatchingWindowInSeconds: window }),
    ...optional("FilterCriteria", FilterCriteria, had(before, "FilterCriteria"), { Filters: [] }),
    ...optional("KMSKeyArn", KmsKeyArn, had(before, "KmsKeyArn"), ""),
    ...("StartingPosition" in props ? ofStream(props, before) : ofQueue(props, before)),
  };
}

function ofStream(props: StreamMappingProps, before: Before) {
  return {
    ParallelizationFactor: props.ParallelizationFactor,
    MaximumRetryAttempts: props.MaximumRetryAttempts,
    MaximumRecordAgeInSeconds: props.MaximumRecordAgeInSeconds,
    BisectBatchOnFunctionError: props.BisectBatchOnFunctionError,
    TumblingWindowInSeconds: props.TumblingWindowInSeconds,
    ...optional("DestinationConfig", props.DestinationConfig, had(before, "DestinationConfig"), { OnFailure: {} }),
  };
}

function ofQueue(props: Exclude<EventSourceMappingProps, StreamMappingProps>, before: Before) {
  return {
    ...optional("ScalingConfig", props.ScalingConfig, had(before, "ScalingConfig"), {}),
    ...optional("ProvisionedPollerConfig", props.ProvisionedPollerConfig, had(before, "ProvisionedPollerConfig"), {}),
  };
}

function had(before: Before, key: string): boolean {
  const value = (before as { readonly [key: string]: unknown } | undefined)?.[key];
  return value !== undefined && value !== null;
}

function optional(key: string, wanted: unknown, before: boolean, none: unknown): object {
  if (wanted !== null) return { [key]: structuredClone(wanted) };
  return before ? { [key]: none } : {};
}

function liveOf(mapping: Mapping, tags: Tags, wanted?: EventSourceMappingProps): Live<EventSourceMappingProps> {
  const filters = mapping.FilterCriteria?.Filters ?? [];
  const destination = mapping.DestinationConfig?.OnFailure?.Destination;
  const concurrency = mapping.ScalingConfig?.MaximumConcurrency;
  const pollers = mapping.ProvisionedPollerConfig;
  const props = {
    EventSourceArn: mapping.EventSourceArn,
    FunctionName: mapping.FunctionArn,
    Enabled: mapping.State?.startsWith("Disabl") !== true,
    BatchSize: mapping.BatchSize,
    MaximumBatchingWindowInSeconds: mapping.MaximumBatchingWindowInSeconds ?? 0,
    FunctionResponseTypes: mapping.FunctionResponseTypes ?? [],
    FilterCriteria: filters.length === 0 ? null : { Filters: filters.map(({ Pattern = "" }) => ({ Pattern })) },
    KmsKeyArn: mapping.KMSKeyArn === undefined || mapping.KMSKeyArn === "" ? null : mapping.KMSKeyArn,
    ScalingConfig: concurrency === undefined ? null : { MaximumConcurrency: concurrency },
    ProvisionedPollerConfig: pollers === undefined || Object.keys(pollers).length === 0 ? null : { ...pollers },
    StartingPosition: mapping.StartingPosition,
    ParallelizationFactor: mapping.ParallelizationFactor,
    MaximumRetryAttempts: mapping.MaximumRetryAttempts,
    MaximumRecordAgeInSeconds: mapping.MaximumRecordAgeInSeconds,
    BisectBatchOnFunctionError: mapping.BisectBatchOnFunctionError,
    TumblingWindowInSeconds: mapping.TumblingWindowInSeconds,
    DestinationConfig: destination === undefined || destination === "" ? null : { OnFailure: { Destination: destination } },
    Tags: tagsIn(tags, wanted?.Tags),
  };
  return {
    props: defined<EventSourceMappingProps>(props),
    outputs: { UUID: mapping.UUID ?? "" },
    mark: markIn(tags),
    state: /^(Enabled|Disabled)$/.test(mapping.State ?? "")
      ? "ready"
      : `${mapping.State}: ${mapping.StateTransitionReason ?? ""}`,
  };
}
