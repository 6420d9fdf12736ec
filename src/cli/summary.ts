/** What became of each deployment of a `deploy`. */
import { relative } from "node:path";
import type { DeployAllResult } from "../api/deploy-all.ts";
import { given } from "../api/options.ts";
import { percent } from "../api/traffic.ts";
import type { Io } from "./io.ts";

type Result = DeployAllResult["results"][number];

/** One line for people; a failure that stands `alone` is told by itself. */
export function printResult({ task, receipt, changed, error }: Result, io: Io, options: { readonly alone: boolean }): void {
  if (receipt !== undefined) {
    const address = receipt.url === null ? "" : `  ${receipt.url}`;
    const share = receipt.traffic === undefined ? "" : ` with ${percent(receipt.traffic)} of the traffic`;
    const done = io.style("green", changed ? "deployed" : "unchanged");
    io.line(`${done} ${receipt.deployment} on ${receipt.target}${share}${address}`);
  } else if (error !== undefined && !options.alone) {
    io.line(`${io.style("red", "failed")} ${shown(task.package)} on ${task.target}: ${error.code}`);
  }
}

/** The summary of `--all`: counts for people, every result as one document for machines. */
export function printSummary({ results }: DeployAllResult, io: Io): void {
  const rows = results.map(({ task, receipt, changed, error }) => ({
    ...task,
    state: receipt === undefined ? "failed" : changed ? "deployed" : "unchanged",
    ...(receipt === undefined
      ? {}
      : {
          deployment: receipt.deployment,
          packageDigest: receipt.packageDigest,
          ...given({ traffic: receipt.traffic }),
          url: receipt.url,
        }),
    ...(error === undefined ? {} : { error: { code: error.code, message: error.message } }),
  }));
  const count = (state: string) => rows.filter((row) => row.state === state).length;
  const counts = { deployed: count("deployed"), unchanged: count("unchanged"), failed: count("failed") };
  if (io.json) io.document({ event: "summary", ...counts, results: rows });
  io.line(`${results.length} deployments: ${counts.deployed} deployed, ${counts.unchanged} unchanged, ${counts.failed} failed`);
}

/** A path as short as it can be said from here. */
function shown(path: string): string {
  const short = relative(".", path);
  return short !== "" && short.length < path.length ? short : path;
}
