/** What each operation does at its end. */
import { endDeploy, endRemove } from "./functions.ts";
import type { Finish } from "./operations.ts";
import { endChange } from "./run.ts";

export const finish: Finish = (world, operation) => {
  const { work } = operation;
  if (work.kind === "deploy") return endDeploy(world, operation, work.failure);
  if (work.kind === "remove") return endRemove(world, operation);
  if (work.kind === "serve") return endChange(world, operation);
  return { error: { code: work.code, message: work.message } };
};
