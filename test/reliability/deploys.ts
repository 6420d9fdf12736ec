/** Deploys and destroys on a simulated vendor, on the engine's own door, and everything that is said meanwhile. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Content, Resolved } from "fnpkg/adapter";
import { sampleContent, seededRandom } from "fnpkg/testing";
import { apply, type ApplyEvent, destroy, type DestroyEvent } from "../../src/engine/index.ts";
import { FnpkgError } from "../../src/errors.ts";
import type { Site, Wanted, World } from "./site.ts";

export interface Outcome {
  readonly events: readonly unknown[];
  readonly failure?: FnpkgError;
  /** When the last write of the function ended, and when all did. */
  readonly wrote: number;
  readonly ended: number;
}

const folder = mkdtempSync(join(tmpdir(), "fnpkg-reliability-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

const contents = new Map<string, Content>();
const configs = new Map<string, Resolved<unknown>>();

export function configOf(site: Site, wanted: Wanted): Resolved<unknown> {
  const key = `${site.name} ${JSON.stringify(wanted)}`;
  let found = configs.get(key);
  if (found === undefined) configs.set(key, (found = site.config(wanted)));
  return found;
}

/** Each archive is built once, whatever the world, and while no simulated time passes. */
async function contentOf(site: Site, world: World, wanted: Wanted): Promise<Content> {
  const pkg = packageOf(site, wanted);
  const content = sampleContent(world.adapter, { pkg, config: configOf(site, wanted) }, folder);
  const known = contents.get(content.digest);
  if (known !== undefined) return known;
  const archive = await content.archive();
  const kept: Content = { ...content, archive: async () => archive };
  contents.set(content.digest, kept);
  return kept;
}

export function packageOf(site: Site, wanted: Wanted) {
  const pkg = site.packages[wanted.package];
  if (pkg === undefined) throw new Error(`${site.name} has no package ${wanted.package}`);
  return pkg;
}

export async function deploy(site: Site, world: World, wanted: Wanted): Promise<Outcome> {
  const { adapter, clock, simulator } = world;
  const pkg = packageOf(site, wanted);
  const config = configOf(site, wanted);
  const content = await contentOf(site, world, wanted);
  const { digest, size, entries } = content;
  const client = await adapter.connect(config, { signal: new AbortController().signal, fetch: simulator.fetch, clock });
  const resources = adapter.translate({ pkg, config }, { digest, size, files: entries.length });
  const { name } = pkg.manifest;
  return outcomeOf(
    world,
    apply({
      adapter,
      client,
      content,
      config,
      wanted: resources,
      deployment: config.deployment,
      package: name,
      packageDigest: pkg.digest,
      configDigest: config.digest,
      sensitive: config.sensitive,
      replace: true,
      clock,
      random: seededRandom(1),
    }),
    () => adapter.disconnect?.(client),
  );
}

export async function remove(site: Site, world: World, wanted: Wanted): Promise<Outcome> {
  const { adapter, clock, simulator } = world;
  const config = configOf(site, wanted);
  const client = await adapter.connect(config, { signal: new AbortController().signal, fetch: simulator.fetch, clock });
  const { name } = packageOf(site, wanted).manifest;
  const input = { adapter, client, deployment: config.deployment, package: name, clock, random: seededRandom(1) };
  return outcomeOf(world, destroy({ ...input, sensitive: config.sensitive }), () => adapter.disconnect?.(client));
}

/** A failure that is none of ours is a mistake of the library's, and is thrown on. */
async function outcomeOf(
  { adapter, clock }: World,
  verb: AsyncIterable<ApplyEvent | DestroyEvent>,
  end: () => Promise<void> | undefined,
): Promise<Outcome> {
  const events: unknown[] = [];
  let wrote = Number.POSITIVE_INFINITY;
  try {
    for await (const event of verb) {
      events.push(event);
      if (event.event === "step" && event.status === "done" && adapter.kinds[event.kind]?.anchor === true) wrote = clock.now();
    }
    return { events, wrote, ended: clock.now() };
  } catch (cause) {
    if (cause instanceof FnpkgError) return { events, failure: cause, wrote, ended: clock.now() };
    throw cause;
  } finally {
    await end();
  }
}
