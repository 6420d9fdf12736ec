/** What lies between a client and a simulated vendor: the same over `fetch` in this process and over a socket. */
import { describe, expect, it } from "vitest";
import {
  randomWireFaults,
  simulator,
  type SimulatorOptions,
  type Surroundings,
  type Vendor,
  virtualClock,
  type WireFault,
  wireFaults,
} from "fnpkg/testing";

interface Counter extends Vendor {
  count: number;
}

/** Counts up with every POST, and names a host of its own. */
function counter({ now }: Surroundings): Counter {
  const it: Counter = {
    name: "counter",
    count: 0,
    operation: ({ method }) => ({ name: `counter:${method}`, writes: method === "POST", quota: "calls" }),
    answer({ method, url, body }) {
      if (method === "POST") it.count += 1;
      const said = {
        count: it.count,
        at: now(),
        host: url.host,
        see: "https://own.counter.example/x",
        got: Buffer.from(body).toString(),
      };
      return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(said) };
    },
    refuse: ({ why, afterMs = 0 }) => ({
      status: why === "throttled" ? 429 : 503,
      headers: { "retry-after": String(Math.ceil(afterMs / 1000)) },
      body: why,
    }),
    rates: { calls: { calls: 10, perMs: 1000, burst: 3 } },
    authorities: () => ["own.counter.example"],
    snapshot: () => ({ count: it.count }),
    save: () => it.count,
    restore(saved) {
      it.count = saved as number;
    },
    disturb() {
      it.count += 100;
      return "a hundred more";
    },
  };
  return it;
}

const address = "https://api.counter.example/count";
const post = { method: "POST", body: "hello" };
const started = (options: SimulatorOptions = {}) => {
  const clock = virtualClock();
  return { clock, sim: simulator(counter, { clock, ...options }) };
};
const failing = (fault: WireFault) => started({ faults: wireFaults([{ ...fault, at: 0 }]) });

describe("calls in this process", () => {
  it("take their latency and the time that their bytes take", async () => {
    const { sim, clock } = started({ latencyMs: 80, bytesPerMs: 0.5 });
    const answer = (await (await sim.fetch(address, post)).json()) as { readonly at: number };
    expect(clock.elapsed()).toBe(90);
    expect(answer.at - (clock.now() - 90)).toBe(50);
    expect(sim.exchanges).toMatchObject([
      { name: "counter:POST", writes: true, index: 0, bytes: 5, status: 200, path: "/count" },
    ]);
  });

  it("go at the same time", async () => {
    const { sim, clock } = started({ latencyMs: 100, limited: false });
    await Promise.all(Array.from({ length: 20 }, () => sim.fetch(address)));
    expect(clock.elapsed()).toBe(100);
  });

  it("end with the signal, before or after the vendor has seen them", async () => {
    const { sim, clock } = started({ latencyMs: 100 });
    for (const [afterMs, count] of [
      [20, 0],
      [70, 1],
    ] as const) {
      const stop = new AbortController();
      const sent = sim.fetch(address, { ...post, signal: stop.signal });
      const heard = sent.catch((cause: unknown) => cause);
      await clock.sleep(afterMs);
      stop.abort(new Error("enough"));
      expect(await heard).toMatchObject({ message: "enough" });
      expect(sim.vendor.count).toBe(count);
    }
  });

  it("are refused beyond the vendor's limit, until the time it names", async () => {
    const { sim, clock } = started();
    const statuses = async (calls: number) =>
      (await Promise.all(Array.from({ length: calls }, () => sim.fetch(address)))).map(({ status }) => status);
    expect(await statuses(4)).toEqual([200, 200, 200, 429]);
    await clock.sleep(100);
    expect(await statuses(2)).toEqual([200, 429]);
    expect((await started({ limited: false }).sim.fetch(address)).status).toBe(200);
  });
});

