/**
 * A blob container: a subscription to the storage account's events, in the form of CloudEvents
 * (https://learn.microsoft.com/azure/event-grid/event-schema-blob-storage, …/event-grid/handler-functions).
 */
import type { ObjectStorageTrigger, Resource } from "fnpkg/adapter";
import { type EventSubscriptionProps, ids, kinds } from "./resources.ts";
import { type Config, fit, idOf, partOf, siteId, upTo } from "./translate-names.ts";

const types = { created: "Microsoft.Storage.BlobCreated", deleted: "Microsoft.Storage.BlobDeleted" } as const;

export function objectStorage(
  config: Config,
  { name, source, events, filter, retry }: ObjectStorageTrigger,
  mark: (id: string) => string,
): Resource<string, EventSubscriptionProps> {
  const container = idOf(source);
  const id = ids.trigger(name);
  return {
    kind: kinds.eventSubscription,
    id,
    props: {
      scope: upTo(container, "storageAccounts"),
      name: fit(`${config.deployment}--${name}`, 64),
      properties: {
        destination: {
          endpointType: "AzureFunction",
          properties: {
            resourceId: `${siteId(config)}/functions/${name}`,
            maxEventsPerBatch: 1,
            preferredBatchSizeInKilobytes: 64,
          },
        },
        eventDeliverySchema: "CloudEventSchemaV1_0",
        filter: {
          includedEventTypes: events.map((event) => types[event]).toSorted(),
          subjectBeginsWith: `/blobServices/default/containers/${partOf(container, "containers")}/blobs/${filter?.prefix ?? ""}`,
          subjectEndsWith: filter?.suffix ?? "",
          isSubjectCaseSensitive: true,
        },
        // The vendor's defaults: https://learn.microsoft.com/azure/event-grid/delivery-and-retry
        retryPolicy: {
          maxDeliveryAttempts: retry?.attempts === undefined ? 30 : retry.attempts + 1,
          eventTimeToLiveInMinutes: 1440,
        },
        labels: [mark(id)],
      },
    },
    needs: [ids.code],
  };
}
