import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withClock } from "./clock.ts";

import {
  answerEvents,
  createEventFunction,
  invocationFrom,
  invocationHeaders,
  pickHandler,
  toBatch,
  toBinary,
  toStructured,
} from "../../src/runtime/index.ts";
import type { CloudEvent, CloudEventBatchHandler, CloudEventHandler, EventMessage } from "../../src/runtime/index.ts";

interface Line {
  message: string;
  code?: string;
}

function make(handler: unknown, batch = false, timeoutMs?: number) {
  const lines: Line[] = [];
  const fn = createEventFunction({
    handler: pickHandler({ default: handler }, { module: "test", export: "default", type: "cloudevent" }),
    signature: { type: "cloudevent", batch },
    function: { name: "f", version: "1.0.0", packageDigest: "sha256:0" },
    target: { name: "test" },
    log: { write: (_stream, line) => lines.push(JSON.parse(line) as Line) },
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  return { fn, lines };
}

const numbered = (count: number): CloudEvent[] =>
  Array.from({ length: count }, (_, n) => ({ specversion: "1.0", id: String(n), source: "s", type: "t" }));
const failed = ({ failures }: { failures: { index: number }[] }) => failures.map(({ index }) => index);
const all = (count: number) => [...Array(count).keys()];
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("single events of an unordered source", () => {
  it("run ten at a time, and each failure counts for itself", async () => {
    let running = 0;
    let most = 0;
    const { fn, lines } = make((async ({ id }) => {
      most = Math.max(most, ++running);
      await pause(1);
      running--;
      if (Number(id) % 7 === 3) throw new Error(`no ${id}`);
    }) satisfies CloudEventHandler);
    const { failures } = await fn.events(numbered(25));
    expect(failures).toEqual([3, 10, 17, 24].map((index) => ({ index, reason: `no ${index}` })));
    expect([most, lines.length, lines[0]?.code]).toEqual([10, 4, "E_HANDLER"]);
    most = 0;
    await fn.events(numbered(8), {}, { concurrency: 3 });
    expect(most).toBe(3);
  });

  it("fail before the deadline when they never settle, and start nothing near it", async () => {
    const started: string[] = [];
    const { fn } = make((({ id }) => (started.push(id), new Promise<void>(() => undefined))) satisfies CloudEventHandler);
    let deadline = 0;
    const { value, at } = await withClock(() => fn.events(numbered(12), { deadline: (deadline = Date.now() + 800) }));
    expect(at).toBeLessThan(deadline);
    expect(failed(value)).toEqual(all(12));
    expect(started.length).toBe(10);
  });

  it("are handled even when the deadline is near from the start", async () => {
    const { fn } = make(() => undefined);
    const { value } = await withClock(() => fn.events(numbered(3), { deadline: Date.now() + 300 }));
    expect(failed(value)).toEqual([]);
  });

  it("that wait their turn aren't started near the deadline", async () => {
    const started: string[] = [];
    const { fn } = make((async ({ id }) => {
      started.push(id);
      await pause(700);
    }) satisfies CloudEventHandler);
    const { value } = await withClock(() => fn.events(numbered(3), { deadline: Date.now() + 1100 }, { concurrency: 1 }));
    expect([started, failed(value)]).toEqual([["0"], [1, 2]]);
  });

  it("fail where an event couldn't be converted", async () => {
    const { fn, lines } = make(() => undefined);
    const events = [...numbered(1), new Error("poison"), ...numbered(1)];
    expect(await fn.events(events)).toEqual({ failures: [{ index: 1, reason: "poison" }], whole: false });
    expect(lines[0]?.code).toBe("E_EVENT");
  });

  it("fail, all that are pending, when the process caught an error", async () => {
    const { fn } = make((({ id }) => (id === "1" ? undefined : new Promise<void>(() => undefined))) satisfies CloudEventHandler);
    const result = fn.events(numbered(4));
    await pause(10);
    fn.uncaught(new Error("from a timer"));
    expect((await result).failures).toEqual([0, 2, 3].map((index) => ({ index, reason: "from a timer" })));
  });

  it("ignore what the handler returns", async () => {
    for (const result of [{ failures: [{ index: 0 }] }, { batchItemFailures: [] }, null, "x"]) {
      expect(failed(await make(() => result).fn.events(numbered(2)))).toEqual([]);
    }
  });

  it("have the trace of their own event and await waitUntil", async () => {
    let done = false;
    const seen: unknown[] = [];
    const { fn } = make(((_, { trace, waitUntil }) => {
      seen.push(trace.traceparent);
      waitUntil(pause(10).then(() => (done = true)));
    }) satisfies CloudEventHandler);
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    await fn.events([{ ...(numbered(1)[0] as CloudEvent), traceparent }, ...numbered(1)]);
    expect([seen, done]).toEqual([[traceparent, undefined], true]);
  });
});

describe("single events of an ordered source", () => {
  it("stop at the first failure; it and everything after it failed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 12 }), async (fails) => {
        const handled: number[] = [];
        const { fn } = make((async ({ id }) => {
          await Promise.resolve();
          handled.push(Number(id));
          if (fails[Number(id)]) throw new Error("no");
        }) satisfies CloudEventHandler);
        const result = await fn.events(numbered(fails.length), {}, { ordered: true });
        const first = fails.indexOf(true);
        expect(failed(result)).toEqual(first < 0 ? [] : all(fails.length).slice(first));
        expect(handled).toEqual(first < 0 ? all(fails.length) : all(first + 1));
      }),
    );
  });

  it("stop within their group only", async () => {
    const { fn } = make((({ id }) => {
      if (id === "2") throw new Error("no");
    }) satisfies CloudEventHandler);
    const groupOf = ({ id }: CloudEvent) => (Number(id) % 2 === 0 ? "even" : "odd");
    expect(failed(await fn.events(numbered(7), {}, { ordered: true, groupOf }))).toEqual([2, 4, 6]);
  });

  it("stop at an event that couldn't be converted", async () => {
    const { fn } = make(() => undefined);
    expect(
      failed(await fn.events([...numbered(1), new Error("x"), ...numbered(1)], {}, { ordered: true, groupOf: ({ id }) => id })),
    ).toEqual([1, 2]);
  });
});

