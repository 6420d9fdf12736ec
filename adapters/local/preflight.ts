/** What only this machine knows, looked at before anything is written. */
import { statfsSync } from "node:fs";
import { availableParallelism, tmpdir, totalmem } from "node:os";
import { isAbsolute, relative } from "node:path";
import type { Cx, Problem, Resolved } from "fnpkg/adapter";
import type { LocalClient } from "./client.ts";
import type { Section } from "./config.ts";
import { textOf, within } from "./translate.ts";

const target = "local";
const mebi = 1_048_576;

export function preflight(
  { client, content }: Pick<Cx<LocalClient>, "client" | "content">,
  config: Resolved<Section>,
): readonly Problem[] {
  const problems: Problem[] = [];
  const major = process.versions.node.split(".")[0] ?? "";
  if (config.runtime !== undefined && config.runtime !== major) {
    problems.push({
      code: "E_RUNTIME",
      message: `the function needs nodejs ${config.runtime}; fnpkg runs on ${process.versions.node}, and so do functions here`,
      pointer: "/runtime",
      target,
      hint: `Run fnpkg with Node ${config.runtime}.`,
    });
  }
  const here = process.arch === "arm64" ? "arm64" : process.arch === "x64" ? "x86_64" : process.arch;
  const native = content?.entries.some(({ path }) => path.endsWith(".node")) === true;
  if (config.architecture !== here && (native || config.places.at("/architecture") !== undefined)) {
    problems.push({
      code: "E_PLATFORM",
      message: `the function is for ${config.architecture}; this machine is ${here}`,
      pointer: "/architecture",
      target,
      hint: `Set \`architecture: ${here}\` in \`targets.local.override\`.`,
    });
  }
  const memory = Math.floor(totalmem() / mebi);
  if (config.memoryMiB > memory) problems.push(tooMuch("memory", `${config.memoryMiB}Mi`, `${memory}Mi`));
  const cpus = availableParallelism();
  if (config.cpu !== undefined && config.cpu > cpus) problems.push(tooMuch("cpu", String(config.cpu), String(cpus)));
  const { bavail, bsize } = statfsSync(tmpdir());
  const free = Math.floor((bavail * bsize) / mebi);
  if ((config.ephemeralStorageMiB ?? 0) > free)
    problems.push(tooMuch("ephemeralStorage", `${config.ephemeralStorageMiB}Mi`, `${free}Mi`));
  return [...problems, ...folders(client, config)];
}

function tooMuch(field: string, value: string, most: string): Problem {
  return {
    code: "E_TARGET_LIMIT",
    message: `${field} is ${value}; this machine has ${most}`,
    pointer: `/${field}`,
    target,
    hint: `Use ${most} or less.`,
  };
}

/** A watched folder that holds our own files, or stands among them, would never come to rest. */
function folders({ paths }: LocalClient, { triggers, base }: Resolved<Section>): Problem[] {
  return triggers.flatMap((trigger, index): Problem[] => {
    if (!("source" in trigger)) return [];
    const folder = within(base, textOf(trigger.source.id));
    if (!holds(folder, paths.dataDir) && !holds(paths.dataDir, folder)) return [];
    return [
      {
        code: "E_RESOURCE",
        message: `the folder ${folder} of ${trigger.name} and the data folder ${paths.dataDir} stand within each other`,
        pointer: `/triggers/${index}/source`,
        target,
        hint: "Choose another folder, or another `dataDir`.",
      },
    ];
  });
}

function holds(outer: string, inner: string): boolean {
  const path = relative(outer, inner);
  return path === "" || (path !== ".." && !path.startsWith("../") && !path.startsWith("..\\") && !isAbsolute(path));
}
