/**
 * The critical path of a graph of calls. A graph is a list of nodes: one call each, by its operation (`op`), after which others it
 * may go (`after`), and what it moves (`bytes`). `once` is the vendor's own asynchronous time: the call answers what is waited for
 * only when it arrives so many milliseconds after another call arrived. `rest` is how long the vendor asks not to be asked. A
 * perfect client sends each call at the first moment that it is of use, so the path is the longest chain of latencies, uploads and
 * the vendor's own times.
 */

/**
 * @param {readonly { id: string, op: string, after: readonly string[], bytes?: number, rest?: number, once?: { of: string, ms: number } }[]} graph
 * @param {{ latencyMs: number, bytesPerMs: number }} network
 * @returns {{ ms: number, chain: readonly string[], calls: number }}
 */
export function criticalPath(graph, { latencyMs, bytesPerMs }) {
  const done = new Map();
  for (const { id, op, after, bytes = 0, rest = 0, once } of graph) {
    const before = after.map((name) => ({ name, at: must(done, name, id).ends }));
    const first = before.toSorted((a, b) => b.at - a.at)[0] ?? { at: 0 };
    let arrives = first.at + rest + bytes / bytesPerMs + latencyMs / 2;
    let from = first.name;
    if (once !== undefined) {
      const ready = must(done, once.of, id).arrives + once.ms;
      if (ready > arrives) [arrives, from] = [ready, once.of];
    }
    done.set(id, { op, arrives, ends: arrives + latencyMs / 2, from });
  }
  const last = [...done.keys()].toSorted((a, b) => done.get(b).ends - done.get(a).ends)[0];
  const chain = [];
  for (let id = last; id !== undefined; id = done.get(id).from) chain.unshift(id);
  return { ms: done.get(last).ends, chain, calls: graph.length };
}

/** How often each operation is called at least. */
export function callsOf(graph) {
  const counts = {};
  for (const { op } of graph) counts[op] = (counts[op] ?? 0) + 1;
  return counts;
}

/**
 * How many looks say "not yet" when one is taken at once and then after 50 ms growing to 2 s by `growth`, each lasting a latency,
 * until the work that takes `ms` from the arrival of the call that began it is done.
 */
export function looksBefore(ms, latencyMs, growth = 1.25) {
  // The first look is sent when the answer to that call is there.
  let at = latencyMs;
  let interval = 50;
  let looks = 0;
  while (at < ms) {
    looks++;
    at += latencyMs + interval;
    interval = Math.min(2000, interval * growth);
  }
  return looks;
}

function must(done, name, by) {
  const found = done.get(name);
  if (found === undefined) throw new Error(`${by} comes before ${name}`);
  return found;
}
