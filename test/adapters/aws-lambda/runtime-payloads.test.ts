/** The vendor's own samples of what Lambda is called with. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { validateEvent } from "fnpkg/runtime";
import { noModels, readModel } from "../../engine/check-models.ts";
import { deliver, request, seen } from "./runtime-calls.ts";

const folder = "aws-events/events/testdata";
const title = noModels ? "skipped: needs FNPKG_MODELS" : "all of them";
const files = noModels
  ? []
  : readdirSync(join(process.env["FNPKG_MODELS"] ?? "", folder)).filter((file) => file.endsWith(".json"));
const payload = (name: string): unknown => JSON.parse(readModel(`${folder}/${name}.json`));

const brief = (outcome: string | { readonly statusCode: number; readonly body?: string }) =>
  typeof outcome === "string" ? outcome : { statusCode: outcome.statusCode, body: outcome.body };

describe.skipIf(noModels)(`the vendor's samples: ${title}`, () => {
  test("are all there", () => {
    expect(files).toHaveLength(104);
  });

  // One file of the samples is there because it is no JSON.
  const readable = files.filter((file) => {
    try {
      payload(file.slice(0, -5));
      return true;
    } catch {
      return false;
    }
  });

  test.each(readable)("%s is events for an event function, each valid", async (file) => {
    const event = payload(file.slice(0, -5));
    const events = await seen(event);
    expect(events.length).toBeGreaterThan(0);
    for (const one of events) expect(validateEvent(one)).toMatchObject({ specversion: "1.0" });
    const keys = new Set(events.map(({ source, id }) => JSON.stringify([source, id])));
    expect(keys.size).toBe(events.length);
  });

  test.each(readable)("%s fails an event function with the handler's reason alone", async (file) => {
    const answer = await deliver(() => Promise.reject(new Error("the reason")), payload(file.slice(0, -5))).catch(
      (error: unknown) => (error as Error).message,
    );
    expect(JSON.stringify(answer)).toMatch(/the reason|itemIdentifier":"[^"]/);
  });

  const http = /^(lambda-urls-request|apigw-v2-request-|apigw-request|apigw-restapi-openapi-request|alb-lambda-target-request)/;

  test.each(readable)("%s is a request for an http function, or refused", async (file) => {
    // In their place stand words such as <url-id>.
    const event = JSON.parse(readModel(`${folder}/${file}`).replaceAll(/[<>]/g, "")) as { body?: string };
    const outcome = await request(() => ({ body: "ok" }), event).catch((error: unknown) => (error as Error).message);
    // Some samples are GET requests with a body, which no client of a gateway could send.
    const odd = { statusCode: 400, body: "a GET request can't have a body\n" };
    if (http.test(file)) expect([{ statusCode: 200, body: "ok" }, odd]).toContainEqual(brief(outcome));
    else if (typeof outcome === "string") expect(outcome).toContain("no HTTP request");
    else expect(outcome).toMatchObject({ statusCode: expect.any(Number) as number });
  });

  test("the main ones come to this", async () => {
    const main = [
      "sqs-event",
      "sns-event",
      "s3-event",
      "s3-event-with-decoded",
      "kinesis-event",
      "dynamodb-event",
      "s3-lifecycle-event",
    ];
    const found = await Promise.all(main.map(async (name) => [name, await seen(payload(name))] as const));
    const short = found.map(([name, events]) => [
      name,
      ...events.map(({ type, id, subject }) => ({ type, id, ...(subject === undefined ? {} : { subject }) })),
    ]);
    expect(short).toMatchInlineSnapshot(`
      [
        [
          "sqs-event",
          {
            "id": "MessageID_1",
            "type": "dev.fnpkg.message.received.v1",
          },
        ],
        [
          "sns-event",
          {
            "id": "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
            "type": "dev.fnpkg.message.received.v1",
          },
        ],
        [
          "s3-event",
          {
            "id": "C3D13FE58DE4C810.Happy Sequencer",
            "subject": "Happy Face.jpg",
            "type": "dev.fnpkg.object.created.v1",
          },
        ],
        [
          "s3-event-with-decoded",
          {
            "id": "C3D13FE58DE4C810.Happy Sequencer",
            "subject": "Happy Face.jpg",
            "type": "dev.fnpkg.object.created.v1",
          },
        ],
        [
          "kinesis-event",
          {
            "id": "shardId-000000000000:49568167373333333333333333333333333333333333333333333333",
            "type": "dev.fnpkg.record.received.v1",
          },
          {
            "id": "shardId-000000000000:49568167373333333334444444444444444444444444444444444444",
            "type": "dev.fnpkg.record.received.v1",
          },
        ],
        [
          "dynamodb-event",
          {
            "id": "f07f8ca4b0b26cb9c4e5e77e69f274ee",
            "type": "dev.fnpkg.record.received.v1",
          },
          {
            "id": "f07f8ca4b0b26cb9c4e5e77e42f274ee",
            "type": "dev.fnpkg.record.received.v1",
          },
        ],
        [
          "s3-lifecycle-event",
          {
            "id": "LIFECYCLE123456789.LIFECYCLEabcdefghijklmnopqrstuvwxyz",
            "subject": "lifecycle%2Dtest.dat",
            "type": "com.amazonaws.s3.s3:LifecycleTransition",
          },
        ],
      ]
    `);
  });
});
