/** What a cell comes to, from the calls that were heard and the graph of those that are needed. */
import { callsOf, criticalPath, looksBefore } from "./path.mjs";

const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
const round = (number, digits = 0) => Math.round(number * 10 ** digits) / 10 ** digits;

export function cellOf({ name, vendor, scenario, count, network, run, heard }) {
  const { exchanges } = heard;
  // What a code's archive weighs is what was sent: the largest body of all.
  const archive = Math.max(0, ...exchanges.map(({ bytes }) => bytes));
  const graphs = vendor.graphs(archive);
  const of = graphs[scenario];
  const path = criticalPath(of, network);
  // The other functions of a scenario that changes one only have their look, which is shorter.
  const others = scenario === "changed" ? criticalPath(graphs.unchanged, network) : path;
  const least = path.calls + (count - 1) * others.calls;
  const needed = sum(of.map(({ bytes = 0 }) => bytes)) * (scenario === "new" ? count : 1);
  const sent = sum(exchanges.filter(({ bytes }) => bytes > archive / 2 && archive > 100_000).map(({ bytes }) => bytes));
  return {
    vendor: name,
    scenario,
    functions: count,
    latencyMs: network.latencyMs,
    wallMs: round(run.ms),
    pathMs: round(path.ms),
    ratio: round(run.ms / path.ms, 2),
    calls: exchanges.length,
    leastCalls: least,
    writes: exchanges.filter(({ writes }) => writes).length,
    refused: exchanges.filter(({ status }) => status === 429).length,
    ...waitsOf(vendor.waits[scenario], exchanges, network),
    sentBytes: sent,
    neededBytes: needed,
    firstCallMs: round(Math.min(...exchanges.map(({ began }) => began)) - run.began),
    afterLastMs: round(run.began + run.ms - Math.max(...exchanges.map(({ ended }) => ended ?? 0))),
    idleMs: round(idle(exchanges, run)),
    cpuMs: round(run.cpu),
    simulatorCpuMs: round(heard.cpu),
    rssMiB: round(run.rss),
    extra: extras(of, graphs, exchanges, count, scenario),
  };
}

/** Looks that said "not yet", how many of those an adaptive interval makes anyway, and how late "ready" was noticed. */
function waitsOf(waits, exchanges, { latencyMs, bytesPerMs }) {
  if (waits.length === 0) return {};
  let [notYet, expected] = [0, 0];
  const late = [];
  const arrives = ({ began }) => began + latencyMs / 2;
  for (const { of, by, ms } of waits) {
    const taken = new Set();
    for (const write of exchanges.filter(({ name, status }) => name === of && status < 300)) {
      const looks = looksAfter(write, by, exchanges, taken);
      const ready = arrives(write) + write.bytes / bytesPerMs + ms;
      const good = looks.findIndex((one) => arrives(one) >= ready);
      if (good < 0) continue;
      notYet += good;
      expected += looksBefore(ms, latencyMs);
      late.push(arrives(looks[good]) - ready);
    }
  }
  if (late.length === 0) return {};
  return { notYet, notYetExpected: expected, lateMs: round(sum(late) / late.length), worstLateMs: round(Math.max(...late)) };
}

/** Who waits looks at one address: that of the function that was written, else the first that nobody else looks at. */
function looksAfter(write, by, exchanges, taken) {
  const all = exchanges.filter((one) => one.name === by && one.began >= write.ended);
  const name = /\/(fn-\d+)\b/.exec(write.path)?.[1];
  const named = all.filter(({ path }) => name !== undefined && path.includes(`/${name}/`));
  if (named.length > 0) return named;
  const before = new Set(exchanges.flatMap((one) => (one.name === by && one.began < write.ended ? [one.path] : [])));
  const first = all.find(({ path }) => !taken.has(path) && !before.has(path))?.path;
  if (first === undefined) return [];
  taken.add(first);
  return all.filter(({ path }) => path === first);
}

/** Milliseconds in which no call was under way. */
function idle(exchanges, { began, ms }) {
  let at = began;
  let free = 0;
  for (const { began: from, ended = from } of exchanges.toSorted((a, b) => a.began - b.began)) {
    free += Math.max(0, from - at);
    at = Math.max(at, ended);
  }
  return free + Math.max(0, began + ms - at);
}

/** By operation, what was called more often (or less, with a minus) than the graph has it. */
function extras(of, graphs, exchanges, count, scenario) {
  const least = {};
  const add = (graph, times) => {
    for (const [op, calls] of Object.entries(callsOf(graph))) least[op] = (least[op] ?? 0) + calls * times;
  };
  add(of, scenario === "changed" ? 1 : count);
  if (scenario === "changed") add(graphs.unchanged, count - 1);
  const seen = {};
  for (const { name } of exchanges) seen[name] = (seen[name] ?? 0) + 1;
  const names = [...new Set([...Object.keys(least), ...Object.keys(seen)])].toSorted();
  return Object.fromEntries(
    names.flatMap((name) => {
      const more = (seen[name] ?? 0) - (least[name] ?? 0);
      return more === 0 ? [] : [[name, more]];
    }),
  );
}

const columns = [
  ["vendor", ({ vendor }) => vendor],
  ["scenario", ({ scenario }) => scenario],
  ["N", ({ functions }) => functions],
  ["latency", ({ latencyMs }) => latencyMs],
  ["wall, ms", ({ wallMs }) => wallMs],
  ["path, ms", ({ pathMs }) => pathMs],
  ["ratio", ({ ratio }) => ratio.toFixed(2)],
  ["calls / least", ({ calls, leastCalls }) => `${calls} / ${leastCalls}`],
  ["not yet / adaptive", ({ notYet, notYetExpected }) => (notYet === undefined ? "" : `${notYet} / ${notYetExpected}`)],
  ["noticed after, ms", ({ lateMs, worstLateMs }) => (lateMs === undefined ? "" : `${lateMs} (${worstLateMs})`)],
  [
    "bytes / needed",
    ({ sentBytes, neededBytes }) => (neededBytes === 0 ? String(sentBytes) : (sentBytes / neededBytes).toFixed(2)),
  ],
  ["cpu, ms", ({ cpuMs }) => cpuMs],
  ["RSS, MiB", ({ rssMiB }) => rssMiB],
];

export function tableOf(cells) {
  const row = (items) => `| ${items.join(" | ")} |`;
  return [
    row(columns.map(([title]) => title)),
    row(columns.map(() => "---")),
    ...cells.map((cell) => row(columns.map(([, of]) => of(cell)))),
  ].join("\n");
}
