/**
 * Calls in the forms that the host sends: metadata by the extensions' names (azure-sdk-for-net, ServiceBusTriggerBindingStrategy.cs and
 * EventHubTriggerBindingStrategy.cs; azure-webjobs-sdk, QueueTriggerBinding.cs; azure-webjobs-sdk-extensions, TimerListener.cs),
 * text as `string`, everything else as `json` (azure-functions-host, GrpcMessageConversionExtensions.cs).
 */
import type { Request } from "./worker-site.ts";

type Metadata = NonNullable<Request["triggerMetadata"]>;

const json = (value: unknown) => ({ json: JSON.stringify(value) });
const metadata = (given: { readonly [name: string]: unknown }): Metadata =>
  Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, typeof value === "string" ? { string: value } : json(value)]),
  );

export const queueMessage = (body: Uint8Array | string, more: { readonly [name: string]: unknown } = {}): Request => ({
  inputData: [{ name: "message", data: { bytes: Buffer.from(body) } }],
  triggerMetadata: {
    ...metadata({ Id: "5f3b4a9c-0000-4000-8000-000000000001", DequeueCount: 2, PopReceipt: "AgAAAAMAAAAA", ...more }),
    InsertionTime: json("2026-11-22T10:00:00+00:00"),
    ExpirationTime: json("2026-11-29T10:00:00+00:00"),
    NextVisibleTime: json("2026-11-22T10:10:00+00:00"),
    QueueTrigger: { string: Buffer.from(body).toString() },
  },
});

/** `sequence` in its own digits: partitioned queues have more than a double can hold. */
export const busMessage = (
  body: Uint8Array | string,
  properties: object = {},
  more: { readonly [name: string]: unknown } = {},
  sequence = "36028797018964081",
): Request => ({
  inputData: [{ name: "message", data: { bytes: Buffer.from(body) } }],
  triggerMetadata: {
    ...metadata({ MessageId: "m-1", DeliveryCount: 3, LockToken: "b0a0c1d2-0000-4000-8000-000000000001", ...more }),
    SequenceNumber: { json: sequence },
    EnqueuedTimeUtc: json("2026-11-22T10:00:00.123Z"),
    ApplicationProperties: json(properties),
    MessageReceiver: json({}),
  },
});

export const hubRecord = (body: Uint8Array | string, more: { readonly [name: string]: unknown } = {}): Request => ({
  inputData: [{ name: "records", data: { bytes: Buffer.from(body) } }],
  triggerMetadata: {
    ...metadata({ PartitionKey: "user-1", Offset: "4096", Properties: {}, SystemProperties: {}, ...more }),
    SequenceNumber: json(42),
    EnqueuedTimeUtc: json("2026-11-22T10:00:00.5"),
    PartitionContext: json({
      FullyQualifiedNamespace: "acme-hubs.servicebus.windows.net",
      EventHubName: "clicks",
      PartitionId: "3",
    }),
  },
});

export const hubRecords = (bodies: readonly (Uint8Array | string)[]): Request => ({
  inputData: [{ name: "records", data: { collectionBytes: { bytes: bodies.map((body) => Buffer.from(body)) } } }],
  triggerMetadata: {
    PartitionContext: json({ PartitionId: "3" }),
    PartitionKeyArray: { collectionString: { string: bodies.map((_, index) => (index === 0 ? "" : `user-${index}`)) } },
    SequenceNumberArray: { collectionSint64: { sint64: bodies.map((_, index) => 100 + index) } },
    OffsetArray: { collectionString: { string: bodies.map((_, index) => String(index * 8)) } },
    EnqueuedTimeUtcArray: json(bodies.map((_, index) => `2026-11-22T10:00:0${index}Z`)),
    PropertiesArray: json(bodies.map(() => ({}))),
    SystemPropertiesArray: json(bodies.map(() => ({}))),
  },
});

/** https://learn.microsoft.com/azure/event-grid/event-schema-blob-storage, in the form of CloudEvents. */
export const blobEvent = (
  type: "Microsoft.Storage.BlobCreated" | "Microsoft.Storage.BlobDeleted",
  key: string,
  url = encoded(key),
) => ({
  source: "/subscriptions/s/resourceGroups/acme/providers/Microsoft.Storage/storageAccounts/photos",
  subject: `/blobServices/default/containers/photos/blobs/${key}`,
  type,
  time: "2026-11-22T10:00:00.1234567Z",
  id: "831e1650-001e-001b-66ab-eeb76e069631",
  data: {
    api: type.endsWith("Created") ? "PutBlockList" : "DeleteBlob",
    clientRequestId: "6d79dbfb-0e37-4fc4-981f-442c9ca65760",
    requestId: "831e1650-001e-001b-66ab-eeb76e000000",
    ...(type.endsWith("Created") ? { eTag: "0x8D4BCC2E4835CD0", contentLength: 524_288 } : {}),
    contentType: "image/jpeg",
    blobType: "BlockBlob",
    url: `https://photos.blob.core.windows.net/photos/${url}`,
    sequencer: "00000000000004420000000000028963",
    storageDiagnostics: { batchId: "b68529f3-68cd-4744-baa4-3c0498ec19f0" },
  },
  specversion: "1.0",
});

const encoded = (key: string) => key.split("/").map(encodeURIComponent).join("/");

export const gridEvent = (event: unknown, form: "json" | "string" = "json"): Request => ({
  inputData: [{ name: "event", data: { [form]: JSON.stringify(event) } }],
  triggerMetadata: { data: json({}) },
});

/** While a call runs, the status still names it as the next one. */
export const timerCall = (next: string | null): Request => ({
  inputData: [
    {
      name: "timer",
      data: {
        json: JSON.stringify({
          Schedule: { AdjustForDST: true },
          ScheduleStatus:
            next === null
              ? null
              : { Last: "2026-11-22T09:55:00.0002144+00:00", Next: next, LastUpdated: "2026-11-22T09:55:00.0002144+00:00" },
          IsPastDue: false,
        }),
      },
    },
  ],
  triggerMetadata: {},
});
