/** A simulated vendor behind a network: latency, bandwidth, limits and faults, all from one seed and one clock. */
import { type Clock, systemClock } from "../../engine/clock.ts";
import { seededRandom } from "../faults.ts";
import type { WireCall, WireFault, WirePlan } from "./faults.ts";
import { fetchOf } from "./fetch.ts";
import { quotas } from "./quotas.ts";
import { type Listening, listen } from "./server.ts";
import type { Arrival, Surroundings, Vendor, WireAnswer, WireRequest } from "./wire.ts";

export interface SimulatorOptions {
  /** Everything that is left to chance comes from it; default 1. */
  readonly seed?: number;
  /** Default the machine's. */
  readonly clock?: Clock;
  /** Milliseconds a call takes, there and back; from a range by chance; default 0. */
  readonly latencyMs?: number | readonly [least: number, most: number];
  /** How many bytes a request's body moves in a millisecond; default without limit. */
  readonly bytesPerMs?: number;
  /** Default none. */
  readonly faults?: WirePlan;
  /** False: the vendor's limits are not kept; default they are. */
  readonly limited?: boolean;
}

/** One call as it went. */
export interface Exchange extends WireCall {
  /** Its query, with the question mark, or nothing. */
  readonly search: string;
  /** Milliseconds since the epoch. */
  readonly began: number;
  ended?: number;
  /** Bytes of its body. */
  readonly bytes: number;
  /** Of the answer that was heard, or that would have been; absent: the vendor never saw it. */
  status?: number;
  readonly fault?: WireFault;
}

export interface Simulator<V extends Vendor = Vendor> {
  readonly vendor: V;
  /** In this process, without sockets: for an adapter's `connect`. */
  readonly fetch: typeof globalThis.fetch;
  /** On a free port of 127.0.0.1, for a configuration's `endpoint`. */
  listen(): Promise<Listening>;
  /** Every call so far, in the order of sending. */
  readonly exchanges: Exchange[];
  /** What fails from now on; counted on from the calls so far. */
  faults: WirePlan;
  /** What others did so far, in order. */
  readonly disturbances: string[];
  /** One call, through all that lies between. Rejects with the signal's reason. */
  send(request: WireRequest, signal?: AbortSignal): Promise<Arrival>;
}

export function simulator<V extends Vendor>(make: (around: Surroundings) => V, options: SimulatorOptions = {}): Simulator<V> {
  const { seed = 1, clock = systemClock, latencyMs = 0, bytesPerMs = Number.POSITIVE_INFINITY, limited = true } = options;
  const chance = seededRandom(seed);
  const vendor = make({ now: () => clock.now(), random: seededRandom(seed + 1) });
  const take = quotas(limited ? vendor.rates : {}, clock);
  const exchanges: Exchange[] = [];
  const disturbances: string[] = [];
  const wait = async (ms: number, signal: AbortSignal | undefined) => {
    if (ms > 0) await clock.sleep(ms, signal);
    else signal?.throwIfAborted();
  };
  const latency = () => (typeof latencyMs === "number" ? latencyMs : latencyMs[0] + chance() * (latencyMs[1] - latencyMs[0]));

  const it: Simulator<V> = {
    vendor,
    fetch: fetchOf((request, signal) => it.send(request, signal)),
    listen: () => listen(vendor, (request) => it.send(request)),
    exchanges,
    faults: options.faults ?? (() => undefined),
    disturbances,
    async send(request, signal) {
      const { method, url } = request;
      const call: WireCall = { ...vendor.operation(request), index: exchanges.length, method, path: url.pathname };
      const fault = it.faults(call);
      const exchange: Exchange = {
        ...call,
        search: url.search,
        began: clock.now(),
        bytes: request.body.byteLength,
        ...(fault === undefined ? {} : { fault }),
      };
      exchanges.push(exchange);
      const [there, slow] = [latency() / 2, fault?.kind === "slow" ? fault.ms : 0];
      await wait(there + request.body.byteLength / bytesPerMs, signal);
      if (fault?.kind === "disturbed") disturbances.push(vendor.disturb(chance));
      const arrival = arrive(request, call, fault);
      if (arrival.heard !== "nothing") exchange.status = arrival.answer.status;
      await wait(slow + there, signal);
      exchange.ended = clock.now();
      return arrival;
    },
  };

  function arrive(request: WireRequest, { quota }: WireCall, fault: WireFault | undefined): Arrival {
    if (fault?.kind === "reset") return { heard: "nothing" };
    const unseen = fault === undefined ? undefined : insteadOf(vendor, request, fault);
    if (unseen !== undefined) return { heard: "all", answer: unseen };
    const tooSoonMs = take(quota);
    if (tooSoonMs > 0) return { heard: "all", answer: vendor.refuse({ why: "throttled", afterMs: tooSoonMs }, request) };
    const answer = vendor.answer(request);
    if (fault?.kind === "lost") return { heard: "nothing" };
    if (fault?.kind === "truncated") return { heard: "part", answer };
    if (fault?.kind === "internal-done") return { heard: "all", answer: vendor.refuse({ why: "internal" }, request) };
    return { heard: "all", answer: fault?.kind === "duplicate" ? vendor.answer(request) : answer };
  }
  return it;
}

/** What is heard where the vendor did nothing. */
function insteadOf(vendor: Vendor, request: WireRequest, fault: WireFault): WireAnswer | undefined {
  if (fault.kind === "unavailable" || fault.kind === "internal") return vendor.refuse({ why: fault.kind }, request);
  if (fault.kind === "throttled") return vendor.refuse({ why: "throttled", afterMs: fault.afterMs }, request);
  if (fault.kind !== "proxy") return undefined;
  return { status: 502, headers: { "content-type": "text/html" }, body: "<html><h1>502 Bad Gateway</h1></html>" };
}
