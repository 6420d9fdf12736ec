/** Long-running operations: they go on whenever somebody looks, at them or at what they change. */
import { Status } from "./status.ts";
import { type JsonMap, now, type Operation, type World } from "./world.ts";

export function begin(world: World, given: Omit<Operation, "name" | "left">): JsonMap {
  const { project, region } = world;
  const name = `projects/${project}/locations/${region}/operations/operation-${world.next()}`;
  const operation = { ...given, name, left: world.delay };
  world.operations.set(name, operation);
  if (operation.left === 0) end(operation);
  return json(world, operation);
}

/** True while something changes it. */
export function isBusy(world: World, target: string): boolean {
  return [...world.operations.values()].some((operation) => operation.target === target && operation.ended === undefined);
}

/** One look at an operation. */
export function look(world: World, name: string): JsonMap {
  const found = world.operations.get(name);
  if (found === undefined) throw new Status("NOT_FOUND", `Operation '${name}' not found.`);
  step(found);
  return json(world, found);
}

/** One look at what operations change. */
export function lookAt(world: World, target: string): void {
  for (const operation of world.operations.values()) if (operation.target === target) step(operation);
}

/** Ends all that is under way. */
export function settle(world: World): void {
  for (const operation of world.operations.values()) if (operation.ended === undefined) end(operation);
}

function step(operation: Operation): void {
  if (operation.ended !== undefined) return;
  operation.left -= 1;
  if (operation.left <= 0) end(operation);
}

function end(operation: Operation): void {
  const { response, error } = operation.finish();
  operation.ended = error === undefined ? { response: response ?? {} } : { error: { ...error } };
}

/** Enums in an operation are numbers: as the vendor's own client gets them. */
function json(world: World, { name, target, stages, ended, left, buildName }: Operation): JsonMap {
  const at = Math.max(0, stages.length - 1 - Math.max(0, left - 1));
  return {
    name,
    metadata: {
      "@type": "type.googleapis.com/google.cloud.functions.v2.OperationMetadata",
      target,
      createTime: now(world),
      apiVersion: "v2",
      stages: stages.map((stage, index) => ({
        name: stage,
        message: `${stage.toLowerCase()} of ${target}`,
        state: ended !== undefined || index < at ? 3 : index === at ? 2 : 1,
      })),
      ...(buildName === undefined ? {} : { buildName }),
    },
    done: ended !== undefined,
    ...ended,
  };
}
