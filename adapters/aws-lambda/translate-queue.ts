/** An SQS queue: polled by an event source mapping; retries are the queue's own redrive policy. */
import type { QueueTrigger, Resolved, Resource } from "fnpkg/adapter";
import type { Section } from "./config.ts";
import { ids, kinds, type QueueMappingProps, type RedrivePolicyProps } from "./resources.ts";
import { aliasArn, idOf, tagsOf } from "./translate-names.ts";

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html */
const defaultBatchSize = 10;

export function queue(config: Resolved<Section>, trigger: QueueTrigger): Resource<string, object>[] {
  const { name, source, batch, maxConcurrency, ordered } = trigger;
  const redrive = redrivePolicy(trigger);
  const props: QueueMappingProps = {
    EventSourceArn: idOf(source),
    FunctionName: aliasArn,
    Enabled: true,
    BatchSize: batch?.size ?? defaultBatchSize,
    ...(ordered ? {} : { MaximumBatchingWindowInSeconds: batch?.windowSeconds ?? 0 }),
    FunctionResponseTypes: ["ReportBatchItemFailures"],
    FilterCriteria: null,
    KmsKeyArn: null,
    ScalingConfig: maxConcurrency === undefined ? null : { MaximumConcurrency: maxConcurrency },
    ProvisionedPollerConfig: null,
    Tags: tagsOf(config),
  };
  const mapping = { kind: kinds.eventSourceMapping, id: ids.trigger(name), props };
  // What fails at once must find the way out already.
  return redrive === undefined ? [mapping] : [redrive, { ...mapping, needs: [redrive.id] }];
}

/**
 * A message is delivered once and then again `attempts` times
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html). Without `attempts` the
 * number is the one that AWS recommends for Lambda: five deliveries.
 */
function redrivePolicy({ name, source, retry }: QueueTrigger): Resource<string, RedrivePolicyProps> | undefined {
  if (retry?.deadLetter === undefined) return undefined;
  return {
    kind: kinds.redrivePolicy,
    id: ids.redrive(name),
    props: {
      QueueArn: idOf(source),
      RedrivePolicy: { deadLetterTargetArn: idOf(retry.deadLetter), maxReceiveCount: (retry.attempts ?? 4) + 1 },
    },
  };
}
