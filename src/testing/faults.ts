/** Makes calls fail on purpose: before they reach the target, or after it did what was asked and the answer was lost. */
import type { Adapter, AnyLifecycle } from "../contract.ts";

/** One call, counted from 0 over everything that is wrapped together. */
export interface Call {
  readonly index: number;
  /** `create`, `read`, …; a client's method; `fetch`. */
  readonly verb: string;
  readonly kind?: string;
  readonly id?: string;
  /** The target itself refused it; injected faults are none of it. */
  readonly refused?: boolean;
}

export interface Fault {
  /** `before`: the target never sees it. `after`: the target does it, the answer is lost. */
  readonly when: "before" | "after";
  /** `passing`: the adapter calls it worth another try. `fatal`: it does not. */
  readonly how: "passing" | "fatal";
}

/** Which calls fail. */
export type FaultPlan = (call: Call) => Fault | undefined;

/** What an injected fault looks like: the engine's `explain` is told, the adapter's is not asked. */
export interface InjectedFault extends Error {
  readonly injected: Fault;
}

export interface Faulty<Section, Client> {
  readonly adapter: Adapter<Section, Client>;
  /** Every call so far. */
  readonly calls: readonly Call[];
}

const VERBS = ["find", "read", "create", "update", "delete"] as const;
const WRITES: ReadonlySet<string> = new Set(["create", "update", "delete"]);

/** True for a call that changes something. */
export function isWrite(call: Pick<Call, "verb">): boolean {
  return WRITES.has(call.verb);
}

/** The adapter with every call of its lifecycles counted, and failing as planned. */
export function withFaults<Section, Client>(
  adapter: Adapter<Section, Client>,
  plan: FaultPlan = () => undefined,
): Faulty<Section, Client> {
  const calls: Call[] = [];
  const kinds = Object.fromEntries(
    Object.entries(adapter.kinds).map(([kind, lifecycle]) => [kind, faultyLifecycle(kind, lifecycle, calls, plan)]),
  );
  return { adapter: { ...adapter, kinds, explain: explaining(adapter) }, calls };
}

/** The adapter with a client whose every call is counted and fails as planned: finer than whole lifecycle calls. */
export function withClientFaults<Section, Client extends object>(
  adapter: Adapter<Section, Client>,
  plan: FaultPlan = () => undefined,
): Faulty<Section, Client> {
  const calls: Call[] = [];
  const connect = async (...args: Parameters<typeof adapter.connect>) =>
    faultyClient(await adapter.connect(...args), calls, plan);
  return { adapter: { ...adapter, connect, explain: explaining(adapter) }, calls };
}

/** `fetch` with faults, for adapters whose client takes one. */
export function faultyFetch(fetch: typeof globalThis.fetch, plan: FaultPlan, calls: Call[] = []): typeof globalThis.fetch {
  return (input, init) =>
    injected(calls, plan, { verb: "fetch", id: input instanceof Request ? input.url : String(input) }, () => fetch(input, init));
}

/** The call at `index` fails. */
export function faultAt(index: number, fault: Fault): FaultPlan {
  return (call) => (call.index === index ? fault : undefined);
}

/** Calls fail at random with the given share, always the same for the same seed. */
export function seededFaults(seed: number, share: number): FaultPlan {
  const random = seededRandom(seed);
  return () => {
    const [hit, when, how] = [random(), random(), random()];
    if (hit >= share) return undefined;
    return { when: when < 0.5 ? "before" : "after", how: how < 0.8 ? "passing" : "fatal" };
  };
}

/** Numbers from 0 to 1, always the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function faultyLifecycle<Client>(
  kind: string,
  lifecycle: AnyLifecycle<Client>,
  calls: Call[],
  plan: FaultPlan,
): AnyLifecycle<Client> {
  const wrapped: Record<string, unknown> = { ...lifecycle };
  for (const verb of VERBS) {
    const method = lifecycle[verb] as ((...args: unknown[]) => Promise<unknown>) | undefined;
    if (method === undefined) continue;
    wrapped[verb] = (...args: unknown[]) => {
      const id = typeof args[1] === "string" ? { id: args[1] } : {};
      return injected(calls, plan, { verb, kind, ...id }, () => method.apply(lifecycle, args));
    };
  }
  return wrapped as unknown as AnyLifecycle<Client>;
}

function faultyClient<Client extends object>(client: Client, calls: Call[], plan: FaultPlan): Client {
  return new Proxy(client, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member === "object" && member !== null) return faultyClient(member, calls, plan);
      if (typeof member !== "function" || typeof name !== "string") return member;
      return (...args: unknown[]) => {
        const answer = () => (member as (...args: unknown[]) => unknown).apply(target, args);
        return injected(calls, plan, { verb: name }, answer);
      };
    },
  });
}

/** What is not a promise is handed through: only calls over a network can fail halfway. */
function injected<T>(calls: Call[], plan: FaultPlan, call: Omit<Call, "index" | "refused">, work: () => T): T {
  const counted: { -readonly [member in keyof Call]: Call[member] } = { index: calls.length, ...call };
  calls.push(counted);
  const fault = plan(counted);
  if (fault?.when === "before") return Promise.reject(faultError(counted, fault)) as T;
  const answer = work();
  if (!(answer instanceof Promise)) return answer;
  return answer.then(
    (value: unknown) => (fault === undefined ? value : Promise.reject(faultError(counted, fault))),
    (cause: unknown) => {
      counted.refused = true;
      throw cause;
    },
  ) as T;
}

function faultError(call: Call, fault: Fault): InjectedFault {
  const what = fault.when === "before" ? "not sent" : "answer lost";
  return Object.assign(new Error(`injected fault at call ${call.index} (${call.verb}): ${what}`), { injected: fault });
}

function explaining<Section, Client>(adapter: Adapter<Section, Client>): NonNullable<Adapter["explain"]> {
  return (cause) => {
    const fault = cause instanceof Error && "injected" in cause ? (cause as InjectedFault).injected : undefined;
    if (fault === undefined) return adapter.explain?.(cause);
    return { code: "E_NETWORK", retry: fault.how === "passing" ? "now" : "never" };
  };
}
