/** What a folder takes: vendor differences are rows here, not branches elsewhere. */
import type { Limit, Limits, TriggerType } from "fnpkg/adapter";

const looked = { source: "examples/adapter-folder", checked: "2026-11-22" } as const;
const events: TriggerType[] = ["schedule", "queue", "topic", "object-storage", "stream"];

const rows: Limit[] = [
  { id: "trigger", field: "trigger", type: "missing", values: events, instead: "use an http trigger", ...looked },
  { id: "secret", field: "secret.id", type: "missing", instead: "bind the variable under `env`", ...looked },
  { id: "auth", field: "http.auth", type: "choice", values: ["public"], ...looked },
  { id: "timeout", field: "timeout", type: "range", min: 1, max: 60, unit: "s", ...looked },
];

export const limits: Limits = {
  platforms: [{ os: "linux", architecture: "amd64", ...looked }],
  runtimes: { nodejs: [{ version: "22", status: "supported", ...looked }] },
  rows,
};