describe("batches", () => {
  it.each<[string, unknown, number[]]>([
    ["nothing", undefined, []],
    ["no failures", { failures: [] }, []],
    ["two", { failures: [{ index: 2, reason: "x" }, { index: 0 }] }, [0, 2]],
    ["a promise", Promise.resolve({ failures: [{ index: 1 }] }), [1]],
  ])("take %s", async (_, result, expected) => {
    expect(failed(await make(() => result, true).fn.events(numbered(3)))).toEqual(expected);
  });

  it.each<[string, unknown]>([
    ["out of range", { failures: [{ index: 3 }] }],
    ["negative", { failures: [{ index: -1 }] }],
    ["twice", { failures: [{ index: 1 }, { index: 1 }] }],
    ["a fraction", { failures: [{ index: 0.5 }] }],
    ["text", { failures: [{ index: "0" }] }],
    ["NaN", { failures: [{ index: NaN }] }],
    ["missing", { failures: [{}] }],
    ["null", { failures: [null] }],
    ["sparse", { failures: Array(1) }],
    ["no list", { failures: { index: 1 } }],
    ["null as the result", null],
    ["an empty object", {}],
    ["a vendor's answer", { batchItemFailures: [] }],
    ["an array", []],
    ["text as the result", "ok"],
  ])("fail whole when an index is %s, and log E_BATCH_RESULT", async (_, result) => {
    const { fn, lines } = make(() => result, true);
    const answer = await fn.events(numbered(3));
    expect([failed(answer), answer.whole, lines[0]?.code]).toEqual([[0, 1, 2], true, "E_BATCH_RESULT"]);
  });

  it("fail whole when the handler throws or never settles", async () => {
    const thrown = await make(() => Promise.reject(new Error("no")), true).fn.events(numbered(2));
    expect(thrown).toEqual({
      failures: [
        { index: 0, reason: "no" },
        { index: 1, reason: "no" },
      ],
      whole: true,
    });
    const stuck = await make(() => new Promise(() => undefined), true, 60).fn.events(numbered(2));
    expect(failed(stuck)).toEqual([0, 1]);
  });

  it("that are empty succeed without the handler", async () => {
    const handler = () => {
      throw new Error("called");
    };
    expect(await make(handler, true).fn.events([])).toEqual({ failures: [], whole: false });
    expect(await make(handler).fn.events([])).toEqual({ failures: [], whole: false });
  });

  it("name the right events where some couldn't be converted", async () => {
    const { fn } = make(
      ((events) => {
        expect(events.map(({ id }) => id)).toEqual(["0", "1"]);
        return { failures: [{ index: 1 }] };
      }) satisfies CloudEventBatchHandler,
      true,
    );
    const [a, b] = numbered(2) as [CloudEvent, CloudEvent];
    expect(failed(await fn.events([new Error("x"), a, new Error("y"), b]))).toEqual([0, 2, 3]);
  });

  it("are judged by what was handed over, whatever the handler did to the list", async () => {
    const { fn } = make((events: CloudEvent[]) => (events.splice(0), { failures: [{ index: 2 }] }), true);
    expect(failed(await fn.events(numbered(3)))).toEqual([2]);
  });

  it("answer something to any result", async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything(), async (result) => {
        const { failures } = await make(() => result, true).fn.events(numbered(2));
        for (const { index } of failures) expect([0, 1]).toContain(index);
      }),
    );
  });
});

