/** A Kinesis stream or a DynamoDB table's stream, polled by an event source mapping. */
import type { Resolved, Resource, StreamTrigger } from "fnpkg/adapter";
import type { Section } from "./config.ts";
import { ids, kinds, type StreamMappingProps } from "./resources.ts";
import { aliasArn, idOf, tagsOf } from "./translate-names.ts";

/** https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-parameters.html */
const defaultBatchSize = 100;

export function stream(config: Resolved<Section>, trigger: StreamTrigger): Resource<string, StreamMappingProps> {
  const { name, source, start, batch, retry, parallelism } = trigger;
  return {
    kind: kinds.eventSourceMapping,
    id: ids.trigger(name),
    props: {
      EventSourceArn: idOf(source),
      FunctionName: aliasArn,
      Enabled: true,
      BatchSize: batch?.size ?? defaultBatchSize,
      MaximumBatchingWindowInSeconds: batch?.windowSeconds ?? 0,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      FilterCriteria: null,
      KmsKeyArn: null,
      StartingPosition: start === "earliest" ? "TRIM_HORIZON" : "LATEST",
      ParallelizationFactor: parallelism ?? 1,
      MaximumRetryAttempts: retry?.attempts ?? -1,
      MaximumRecordAgeInSeconds: -1,
      BisectBatchOnFunctionError: false,
      TumblingWindowInSeconds: 0,
      DestinationConfig: retry?.deadLetter === undefined ? null : { OnFailure: { Destination: idOf(retry.deadLetter) } },
      Tags: tagsOf(config),
    },
  };
}
