/** Where someone deploys the archive by other means, an event trigger makes the framework call it with events that it has read. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { missing, type Site, start } from "./archive-site.ts";
import { jobs, tick } from "./translate-cases.ts";

const title = missing.length > 0 ? `skipped: needs ${missing.join(" and ")}` : "by the framework";
const event = (data: string, attributes = {}) => ({
  specversion: "1.0",
  id: "m1",
  type: "google.cloud.pubsub.topic.v1.messagePublished",
  source: "//pubsub.googleapis.com/projects/acme-shop/topics/jobs",
  datacontenttype: "application/json",
  data: {
    message: { messageId: "m1", data: Buffer.from(data).toString("base64"), attributes },
    subscription: "projects/p/subscriptions/s",
  },
});

describe.skipIf(missing.length > 0)(`an event function that is called ${title}`, () => {
  let site: Site;
  beforeAll(async () => {
    site = await start({
      files: {
        "index.js": `export default (event) => { if (event.data === "fail") throw new Error("no"); console.log("got", event.source, JSON.stringify(event.data)); };`,
        "package.json": '{"type":"module"}',
      },
      signature: { type: "cloudevent", events: [{ type: "dev.fnpkg.message.received.v1" }] },
      triggers: [jobs, tick],
      env: { FUNCTION_SIGNATURE_TYPE: "cloudevent" },
    });
  });
  afterAll(() => site.close());
  const post = (body: object, type = "application/cloudevents+json") =>
    site
      .fetch("/", { method: "POST", headers: { "content-type": type }, body: JSON.stringify(body) })
      .then(({ status }) => status);

  test("gets neutral events, and fails them", async () => {
    expect(await post(event("x"))).toBeLessThan(300);
    expect(site.output()).toContain('got fnpkg:thumbnail/jobs "x"');
    expect(await post(event("fail"))).toBe(500);
    expect(await post({ ...event("x"), type: "" })).toBe(500);
    expect(await post(event("x"))).toBeLessThan(300);
  });

  test("gets schedules, as due now", async () => {
    expect(await post({ fnpkg: "schedule", trigger: "tick", data: 1 }, "application/json")).toBeLessThan(300);
    expect(site.output()).toMatch(/got fnpkg:thumbnail\/tick \{"scheduledTime":"[^"]+","trigger":"tick","data":1\}/);
  });
});
