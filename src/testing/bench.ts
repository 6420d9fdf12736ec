/** One target with the means to deploy to it again and again, for a case of the conformance suite. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Resolved } from "../config/resolved.ts";
import type { Adapter, Clock, Content, ContentInfo, Cx, Operations, Resource } from "../contract.ts";
import { apply, destroy, makePlan, status } from "../engine/index.ts";
import type { ApplyEvent, ApplyInput, DestroyEvent, Plan, Status } from "../engine/index.ts";
import { findAll } from "../engine/look.ts";
import type { Found } from "../engine/look.ts";
import { startRun } from "../engine/run.ts";
import { FnpkgError } from "../errors.ts";
import { canonical } from "../json.ts";
import { withClientFaults, withFaults } from "./faults.ts";
import type { Call, FaultPlan } from "./faults.ts";
import type { Fixture, Target } from "./fixture.ts";
import { sampleContent } from "./samples.ts";
import { seededRandom } from "./faults.ts";

export interface Outcome<Event> {
  readonly events: readonly Event[];
  readonly failure?: FnpkgError;
  readonly calls: readonly Call[];
  /** How often the archive was built. */
  readonly built: number;
}

export interface DeployOptions extends Pick<ApplyInput, "adopt" | "replace" | "signal" | "hardSignal"> {
  readonly package?: string;
  /** The share of the traffic that it gets; absent: all. */
  readonly traffic?: number;
  readonly faults?: FaultPlan;
  /** Where the faults are: whole lifecycle calls, the default, or the client's calls. */
  readonly at?: "lifecycle" | "client";
}

/** One property of the contract; fails by throwing. */
export type Case = (on: Bench) => Promise<void>;

type AnyConfig = Resolved<unknown>;

interface Timing {
  readonly random: () => number;
  readonly clock?: Clock;
}

/** Cases see neither the section's nor the client's type. */
export interface Bench {
  readonly fixture: Fixture<unknown, object>;
  readonly target: Target<unknown, object>;
  readonly adapter: Adapter<unknown, object>;
  wanted(config: AnyConfig, traffic?: number): readonly Resource[];
  content(config: AnyConfig): Content;
  info(config: AnyConfig): ContentInfo;
  deploy(config: AnyConfig, options?: DeployOptions): Promise<Outcome<ApplyEvent>>;
  destroy(options?: Pick<DeployOptions, "faults" | "at" | "package">): Promise<Outcome<DestroyEvent>>;
  plan(
    config: AnyConfig,
    options?: { readonly offline?: boolean; readonly client?: object; readonly traffic?: number },
  ): Promise<Plan>;
  status(config: AnyConfig): Promise<Status>;
  /** Does something with what is deployed, as the adapter's operations do. */
  operate<T>(work: (operations: Operations<object>, cx: Cx<object>) => Promise<T>): Promise<T>;
  /** Everything that the deployment owns. */
  owned(): Promise<readonly Found[]>;
  /** Another target as empty as this one was. */
  another(): Promise<Bench>;
  close(): Promise<void>;
}

