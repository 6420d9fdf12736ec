/** The file of `deploy --all`. */
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { FnpkgError, type Problem, throwIfAny, withHint, wrap } from "../errors.ts";
import { problemsOf } from "../schema.ts";
import { parseStrict } from "../yaml.ts";

export interface DeployTask {
  readonly package: string;
  readonly config: string;
  readonly target: string;
  readonly stage?: string;
}

const list = z.array(
  z.strictObject({
    package: z.string().min(1),
    config: z.string().min(1),
    targets: z.array(z.string().min(1)).min(1),
    stage: z.string().optional(),
  }),
);

export async function readTasks(file: string): Promise<DeployTask[]> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT")
      throw new FnpkgError("E_NOT_FOUND", `${file} does not exist`, { file, cause });
    throw wrap(cause, "E_IO", `can't read ${file}`, { file });
  });
  const { value, locate } = parseStrict(bytes, { file });
  const parsed = list.safeParse(value);
  if (!parsed.success) {
    const keysAt = () => ["package", "config", "targets", "stage"];
    const problems: Problem[] = problemsOf(parsed.error, { file, keysAt }).map((p) =>
      withLine(withHint(p), locate(p.pointer ?? "")?.line),
    );
    throwIfAny(problems, file);
  }
  const base = dirname(resolve(file));
  return (parsed.data ?? []).flatMap(({ targets, ...entry }) =>
    targets.map((target) => ({
      package: resolve(base, entry.package),
      config: resolve(base, entry.config),
      target,
      ...(entry.stage === undefined ? {} : { stage: entry.stage }),
    })),
  );
}

function withLine(problem: Problem, line: number | undefined): Problem {
  return line === undefined ? problem : { ...problem, line };
}
