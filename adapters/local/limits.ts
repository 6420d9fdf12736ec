/** What this machine takes. `checked` is the day the row was held against the host's code or Node's own documentation. */
import type { Limit, Limits, ReservedPath, RuntimeVersion } from "fnpkg/adapter";

const checked = "2026-11-22";
const source = "docs/adapters/local.md";
const node = "https://nodejs.org/en/about/previous-releases";
type Row = Limit extends infer L ? (L extends Limit ? Omit<L, "source" | "checked"> : never) : never;
const rows = (list: readonly Row[]): Limit[] => list.map((row) => ({ ...row, source, checked }));

/** Every version that may run fnpkg; of these the machine has the one that runs it. */
export const runtimes: readonly RuntimeVersion[] = ["20", "21", "22", "23", "24", "25", "26"].map((version) => ({
  version,
  status: "supported",
  source: node,
  checked,
}));

const functionRows = rows([
  {
    id: "contract",
    type: "missing",
    field: "contract",
    values: ["server"],
    instead: "Export a handler, and leave `entryPoint.contract` out.",
  },
  {
    id: "capability.websocket",
    type: "missing",
    field: "capability",
    values: ["websocket"],
    instead: "Answer requests, or stream.",
  },
  { id: "memory", type: "range", field: "memory", min: 128, max: 1_048_576, step: 1, unit: "MiB" },
  { id: "timeout", type: "range", field: "timeout", min: 1, max: 3600, unit: "s" },
  { id: "concurrency", type: "range", field: "concurrency", min: 1, max: 1000 },
  { id: "instances.min", type: "range", field: "instances.min", min: 0, max: 100 },
  { id: "instances.max", type: "range", field: "instances.max", min: 1, max: 100 },
  { id: "logs.retentionDays", type: "range", field: "logs.retentionDays", min: 1, max: 3650 },
  { id: "identity", type: "missing", field: "identity", instead: "Leave it out: the function runs as you." },
  {
    id: "tracing",
    type: "missing",
    field: "tracing",
    values: [true],
    instead: "Leave it out: `traceparent` reaches the function all the same.",
  },
  { id: "endpoint", type: "missing", field: "endpoint", instead: "Leave it out." },
  {
    id: "network.egress",
    type: "missing",
    field: "network.egress",
    values: ["private"],
    instead: "Leave it out: the function uses this machine's network.",
  },
  {
    id: "network.attach",
    type: "missing",
    field: "network.attach",
    instead: "Leave it out: the function uses this machine's network.",
  },
  {
    id: "secret.id",
    type: "pattern",
    field: "secret.id",
    pattern: /^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$/,
    expected: "env:NAME or file:PATH, such as env:API_TOKEN",
  },
  {
    id: "secret.version",
    type: "pattern",
    field: "secret.version",
    pattern: /^latest$/,
    expected: "latest: a variable or a file has no versions",
  },
  {
    id: "env.reserved",
    type: "reserved",
    field: "env.name",
    names: ["HOME", "TMPDIR"],
    prefixes: ["NODE_CHANNEL_", "NODE_UNIQUE_"],
  },
]);

const triggerRows = rows([
  {
    id: "trigger.stream",
    type: "missing",
    field: "trigger",
    values: ["stream"],
    instead: "Use a queue with `ordered: true`, or another target.",
  },
  {
    id: "http.auth",
    type: "missing",
    field: "http.auth",
    values: ["identity", "key"],
    instead: "Set `auth: public` in `targets.local.override.triggers`: it answers on 127.0.0.1 alone.",
  },
  { id: "batch.size", type: "range", field: "batch.size", min: 1, max: 1000 },
  { id: "batch.window", type: "range", field: "batch.window", min: 0, max: 300, unit: "s" },
  { id: "maxConcurrency", type: "range", field: "maxConcurrency", min: 1, max: 1000 },
  { id: "retry.attempts", type: "range", field: "retry.attempts", min: 0, max: 1000 },
]);

const platforms = (["linux", "darwin", "windows"] as const).flatMap((os) =>
  (["amd64", "arm64"] as const).map((architecture) => ({ os, architecture, source, checked })),
);

export const limits: Limits = { platforms, runtimes: { nodejs: runtimes }, rows: [...functionRows, ...triggerRows] };

/** The same on a machine with this system (`process.platform`) and this version of Node. */
export function limitsWith(nodeVersion: string, system: string): Limits {
  const major = nodeVersion.split(".")[0];
  const os = system === "win32" ? "windows" : system;
  return {
    ...limits,
    platforms: platforms.filter((platform) => platform.os === os),
    runtimes: { nodejs: runtimes.filter(({ version }) => version === major) },
  };
}

/** Nothing stands behind what fnpkg itself makes here. */
export const reserved: readonly ReservedPath[] = [{ path: "/*" }];
