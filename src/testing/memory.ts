/**
 * A whole adapter for a target that lives in this process's memory. It shows what every adapter holds, in the order of the
 * contract; real ones put each part into a file of its own.
 */
import { z } from "zod";
import type { Adapter, Cx, Lifecycle, Live, Outputs, Resource } from "../contract.ts";
import { FnpkgError } from "../errors.ts";
import { memoryClient, type MemoryClient, type MemoryThing } from "./memory-client.ts";
import {
  functionKind,
  preflight,
  servingOf,
  splitOf,
  trafficKind,
  trafficOperations,
  type TrafficProps,
  versionOf,
} from "./memory-traffic.ts";

type Env = { readonly [name: string]: string };
type FunctionProps = { readonly Name: string; readonly Region: string; readonly MemoryMiB: number; readonly Env: Env };
type TriggerProps = { readonly Name: string; readonly Function: string; readonly Type: string; readonly Source: string };

const section = z.strictObject({ region: z.string().min(1) });
export type MemorySection = z.output<typeof section>;

/** What of a kind is its own. */
interface Own<Props extends { readonly Name: string }> extends Pick<
  Lifecycle<Props, MemoryClient>,
  "anchor" | "fixed" | "secret" | "whole" | "volatile" | "after"
> {
  outputsOf(thing: MemoryThing & { readonly props: Props }, client: MemoryClient): Outputs | Promise<Outputs>;
  splitOf?(props: Props): number | undefined;
}

/** One kind. A thing's address is its kind and name; nothing else is needed to find or read it. */
function kind<Props extends { readonly Name: string }>(
  name: string,
  { outputsOf, splitOf: split, ...more }: Own<Props>,
): Lifecycle<Props, MemoryClient> {
  const address = (props: Partial<Props>) => `${name}/${props.Name}`;
  const live = async (thing: MemoryThing, client: MemoryClient): Promise<Live<Props>> => {
    const props = thing.props as Props;
    const { mark, derivation } = thing;
    const traffic = split?.(props);
    return {
      props,
      outputs: await outputsOf({ ...thing, props }, client),
      mark,
      state: "ready",
      ...(derivation === undefined ? {} : { derivation }),
      ...(traffic === undefined ? {} : { traffic }),
    };
  };
  const put = async (cx: Cx<MemoryClient>, id: string, props: Props) => {
    const mark = { deployment: cx.deployment, package: cx.package, resource: id };
    const thing = { kind: name, props, mark, ...(more.anchor === true ? await deployed(cx, address(props), props) : {}) };
    await cx.client.put(address(props), thing);
    return outputsOf(thing, cx.client);
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
      const ours = (await cx.client.list(name)).filter(({ mark }) => mark?.deployment === cx.deployment);
      return Promise.all(ours.map(async (thing) => ({ id: thing.mark?.resource ?? "", live: await live(thing, cx.client) })));
    },
    async read(cx, _, props) {
      const thing = await cx.client.get(address(props));
      return thing === undefined ? undefined : live(thing, cx.client);
    },
    create: put,
    update: put,
    delete: (cx, _, { props }) => cx.client.remove(address(props)),
  };
}

/** What the function itself keeps of a deploy: what it was, and the versions so far. */
async function deployed({ client, derivation }: Cx<MemoryClient>, address: string, props: object) {
  if (derivation === undefined) return {};
  const version = versionOf(props, derivation);
  const former = (await client.get(address))?.versions ?? [];
  const { packageDigest } = derivation;
  return { derivation, versions: [{ version, packageDigest }, ...former.filter((one) => one.version !== version)] };
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
      traffic: { source, checked },
      rows: [{ type: "range", id: "memory", field: "memory", min: 128, max: 4096, step: 64, unit: "MiB", source, checked }],
    },
    entries: {},
    layout: ({ pkg }) => [
      ...pkg.files.map(({ path, executable }) => ({ path, executable, from: { file: path } })),
      { path: "entry.mjs", from: { bytes: pkg.entry } },
    ],
    translate({ config, traffic }) {
      const { deployment, memoryMiB, env } = config;
      const anchor = { Name: deployment, Region: config.section.region, MemoryMiB: memoryMiB, Env: env };
      const version = { "Fn::GetAtt": ["function", "version"] };
      const serving = { "Fn::GetAtt": ["function", "serving"] };
      const Shares =
        traffic === undefined
          ? [{ Version: version, Share: 1 }]
          : [
              { Version: serving, Share: 1 - traffic },
              { Version: version, Share: traffic },
            ];
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
      return [
        { kind: functionKind, id: "function", props: anchor },
        { kind: trafficKind, id: "traffic", props: { Name: deployment, Shares } },
        ...triggers,
      ];
    },
    kinds: {
      [functionKind]: kind<FunctionProps>(functionKind, {
        anchor: true,
        fixed: ["Region"],
        secret: ["/Env/*"],
        whole: ["/Env"],
        volatile: ["version"],
        async outputsOf({ props, versions }, client) {
          const serving = await servingOf(client, props.Name);
          return {
            address: `memory:${props.Region}/${props.Name}`,
            url: `memory://${props.Name}`,
            version: versions?.[0]?.version ?? "",
            ...(serving === undefined ? {} : { serving }),
          };
        },
      }),
      [trafficKind]: kind<TrafficProps>(trafficKind, { after: [functionKind], outputsOf: () => ({}), splitOf }),
      "Memory::Trigger": kind<TriggerProps>("Memory::Trigger", {
        fixed: ["Source"],
        after: [functionKind],
        outputsOf: ({ props }) => ({ address: `memory:${props.Name}` }),
      }),
    },
    operations: {
      async invoke() {
        throw new FnpkgError("E_CAPABILITY", "memory runs no functions", { target: "memory" });
      },
      async *logs() {},
      async list({ client }) {
        const functions = await client.list(functionKind);
        return functions.flatMap(({ mark }) =>
          mark === null ? [] : [{ deployment: mark.deployment, package: mark.package, state: "ready" }],
        );
      },
      ...trafficOperations,
    },
    connect: async () => memoryClient(things),
    preflight: (cx, _, asked) => preflight(cx, asked),
  };
}
