/**
 * Event source mappings: docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html. While one is being made, changed
 * or removed it takes no other change.
 */
import { ask } from "../asks.ts";
import { page } from "../inputs.ts";
import type { Handlers } from "../operations.ts";
import { type Account, AwsFailure } from "../service.ts";
import { addressOf, checkQualifier, functionArn, functionAt, type Named, versionAt } from "./names.ts";
import { conflict, invalid, missing, unfit } from "./errors.ts";
import { type Mapping, type Store, uuidOf } from "./state.ts";
import { checkTags } from "./tags.ts";

interface MappingInput extends Named {
  readonly EventSourceArn?: string;
  readonly Enabled?: boolean;
  readonly StartingPosition?: string;
  readonly Tags?: { readonly [key: string]: string };
  readonly [setting: string]: unknown;
}
interface ById {
  readonly UUID: string;
}

const common = ["BatchSize", "MaximumBatchingWindowInSeconds", "FunctionResponseTypes", "FilterCriteria", "KMSKeyArn"];
const ofQueues = [...common, "ScalingConfig", "ProvisionedPollerConfig"];
const ofStreams = [
  ...common,
  "StartingPosition",
  "StartingPositionTimestamp",
  "ParallelizationFactor",
  "MaximumRetryAttempts",
  "MaximumRecordAgeInSeconds",
  "BisectBatchOnFunctionError",
  "TumblingWindowInSeconds",
  "DestinationConfig",
];

/** The API's own defaults. */
const queueDefaults = { BatchSize: 10, MaximumBatchingWindowInSeconds: 0, FunctionResponseTypes: [] };
const streamDefaults = {
  BatchSize: 100,
  MaximumBatchingWindowInSeconds: 0,
  FunctionResponseTypes: [],
  ParallelizationFactor: 1,
  MaximumRetryAttempts: -1,
  MaximumRecordAgeInSeconds: -1,
  BisectBatchOnFunctionError: false,
  TumblingWindowInSeconds: 0,
  DestinationConfig: { OnFailure: {} },
};

export function mappingHandlers(store: Store): Handlers {
  const { account, mappings } = store;
  const { around, lags } = account;
  const until = () => around.now() + (lags.mapping ?? 0);
  return {
    CreateEventSourceMapping(input: MappingInput) {
      const arn = boundTo(store, input);
      const source = input.EventSourceArn ?? "";
      checkTags(input.Tags ?? {});
      const settings = settingsOf(source, input, isQueue(source) ? queueDefaults : streamDefaults);
      checkSource(store, arn, source, settings);
      const twin = present(store).find((one) => one.source === source && one.functionArn === arn);
      if (twin !== undefined)
        throw conflict(
          `An event source mapping with ${source.split(":")[2]?.toUpperCase()} arn (" ${source} ") and function (" ${arn.split(":")[6]} ") already exists. Please update or delete the existing mapping with UUID ${twin.uuid}`,
        );
      const uuid = uuidOf(account.next());
      const mapping: Mapping = {
        uuid,
        source,
        functionArn: arn,
        enabled: input.Enabled ?? true,
        settings,
        tags: input.Tags ?? {},
        modified: around.now(),
        changing: { state: "Creating", until: until() },
      };
      mappings.put(uuid, mapping);
      return said(account, mapping);
    },

    UpdateEventSourceMapping({ UUID, ...input }: MappingInput & ById) {
      const before = changeable(store, UUID, "update");
      const { source, enabled } = before;
      const functionArn = input.FunctionName === undefined ? before.functionArn : boundTo(store, input);
      const settings = settingsOf(source, input, before.settings);
      checkSource(store, functionArn, source, settings);
      const now = input.Enabled ?? enabled;
      const state = now === enabled ? "Updating" : now ? "Enabling" : "Disabling";
      const changing = { state, until: until() };
      const mapping = { ...before, functionArn, settings, enabled: now, modified: around.now(), changing };
      mappings.put(UUID, mapping);
      return said(account, mapping);
    },

    DeleteEventSourceMapping({ UUID }: ById) {
      const mapping = { ...changeable(store, UUID, "delete"), changing: { state: "Deleting", until: until() } };
      if (mapping.changing.until > around.now()) mappings.put(UUID, mapping);
      else mappings.remove(UUID);
      return { ...said(account, mapping), State: "Deleting" };
    },

    GetEventSourceMapping({ UUID }: ById) {
      const mapping = mappings.seen(UUID);
      if (mapping === undefined || isGone(account, mapping)) throw missing();
      return said(account, mapping);
    },

    ListEventSourceMappings(
      input: Partial<Named> & { readonly EventSourceArn?: string; readonly Marker?: string; readonly MaxItems?: string },
    ) {
      const { EventSourceArn, FunctionName } = input;
      const at = FunctionName === undefined ? undefined : addressOf(account, { FunctionName });
      const arn = at === undefined ? undefined : functionArn(account, at.name, at.qualifier);
      const all = mappings
        .allSeen()
        .map(([, mapping]) => mapping)
        .filter((one) => !isGone(account, one))
        .filter(({ source }) => EventSourceArn === undefined || source === EventSourceArn)
        .filter((one) => arn === undefined || one.functionArn === arn)
        .map((one) => said(account, one));
      const { items, next } = page(
        all,
        input.Marker,
        Math.min(100, Number(input.MaxItems ?? 100)),
        "InvalidParameterValueException",
      );
      return { EventSourceMappings: items, NextMarker: next };
    },
  };
}