describe("the server contract", () => {
  const post = (fn: ReturnType<typeof make>["fn"], message: EventMessage) => answerEvents(fn, { method: "POST", ...message });
  const [one] = numbered(1) as [CloudEvent];

  it("answers 2xx when the event was handled, 500 when not", async () => {
    for (const message of [toBinary(one), toStructured(one)]) {
      for (const batch of [false, true]) {
        expect((await post(make(() => undefined, batch).fn, message)).status).toBe(204);
        const broken = make(() => Promise.reject(new Error("secret")), batch);
        const { status, body } = await post(broken.fn, message);
        expect([status, String(body).includes("secret")]).toEqual([500, false]);
      }
    }
  });

  it("answers a batch with its failures", async () => {
    const { fn } = make(() => ({ failures: [{ index: 1, reason: "x" }] }), true);
    const answer = await post(fn, toBatch(numbered(2)));
    expect([answer.status, answer.body]).toEqual([200, '{"failures":[{"index":1,"reason":"x"}]}']);
    expect((await post(fn, toBatch([]))).body).toBe('{"failures":[]}');
    const broken = await post(make(() => Promise.reject(new Error("no")), true).fn, toBatch(numbered(2)));
    expect(broken.status).toBe(500);
  });

  it("refuses what it didn't ask for or can't read", async () => {
    const { fn } = make(() => undefined);
    expect((await post(fn, toBatch([one]))).status).toBe(415);
    expect((await post(fn, { headers: [], body: null })).status).toBe(400);
    expect((await post(fn, { headers: [["content-type", "application/cloudevents+json"]], body: "{" })).status).toBe(400);
    expect((await answerEvents(fn, { method: "GET", headers: [], body: null })).status).toBe(405);
  });

  it("carries the invocation in headers", () => {
    const deadline = new Date(1_700_000_000_123);
    const headers = invocationHeaders({ id: "i", deadline });
    expect(headers).toEqual([
      ["function-invocation-id", "i"],
      ["function-deadline", "1700000000123"],
    ]);
    expect(
      invocationFrom([
        ["Function-Invocation-Id", "i"],
        ["FUNCTION-DEADLINE", "1700000000123"],
        ["x", "y"],
      ]),
    ).toEqual({ id: "i", deadline: 1_700_000_000_123 });
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    expect(invocationFrom([["Traceparent", traceparent]])).toEqual({ trace: { traceparent } });
    expect(invocationHeaders({ deadline: null })).toEqual([]);
    expect(
      invocationFrom([
        ["function-deadline", "soon"],
        ["function-invocation-id", ""],
      ]),
    ).toEqual({});
  });
});
