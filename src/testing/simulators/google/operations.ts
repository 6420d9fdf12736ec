/** Long-running operations: they go on by themselves, and are seen to have ended by whoever looks after that. */
import { GoogleStatus } from "./status.ts";
import { forget, type JsonMap, next, now, type Operation, timeOf, type World } from "./world.ts";

/** How an operation ends: does its work. */
export type Finish = (world: World, operation: Operation) => NonNullable<Operation["ended"]>;

/** Each stage with the milliseconds that it takes. */
export function begin(
  world: World,
  given: Pick<Operation, "target" | "work" | "buildName"> & { readonly stages: readonly (readonly [name: string, ms: number])[] },
): JsonMap {
  const { project, region } = world;
  const name = `projects/${project}/locations/${region}/operations/operation-${next(world)}`;
  let ends = timeOf(world);
  const stages = given.stages.map(([stage, ms]) => ({ name: stage, ends: (ends += ms) }));
  const operation = { ...given, name, stages, created: now(world), ends };
  world.operations.set(name, operation);
  forget(world.operations);
  world.pending.push(name);
  return json(world, operation);
}

/** True while something changes it. */
export function isBusy(world: World, target: string): boolean {
  return world.pending.some((name) => world.operations.get(name)?.target === target);
}

export function getOperation(world: World, name: string): JsonMap {
  const found = world.operations.get(name);
  if (found === undefined) throw new GoogleStatus("NOT_FOUND", `Operation '${name}' not found.`);
  return json(world, found);
}

/** Ends what has had its time by `until`, the first to end first. */
export function settle(world: World, finish: Finish, until = world.around.now()): void {
  if (world.pending.length === 0) return;
  const all = world.pending.flatMap((name) => world.operations.get(name) ?? []);
  const due = all.filter(({ ends }) => ends <= until).toSorted((a, b) => a.ends - b.ends);
  world.pending = all.flatMap(({ name, ends }) => (ends <= until ? [] : [name]));
  for (const operation of due) {
    world.due = operation.ends;
    operation.ended = finish(world, operation);
  }
  world.due = undefined;
}

/** Enums in an operation are numbers: as the vendor's own client gets them. */
function json(world: World, { name, target, stages, ended, created, buildName }: Operation): JsonMap {
  const at = stages.findIndex(({ ends }) => ends > timeOf(world));
  const working = at < 0 ? stages.length - 1 : at;
  return {
    name,
    metadata: {
      "@type": "type.googleapis.com/google.cloud.functions.v2.OperationMetadata",
      target,
      createTime: created,
      apiVersion: "v2",
      stages: stages.map((stage, index) => ({
        name: stage.name,
        message: `${stage.name.toLowerCase()} of ${target}`,
        state: ended !== undefined || index < working ? 3 : index === working ? 2 : 1,
      })),
      ...(buildName === undefined ? {} : { buildName }),
    },
    done: ended !== undefined,
    ...ended,
  };
}
