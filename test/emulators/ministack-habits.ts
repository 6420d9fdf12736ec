/**
 * Where ministack 1.5 is not as AWS is, as far as tests meet it:
 * - a function URL's host resolves nowhere; ministack takes the request at its own address, by the header `host`;
 * - who sends no signature is the account's root, so that the policy which lets everybody call a URL is not put to the test;
 * - a parameter of Systems Manager that is named by its ARN is held against policies as if the ARN were its name, so that no policy
 *   of a role lets it be read;
 * - it takes `lambda:CreateFunction` and `lambda:CreateEventSourceMapping` as about everything, as their names stand in the body, so that
 *   no ARN in a policy fits them;
 * - its node has no global `awslambda`, without which no response can be streamed;
 * - an object that was deleted has the size 0 in its event, where S3 says none;
 * - Scheduler looks every 10 seconds what is due, and leaves the placeholders of the input: `filled` does it.
 */

/** docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html */
export function filled(input: string, values: { readonly scheduledTime: string; readonly schedule: string }): string {
  return input
    .replace("<aws.scheduler.scheduled-time>", values.scheduledTime)
    .replace("<aws.scheduler.execution-id>", "d32c5kddcf5bb8c3")
    .replace("<aws.scheduler.schedule-arn>", values.schedule);
}