/** The ARN of what is called, with its qualifier. */
function boundTo(store: Store, input: Named): string {
  const at = addressOf(store.account, input);
  const fn = functionAt(store, at);
  checkQualifier(store.account, fn, at.qualifier);
  return functionArn(store.account, at.name, at.qualifier);
}

export function present({ account, mappings }: Store): readonly Mapping[] {
  return mappings
    .all()
    .map(([, mapping]) => mapping)
    .filter((mapping) => !isGone(account, mapping));
}

function isGone({ around }: Account, { changing: { state, until } }: Mapping): boolean {
  return state === "Deleting" && around.now() >= until;
}

function changeable({ account, mappings }: Store, uuid: string, what: string): Mapping {
  const found = mappings.get(uuid);
  if (found === undefined || isGone(account, found)) throw missing();
  if (account.around.now() >= found.changing.until) return found;
  throw new AwsFailure(400, "ResourceInUseException", `Cannot ${what} the event source mapping because it is in use.`, {
    Type: "User",
  });
}

function isQueue(source: string): boolean {
  return source.split(":")[2] === "sqs";
}

function settingsOf(source: string, input: MappingInput, before: Mapping["settings"]): Mapping["settings"] {
  const known = isQueue(source) ? ofQueues : ofStreams;
  const other = [...ofQueues, ...ofStreams].find((name) => input[name] !== undefined && !known.includes(name));
  if (other !== undefined) throw invalid(`Unsupported ${other} parameter for given event source mapping type.`);
  const given = Object.entries(input).filter(([name, value]) => known.includes(name) && value !== undefined);
  const all: Mapping["settings"] = { ...before, ...Object.fromEntries(given) };
  return Object.fromEntries(Object.entries(all).filter(([name, value]) => !isTakenAway(name, value)));
}

/** An empty one takes away what was. */
function isTakenAway(name: string, value: unknown): boolean {
  if (name === "KMSKeyArn") return value === "";
  if (name === "FilterCriteria") return ((value as { readonly Filters?: readonly unknown[] }).Filters ?? []).length === 0;
  return /^(ScalingConfig|ProvisionedPollerConfig)$/.test(name) && Object.keys(value as object).length === 0;
}

/** docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html, "Configuring a queue to use with Lambda", and services-sqs-parameters.html */
function checkSource(store: Store, arn: string, source: string, settings: Mapping["settings"]): void {
  const { account } = store;
  if (!/^arn:aws[\w-]*:[\w-]+:[\w-]+:\d{12}:.+$/.test(source))
    throw unfit(source, "eventSourceArn", "Member must satisfy regular expression pattern: arn:(aws[a-zA-Z0-9-]*):.*");
  const {
    BatchSize,
    MaximumBatchingWindowInSeconds: window,
    ScalingConfig,
  } = settings as { readonly [name: string]: number } & {
    readonly ScalingConfig?: { readonly MaximumConcurrency?: number };
  };
  range(BatchSize, "batchSize", 1, 10_000);
  range(window, "maximumBatchingWindowInSeconds", 0, 300);
  if (!isQueue(source)) {
    if (settings["StartingPosition"] === undefined)
      throw invalid(
        "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
      );
    return;
  }
  range(ScalingConfig?.MaximumConcurrency, "scalingConfig.maximumConcurrency", 2, 1000);
  const ordered = source.endsWith(".fifo");
  if (ordered && (window ?? 0) > 0) throw invalid("Batching window is not supported for FIFO queues.");
  if (ordered && (BatchSize ?? 1) > 10) throw invalid("Maximum batch size for a FIFO queue is 10.");
  if ((BatchSize ?? 1) > 10 && (window ?? 0) < 1)
    throw invalid("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10");
  const sqs = ask(account, "sqs");
  if (sqs === undefined) return;
  const attributes = sqs.attributes(source);
  if (attributes === undefined)
    throw invalid(
      "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.",
    );
  const [, , , , , , name = "", qualifier] = arn.split(":");
  const { Timeout } = versionAt(account, functionAt(store, { name }), qualifier).settings;
  const visible = Number(attributes["VisibilityTimeout"] ?? 30);
  if (visible < Timeout)
    throw invalid(`Queue visibility timeout: ${visible} seconds is less than Function timeout: ${Timeout} seconds`);
}

function range(value: number | undefined, member: string, least: number, most: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  throw unfit(value, member, `Member must have value between ${least} and ${most}`);
}

export function stateOf({ around }: Account, { enabled, changing }: Mapping): string {
  if (around.now() < changing.until) return changing.state;
  return enabled ? "Enabled" : "Disabled";
}

function said(account: Account, mapping: Mapping): object {
  const { uuid, source, functionArn, settings, modified } = mapping;
  return {
    UUID: uuid,
    EventSourceMappingArn: `arn:aws:lambda:${account.region}:${account.id}:event-source-mapping:${uuid}`,
    EventSourceArn: source,
    FunctionArn: functionArn,
    ...settings,
    State: stateOf(account, mapping),
    StateTransitionReason: "USER_INITIATED",
    LastModified: modified / 1000,
    ...(isQueue(source) ? {} : { LastProcessingResult: "No records processed" }),
  };
}