export async function bench<Section, Client extends object>(given: Fixture<Section, Client>): Promise<Bench> {
  const fixture = given as unknown as Fixture<unknown, object>;
  const target = await fixture.open();
  const folder = await mkdtemp(join(tmpdir(), "fnpkg-conformance-"));
  const { adapter } = target;
  const { pkg } = fixture;
  const never = new AbortController().signal;
  const connected = (config: AnyConfig, { clock }: Timing, using: Adapter<unknown, object> = adapter) =>
    using.connect(config, { signal: never, ...(clock === undefined ? {} : { clock }) });
  const content = (config: AnyConfig) => sampleContent(adapter, { pkg, config }, folder);
  const info = (config: AnyConfig): ContentInfo => {
    const { digest, size, entries } = content(config);
    return { digest, size, files: entries.length };
  };
  const wanted = (config: AnyConfig, traffic?: number) =>
    adapter.translate({ pkg, config, ...(traffic === undefined ? {} : { traffic }) }, info(config));
  const timing = (): Timing => ({
    random: seededRandom(1),
    ...(fixture.clock === undefined ? {} : { clock: fixture.clock() }),
  });
  const faulty = ({ faults, at }: Pick<DeployOptions, "faults" | "at">) =>
    at === "client" ? withClientFaults(adapter, faults) : withFaults(adapter, faults);
  const inputOf = (config: AnyConfig, time: Timing, traffic?: number) => ({
    deployment: config.deployment,
    package: pkg.manifest.name,
    packageDigest: pkg.digest,
    configDigest: config.digest,
    config,
    wanted: wanted(config, traffic),
    ...(traffic === undefined ? {} : { traffic }),
    ...time,
  });

  const on: Bench = {
    fixture,
    target,
    adapter,
    wanted,
    content,
    info,
    async deploy(config, { faults, at, traffic, ...options } = {}) {
      const { adapter: wrapped, calls } = faulty({
        ...(faults === undefined ? {} : { faults }),
        ...(at === undefined ? {} : { at }),
      });
      const code = counted(content(config));
      const time = timing();
      const client = await connected(config, time, wrapped);
      const outcome = await outcomeOf(
        apply({ ...inputOf(config, time, traffic), ...options, adapter: wrapped, client, content: code.content }),
      );
      return { ...outcome, calls, built: code.built() };
    },
    async destroy({ faults, at, ...options } = {}) {
      const { adapter: wrapped, calls } = faulty({
        ...(faults === undefined ? {} : { faults }),
        ...(at === undefined ? {} : { at }),
      });
      const { config } = fixture;
      const time = timing();
      const client = await connected(config, time, wrapped);
      const input = {
        adapter: wrapped,
        client,
        deployment: config.deployment,
        package: pkg.manifest.name,
        ...time,
        ...options,
      };
      return { ...(await outcomeOf(destroy(input))), calls, built: 0 };
    },
    async plan(config, { traffic, offline = false, ...options } = {}) {
      const time = timing();
      const client = options.client ?? (await connected(config, time));
      return makePlan({ ...inputOf(config, time, traffic), adapter, client, content: info(config), offline });
    },
    async status(config) {
      const against = {
        packageDigest: pkg.digest,
        configDigest: config.digest,
        layoutDigest: info(config).digest,
        wanted: (traffic: number | undefined) => wanted(config, traffic),
      };
      const time = timing();
      return status({
        adapter,
        client: await connected(config, time),
        deployment: config.deployment,
        verify: true,
        against,
        ...time,
      });
    },
    async operate(work) {
      const { config } = fixture;
      const time = timing();
      const client = await connected(config, time);
      const run = startRun({ adapter, client, deployment: config.deployment, ...time }, { package: pkg.manifest.name });
      try {
        return await work(adapter.operations, run.cx);
      } finally {
        run.close();
      }
    },
    async owned() {
      const { config } = fixture;
      const time = timing();
      const client = await connected(config, time);
      const run = startRun({ adapter, client, deployment: config.deployment, ...time }, { package: pkg.manifest.name });
      try {
        return await findAll(run);
      } finally {
        run.close();
      }
    },
    another: () => bench(given),
    async close() {
      await target.close?.();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return on;
}

/** True when both texts are the same JSON. */
export function same(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function counted(content: Content): { readonly content: Content; readonly built: () => number } {
  let built = 0;
  const archive = () => {
    built++;
    return content.archive();
  };
  return { content: { ...content, archive }, built: () => built };
}

async function outcomeOf<Event>(verb: AsyncIterable<Event>): Promise<{ events: Event[]; failure?: FnpkgError }> {
  const events: Event[] = [];
  try {
    for await (const event of verb) events.push(event);
    return { events };
  } catch (cause) {
    if (cause instanceof FnpkgError) return { events, failure: cause };
    throw cause;
  }
}
