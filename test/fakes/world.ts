/** A vendor in memory that refuses what real ones refuse: wrong order, doubled names, things that others stand on. */
import { z } from "zod";
import type { Adapter, Content, Cx, Derivation, Lifecycle, Live, Mark, Resource } from "../../src/contract.ts";
import { digestOf } from "../../src/json.ts";
import type { JsonObject } from "../../src/json.ts";

export interface Thing {
  readonly kind: string;
  readonly props: JsonObject;
  readonly outputs: { readonly [name: string]: string };
  readonly mark: Mark | null;
  readonly derivation?: Derivation;
  readonly archiveSha256?: string;
  readonly state?: string;
}

export interface World {
  readonly things: Map<string, Thing>;
  /** Calls that changed something, in order: `create kind name`. */
  readonly writes: string[];
  reads: number;
  /** Milliseconds each call takes, on the given clock. */
  delay: () => Promise<void>;
}

export class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function world(): World {
  return { things: new Map(), writes: [], reads: 0, delay: async () => undefined };
}

/** What is there, without what differs from run to run. */
export function snapshot({ things }: World): Record<string, unknown> {
  return Object.fromEntries(
    [...things]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([address, { kind, props, mark, derivation }]) => [address, { kind, props, mark, derivation }]),
  );
}

/** With `strict` nothing is deleted that others stand on; else only the function and what it stands on are held. Kinds: `Base` (what the function stands on), `Function` (the anchor), `Trigger`, `Stone` (no update), `Note` (shared parent). */
export function worldAdapter(
  it: World,
  options: { readonly lock?: boolean; readonly strict?: boolean } = {},
): Adapter<unknown, World> {
  const address = (kind: string, props: Partial<JsonObject>) => `${kind}/${String(props["Name"])}`;
  const liveOf = ({ props, outputs, mark, derivation, archiveSha256, state }: Thing): Live => ({
    props: structuredClone(props),
    outputs,
    mark,
    state: state ?? "ready",
    ...(derivation === undefined ? {} : { derivation }),
    ...(archiveSha256 === undefined ? {} : { archiveSha256 }),
  });
  const markOf = (cx: Cx<World>, id: string): Mark => ({ deployment: cx.deployment, package: cx.package, resource: id });
  const usersOf = (arn: string) =>
    [...it.things.values()].filter(({ props }) => JSON.stringify(props["Links"] ?? []).includes(JSON.stringify(arn)));
  const existing = (props: JsonObject) => {
    for (const arn of (props["Links"] ?? []) as string[]) {
      if (typeof arn !== "string") throw new Refused(400, `a link is no text: ${JSON.stringify(arn)}`);
      const base = arn.split("#", 1)[0] ?? "";
      if (base.startsWith("arn:") && !it.things.has(base.slice(4))) throw new Refused(400, `${base} does not exist`);
    }
  };
  const archive = async (cx: Cx<World>) => (await cx.content?.archive())?.sha256;
  const kind = (name: string, more: Partial<Lifecycle<JsonObject, World>> = {}): Lifecycle<JsonObject, World> => ({
    secret: ["/Env/*"],
    whole: ["/Env"],
    fixed: ["Shape"],
    permissions: {},
    async find(cx) {
      it.reads++;
      await it.delay();
      return [...it.things.values()].flatMap((thing) =>
        thing.kind === name && thing.mark?.deployment === cx.deployment ? [{ id: thing.mark.resource, live: liveOf(thing) }] : [],
      );
    },
    async read(_, __, props) {
      it.reads++;
      await it.delay();
      const thing = it.things.get(address(name, props));
      return thing === undefined ? undefined : liveOf(thing);
    },
    async create(cx, id, props) {
      await it.delay();
      const at = address(name, props);
      if (it.things.has(at)) throw new Refused(409, `${at} exists`);
      existing(props);
      it.writes.push(`create ${at}`);
      const outputs = {
        Arn: `arn:${at}`,
        ...(more.anchor === true ? { Version: `${at}#1`, url: `https://${String(props["Name"])}.example` } : {}),
      };
      it.things.set(at, { kind: name, props: structuredClone(props), outputs, mark: markOf(cx, id) });
      if (more.anchor === true && cx.derivation !== undefined) {
        await it.delay();
        const hash = await archive(cx);
        const known = hash === undefined ? {} : { archiveSha256: hash };
        it.things.set(at, {
          kind: name,
          props: structuredClone(props),
          outputs,
          mark: markOf(cx, id),
          derivation: { ...cx.derivation, ...known },
          ...known,
        });
      }
      return outputs;
    },
    async update(cx, id, props, live) {
      await it.delay();
      const at = address(name, props);
      const before = it.things.get(at);
      if (before === undefined) throw new Refused(404, `${at} does not exist`);
      if (JSON.stringify(before.props["Shape"]) !== JSON.stringify(props["Shape"]))
        throw new Refused(400, "the shape can't be changed");
      existing(props);
      it.writes.push(`update ${at}`);
      const upload =
        more.anchor === true &&
        (live.derivation?.layoutDigest !== cx.content?.digest || before.archiveSha256 !== live.derivation?.archiveSha256);
      const hash = upload ? await archive(cx) : before.archiveSha256;
      const known = hash === undefined ? {} : { archiveSha256: hash };
      const next = Number(before.outputs["Version"]?.split("#")[1] ?? 0) + 1;
      const outputs = { ...before.outputs, ...(more.anchor === true ? { Version: `${at}#${next}` } : {}) };
      const derivation =
        more.anchor === true && cx.derivation !== undefined ? { derivation: { ...cx.derivation, ...known } } : {};
      it.things.set(at, {
        kind: name,
        props: { ...before.props, ...structuredClone(props) },
        outputs,
        mark: markOf(cx, id),
        ...derivation,
        ...known,
      });
      return outputs;
    },
    async delete(_, __, live) {
      await it.delay();
      const at = address(name, live.props);
      const users = name === "Stone" && options.strict !== true ? [] : usersOf(`arn:${at}`);
      if (users.length > 0)
        throw new Refused(409, `${at} is used by ${users.map(({ kind: k, props }) => address(k, props)).join(", ")}`);
      if (!it.things.delete(at)) return;
      it.writes.push(`delete ${at}`);
    },
    ...more,
  });
  const { update: _, ...stone } = kind("Stone", { after: ["Function"] });
  const lock = options.lock === true ? { lock: (props: JsonObject) => String(props["Parent"] ?? "parent") } : {};
  return {
    name: "world",
    contract: 1,
    version: "1",
    config: z.unknown(),
    limits: { platforms: [], runtimes: {}, rows: [] },
    entries: {},
    layout: () => [],
    translate: () => [],
    kinds: {
      Base: kind("Base", { after: [] }),
      Function: kind("Function", { anchor: true, volatile: ["Version"], after: ["Base"] }),
      Trigger: kind("Trigger", { after: ["Function", "Base", "Stone"] }),
      Stone: stone,
      Note: kind("Note", { ...lock, after: ["Function"] }),
    },
    operations: {
      invoke: async () => ({ type: "event", ok: true, failures: [] }),
      async *logs() {},
      list: async () => [],
    },
    connect: async () => it,
    explain(cause) {
      if (!(cause instanceof Refused)) return undefined;
      if (cause.status === 409) return { code: "E_CONFLICT", retry: "never" };
      return { code: "E_VENDOR", retry: cause.status === 429 ? "later" : "never" };
    },
  };
}

/** Code whose identity is `text`; counts how often an archive was built. */
export function code(text: string): Content & { readonly built: () => number } {
  let built = 0;
  return {
    digest: digestOf(text),
    entries: [],
    size: text.length,
    async archive() {
      built++;
      return { file: "unused", sha256: digestOf([text]).slice(7), size: text.length };
    },
    built: () => built,
  };
}

/** A function and one trigger on it. */
export function small(props: JsonObject = {}): Resource[] {
  return [
    { kind: "Function", id: "function", props: { Name: "f", Memory: 128, Shape: "a", Env: { TOKEN: "s3cr3t-value" }, ...props } },
    { kind: "Trigger", id: "tick", props: { Name: "f--tick", Rate: 5, Links: [{ "Fn::GetAtt": ["function", "Arn"] }] } },
  ];
}

export function inputOf(it: World, wanted: readonly Resource[], more: { readonly content?: Content } = {}) {
  return {
    adapter: worldAdapter(it),
    client: it,
    deployment: "f",
    package: "acme/f",
    packageDigest: digestOf("package"),
    configDigest: digestOf(wanted),
    wanted,
    content: more.content ?? code("one"),
  };
}
