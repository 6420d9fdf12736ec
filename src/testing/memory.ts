/**
 * A whole adapter in one file, for a target that lives in this process's memory. It shows what every adapter holds, in the order
 * of the contract; real ones put each part into a file of its own.
 */
import { z } from "zod";
import type { Adapter, Cx, Derivation, Lifecycle, Live, Mark, Resource } from "../contract.ts";
import { FnpkgError } from "../errors.ts";

/** What a vendor would keep: each thing with its mark in its tags. */
export interface MemoryThing {
  readonly kind: string;
  readonly props: object;
  readonly mark: Mark | null;
  readonly derivation?: Derivation;
}

/** The vendor's API. Every call is asynchronous, as over a network. */
export interface MemoryClient {
  get(address: string): Promise<MemoryThing | undefined>;
  list(kind: string): Promise<readonly MemoryThing[]>;
  put(address: string, thing: MemoryThing): Promise<void>;
  remove(address: string): Promise<void>;
}

/** The vendor's API over a map that the caller keeps. */
export function memoryClient(things: Map<string, MemoryThing>): MemoryClient {
  return {
    get: async (address) => structuredClone(things.get(address)),
    list: async (kind) => structuredClone([...things.values()].filter((thing) => thing.kind === kind)),
    put: async (address, thing) => void things.set(address, structuredClone(thing)),
    remove: async (address) => void things.delete(address),
  };
}

type Env = { readonly [name: string]: string };
type FunctionProps = { readonly Name: string; readonly Region: string; readonly MemoryMiB: number; readonly Env: Env };
type TriggerProps = { readonly Name: string; readonly Function: string; readonly Type: string; readonly Source: string };

const section = z.strictObject({ region: z.string().min(1) });
export type MemorySection = z.output<typeof section>;

/** One kind. A thing's address is its kind and name; nothing else is needed to find or read it. */
function kind<Props extends { readonly Name: string }>(
  name: string,
  more: Pick<Lifecycle<Props, MemoryClient>, "anchor" | "fixed" | "secret" | "whole" | "after">,
  outputsOf: (props: Props) => { readonly [output: string]: string },
): Lifecycle<Props, MemoryClient> {
  const address = (props: Partial<Props>) => `${name}/${props.Name}`;
  const live = (thing: MemoryThing): Live<Props> => {
    const props = thing.props as Props;
    const { mark, derivation } = thing;
    return { props, outputs: outputsOf(props), mark, state: "ready", ...(derivation === undefined ? {} : { derivation }) };
  };
  const put = async (cx: Cx<MemoryClient>, id: string, props: Props) => {
    const mark = { deployment: cx.deployment, package: cx.package, resource: id };
    const derivation = more.anchor === true && cx.derivation !== undefined ? { derivation: cx.derivation } : {};
    await cx.client.put(address(props), { kind: name, props, mark, ...derivation });
    return outputsOf(props);
  };
  return {
    ...more,
    permissions: {
      read: ["memory.get", "memory.list"],
      create: ["memory.put"],
      update: ["memory.put"],
      delete: ["memory.remove"],
    },
    async find(cx) {
      const things = await cx.client.list(name);
      return things.flatMap((thing) =>
        thing.mark?.deployment === cx.deployment ? [{ id: thing.mark.resource, live: live(thing) }] : [],
      );
    },
    async read(cx, _, props) {
      const thing = await cx.client.get(address(props));
      return thing === undefined ? undefined : live(thing);
    },
    create: put,
    update: put,
    delete: (cx, _, { props }) => cx.client.remove(address(props)),
  };
}

/** The adapter over the caller's map. */
export function memoryAdapter(things: Map<string, MemoryThing>): Adapter<MemorySection, MemoryClient> {
  const source = "fnpkg/testing";
  const checked = "2026-11-01";
  return {
    name: "memory",
    contract: 1,
    version: "1",
    config: section,
    limits: {
      platforms: [{ os: "linux", architecture: "amd64", source, checked }],
      runtimes: { nodejs: [{ version: "22", status: "supported", source, checked }] },
      rows: [{ type: "range", id: "memory", field: "memory", min: 128, max: 4096, step: 64, unit: "MiB", source, checked }],
    },
    entries: {},
    layout: ({ pkg }) => [
      ...pkg.files.map(({ path, executable }) => ({ path, executable, from: { file: path } })),
      { path: "entry.mjs", from: { bytes: pkg.entry } },
    ],
    translate({ config }) {
      const { deployment, memoryMiB, env } = config;
      const anchor = { Name: deployment, Region: config.section.region, MemoryMiB: memoryMiB, Env: env };
      const triggers = config.triggers.map((trigger): Resource => {
        const from = "source" in trigger ? JSON.stringify(trigger.source.id) : "";
        const props = {
          Name: `${deployment}--${trigger.name}`,
          Function: { "Fn::GetAtt": ["function", "address"] },
          Type: trigger.type,
          Source: from,
        };
        return { kind: "Memory::Trigger", id: `trigger-${trigger.name}`, props };
      });
      return [{ kind: "Memory::Function", id: "function", props: anchor }, ...triggers];
    },
    kinds: {
      "Memory::Function": kind<FunctionProps>(
        "Memory::Function",
        { anchor: true, fixed: ["Region"], secret: ["/Env/*"], whole: ["/Env"] },
        (props) => ({
          address: `memory:${props.Region}/${props.Name}`,
          url: `memory://${props.Name}`,
        }),
      ),
      "Memory::Trigger": kind<TriggerProps>(
        "Memory::Trigger",
        { fixed: ["Source"], after: ["Memory::Function"] },
        ({ Name }) => ({ address: `memory:${Name}` }),
      ),
    },
    operations: {
      async invoke() {
        throw new FnpkgError("E_CAPABILITY", "memory runs no functions", { target: "memory" });
      },
      async *logs() {},
      async list({ client }) {
        const functions = await client.list("Memory::Function");
        return functions.flatMap(({ mark }) =>
          mark === null ? [] : [{ deployment: mark.deployment, package: mark.package, state: "ready" }],
        );
      },
    },
    connect: async () => memoryClient(things),
  };
}