describe.each(["fetch", "listen"] as const)("a fault, over %s", (front) => {
  /** Real sockets take real time. */
  const on = async (fault: WireFault, work: (call: () => Promise<Response>, of: ReturnType<typeof started>) => Promise<void>) => {
    const of = failing(fault);
    if (front === "fetch") return work(() => of.sim.fetch(address, post), of);
    const server = await of.sim.listen();
    try {
      return await work(() => fetch(`${server.endpoint}/count`, post), of);
    } finally {
      await server.close();
    }
  };

  it.each([
    ["reset", 0],
    ["lost", 1],
  ] as const)("%s: no answer, and the vendor did it %i times", (kind, count) =>
    on({ kind }, async (call, { sim }) => {
      await expect(call()).rejects.toThrow("fetch failed");
      expect(sim.vendor.count).toBe(count);
      expect((await call()).status).toBe(200);
    }),
  );

  it("truncated: the status is heard, the body breaks off", () =>
    on({ kind: "truncated" }, async (call, { sim }) => {
      const answer = await call();
      expect(answer.status).toBe(200);
      await expect(answer.text()).rejects.toThrow("terminated");
      expect(sim.vendor.count).toBe(1);
    }));

  it.each([
    ["unavailable", 503, 0],
    ["internal", 503, 0],
    ["internal-done", 503, 1],
    ["proxy", 502, 0],
    ["duplicate", 200, 2],
    ["disturbed", 200, 101],
  ] as const)("%s: answered with %i, and the vendor counts %i", (kind, status, count) =>
    on({ kind }, async (call, { sim }) => {
      expect((await call()).status).toBe(status);
      expect(sim.vendor.count).toBe(count);
      expect(sim.disturbances).toEqual(kind === "disturbed" ? ["a hundred more"] : []);
    }),
  );

  it("throttled: says when to come back", () =>
    on({ kind: "throttled", afterMs: 7000 }, async (call, { sim }) => {
      const answer = await call();
      expect([answer.status, answer.headers.get("retry-after"), sim.vendor.count]).toEqual([429, "7", 0]);
    }));
});

describe("a plan of faults", () => {
  it("covers as many calls as it says", async () => {
    const { sim } = started({ limited: false, faults: wireFaults([{ kind: "unavailable", at: 1, times: 2 }]) });
    const statuses: number[] = [];
    for (let call = 0; call < 4; call++) statuses.push((await sim.fetch(address)).status);
    expect(statuses).toEqual([200, 503, 503, 200]);
  });

  it("is the same for the same seed", async () => {
    const heard = async (seed: number) => {
      const { sim } = started({ seed, limited: false, latencyMs: [10, 90], faults: randomWireFaults(seed, 0.4) });
      for (let call = 0; call < 40; call++) await sim.fetch(address, post).catch(() => undefined);
      return sim.exchanges.map(({ status, fault, began }) => [status, fault?.kind, began]);
    };
    const [one, again, other] = [await heard(3), await heard(3), await heard(4)];
    expect(one).toEqual(again);
    expect(one).not.toEqual(other);
  });
});

describe("on loopback", () => {
  it("a host that the vendor names has a port of its own, and the vendor sees its name", async () => {
    const sim = simulator(counter);
    const server = await sim.listen();
    try {
      const body = JSON.stringify({ from: `http://${server.addressOf("own.counter.example")}/y` });
      const said = async (url: string) =>
        (await (await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body })).json()) as {
          readonly [field: string]: string;
        };
      const first = await said(`${server.endpoint}/count`);
      expect(first["see"]).toBe(`http://${server.addressOf("own.counter.example")}/x`);
      const second = await said(String(first["see"]));
      expect(second["host"]).toBe(server.addressOf("own.counter.example"));
      // On the way out the name is replaced again, in what was put back on the way in.
      expect(second["got"]).toBe(body);
      expect(sim.exchanges.map(({ path }) => path)).toEqual(["/count", "/x"]);
    } finally {
      await server.close();
    }
  });

  it("waits for its latency on the machine's clock", async () => {
    const sim = simulator(counter, { latencyMs: 60 });
    const server = await sim.listen();
    try {
      const began = performance.now();
      await fetch(server.endpoint);
      expect(performance.now() - began).toBeGreaterThan(55);
    } finally {
      await server.close();
    }
  });
});
