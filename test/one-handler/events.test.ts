/** One sealed package gets the same events on every target, and its failures are told in each one's own way. */
import { readFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { batchSource, eventSource } from "./handler.ts";
import { packed } from "./packages.ts";
import { bound, type Happening, type Outcome, type Running, type Target } from "./target.ts";
import { targets, titleOf } from "./targets.ts";

type Event = { readonly [name: string]: unknown };
type Message = Extract<Happening, { type: "message" }>;

const vocabulary = ["message.received", "object.created", "object.deleted", "schedule.fired"];
const signature = { type: "cloudevent", events: vocabulary.map((name) => ({ type: `dev.fnpkg.${name}.v1` })) };
const digests = new Map<string, string>();

/** The handler on a target with one trigger, and what it has seen. */
class Subject {
  readonly running: Running;
  readonly #out: string;
  #seen = 0;

  private constructor(running: Running, out: string) {
    this.running = running;
    this.#out = out;
  }

  static async start(target: Target, trigger: object, batch = false): Promise<Subject> {
    const folder = await mkdtemp(join(tmpdir(), "fnpkg-one-"));
    const out = join(folder, "seen.jsonl");
    const source = batch ? batchSource : eventSource;
    const file = await packed(folder, source, { ...signature, batch });
    const settings = { env: { OUT: out }, triggers: [trigger] };
    return new Subject(await target.start({ package: file, folder, settings }), out);
  }

  /** The outcomes, and the events that came of it. */
  async deliver(happenings: readonly Happening[], expected = happenings.length): Promise<[readonly Outcome[], Event[]]> {
    const outcomes = await this.running.deliver(happenings);
    for (const end = Date.now() + 60_000; this.#all().length < this.#seen + expected && Date.now() < end;) await wait(20);
    const events = this.#all().slice(this.#seen);
    this.#seen += events.length;
    return [outcomes, events];
  }

  #all(): Event[] {
    try {
      const lines = readFileSync(this.#out, "utf8").split("\n");
      return lines.slice(0, -1).map((line) => JSON.parse(line) as Event);
    } catch {
      return [];
    }
  }
}

const message = (id: string, body: string | Uint8Array, more: Partial<Message> = {}): Message => ({
  type: "message",
  trigger: bound.queue,
  id,
  body,
  ...more,
});

const cloudEvent = { specversion: "1.0", id: "7", source: "/shop", type: "com.acme.order", data: { n: 1 } };
const messages: readonly [name: string, Message, Event][] = [
  ["text", message("m1", "grüße ✓"), { data: "grüße ✓" }],
  ["JSON that isn't said to be", message("m2", '{"a":1}'), { data: '{"a":1}' }],
  [
    "JSON that is",
    message("m3", '{"a":1}', { contentType: "application/json" }),
    { data: { a: 1 }, datacontenttype: "application/json" },
  ],
  [
    "attributes",
    message("m4", "x", { attributes: { Kind: "new", "tenant-id": "ü", plain: "" } }),
    { data: "x", msgkind: "new", msgtenantid: "ü" },
  ],
  ["long text", message("m5", "x".repeat(200_000)), { data: "x".repeat(200_000) }],
];

describe.each(targets)("$name", (target) => {
  describe.skipIf(target.missing.length > 0)(`events on ${titleOf(target)}`, () => {
    const { name } = target;
    const subjects: Subject[] = [];
    const start = async (trigger: object, batch?: boolean): Promise<Subject> => {
      const subject = await Subject.start(target, trigger, batch);
      subjects.push(subject);
      return subject;
    };
    afterAll(() => Promise.all(subjects.map(({ running }) => running.close())));

    describe.each([
      [bound.queue, { name: bound.queue, type: "queue", source: bound.queue }],
      [bound.topic, { name: bound.topic, type: "topic", source: bound.topic }],
    ])("messages of %s", (trigger, settings) => {
      let subject: Subject;
      beforeAll(async () => {
        subject = await start(settings);
      });

      test("come of the same package", () => {
        const { packageDigest } = subject.running;
        expect(digests.get("single") ?? packageDigest).toBe(packageDigest);
        digests.set("single", packageDigest);
      });

      test.each(messages)("with %s", async (_, given, wanted) => {
        const [outcomes, events] = await subject.deliver([{ ...given, trigger }]);
        expect(outcomes).toEqual(["handled"]);
        expect(events).toHaveLength(1);
        expect(events[0]).toMatchObject({
          specversion: "1.0",
          id: given.id,
          type: "dev.fnpkg.message.received.v1",
          source: `fnpkg:tested/${trigger}`,
          vendorsource: expect.stringContaining(trigger) as unknown,
          ...wanted,
        });
      });

      test.each(target.without?.bytes === undefined ? [Uint8Array.of(0, 255, 128)] : [])("with bytes: %j", async (bytes) => {
        const [outcomes, events] = await subject.deliver([message("m6", bytes, { trigger })]);
        expect([outcomes, events[0]?.["data"]]).toEqual([["handled"], { bytes: "00ff80" }]);
      });

      test("that are CloudEvents come as these", async () => {
        const structured = message("m7", JSON.stringify({ ...cloudEvent, datacontenttype: "application/json" }), {
          trigger,
          contentType: "application/cloudevents+json",
        });
        const attributes = { "ce-specversion": "1.0", "ce-id": "7", "ce-source": "/shop", "ce-type": "com.acme.order" };
        const binary = message("m8", '{"n":1}', { trigger, contentType: "application/json", attributes });
        for (const one of [structured, binary]) {
          const [outcomes, [event]] = await subject.deliver([one]);
          expect(outcomes).toEqual(["handled"]);
          // How often it was delivered is the one thing that is added.
          expect({ ...event, deliveryattempt: undefined }).toEqual({ ...cloudEvent, datacontenttype: "application/json" });
        }
      });

      test("that fail are told apart from those that don't", async () => {
        // A topic's are delivered one by one everywhere.
        const given = ["ok", "fail", "fine"].map((body, i) => message(`f${i}`, body, { trigger }));
        if (trigger === bound.queue) {
          const [outcomes, events] = await subject.deliver(given);
          expect(outcomes).toEqual(["handled", "failed", "handled"]);
          expect(new Set(events.map(({ data }) => data))).toEqual(new Set(["fail", "fine", "ok"]));
        } else {
          for (const one of given)
            expect((await subject.deliver([one]))[0]).toEqual([one.body === "fail" ? "failed" : "handled"]);
        }
      });
    });

    test("a handler of batches says which failed", async () => {
      const subject = await start({ name: bound.queue, type: "queue", source: bound.queue }, true);
      const { packageDigest } = subject.running;
      expect(digests.get("batch") ?? packageDigest).toBe(packageDigest);
      digests.set("batch", packageDigest);
      const given = ["ok", "fail", "fine"].map((body, i) => message(`b${i}`, body));
      const [outcomes, events] = await subject.deliver(given);
      expect(outcomes).toEqual(["handled", "failed", "handled"]);
      expect(new Set(events.map(({ data }) => data))).toEqual(new Set(["fail", "fine", "ok"]));
    });

    test("objects that are made and deleted have their key as it is", async () => {
      const source = { name: "up", type: "object-storage", source: "photos" };
      const keys = ["in/a.jpg", "in/a b+c%20d.jpg", "in/ünï-✓/ö.jpg", "in/q?&=#[x].jpg", "in/'\"<>.jpg"];
      for (const type of ["created", "deleted"] as const) {
        const subject = await start({ ...source, events: [type] });
        if (type === "deleted" && name.startsWith("local")) {
          await subject.running.deliver(keys.map((key, i) => ({ type: "created", trigger: "up", id: `o${i}`, key, size: 1 })));
          await wait(1500);
        }
        for (const [i, key] of keys.entries()) {
          const happening = { type, trigger: "up", id: `o${i}`, key, size: 12 } as Happening;
          const [outcomes, events] = await subject.deliver([happening]);
          expect([outcomes, events.length], key).toEqual([["handled"], 1]);
          expect(events[0], key).toMatchObject({
            type: `dev.fnpkg.object.${type}.v1`,
            source: "fnpkg:tested/up",
            subject: key,
            datacontenttype: "application/json",
            data: { container: expect.stringMatching(/photos$/) as unknown, key, ...(type === "created" ? { size: 12 } : {}) },
          });
          expect(events[0]?.["id"], key).toEqual(expect.stringMatching(/./));
          if (type === "deleted") expect(events[0]?.["data"]).not.toHaveProperty("size");
        }
      }
    });

    test("objects that the filter leaves out are no events", async () => {
      const filter = { prefix: "in/", suffix: ".jpg" };
      const subject = await start({ name: "up", type: "object-storage", source: "photos", filter });
      const created = (key: string, i: number): Happening => ({ type: "created", trigger: "up", id: `x${i}`, key, size: 1 });
      // On AWS the bucket itself leaves them out, on Azure the subscription: what comes has passed.
      if (!/^(aws-lambda|azure-functions)/.test(name)) await subject.running.deliver(["out/a.jpg", "in/a.png"].map(created));
      const [, events] = await subject.deliver([created("in/b.jpg", 9)], 1);
      expect(events.map(({ subject }) => subject)).toEqual(["in/b.jpg"]);
    });

    test.each(target.without?.schedule === undefined ? ["2026-01-02T03:05:00Z"] : [])("schedules were due at %s", async (due) => {
      const subject = await start({ name: "tick", type: "schedule", cron: "5 3 * * *", data: { mode: "sweep" } });
      const [outcomes, [event]] = await subject.deliver([{ type: "schedule", trigger: "tick", time: due }]);
      expect(outcomes).toEqual(["handled"]);
      const time = "2026-01-02T03:05:00.000Z";
      expect(event).toMatchObject({
        id: `tick/${time}`,
        type: "dev.fnpkg.schedule.fired.v1",
        source: "fnpkg:tested/tick",
        time,
        datacontenttype: "application/json",
        data: { scheduledTime: time, trigger: "tick", data: { mode: "sweep" } },
      });
    });
  });
});
