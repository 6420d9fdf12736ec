/** The vendor's API: here JSON documents and releases in a folder. A cloud's client would load its SDK here, by `import()`. */
import { randomUUID } from "node:crypto";
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Content, Derivation, Located, Mark } from "fnpkg/adapter";
import type { Section } from "./config.ts";

/** One thing that exists, as it stands in ROOT/DEPLOYMENT/ID.json. */
export interface Document {
  readonly kind: string;
  readonly props: object;
  /** `null`: not made by fnpkg. */
  readonly mark: Mark | null;
  readonly derivation?: Derivation;
}

export class FolderClient {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  async deployments(): Promise<string[]> {
    return (await readdir(this.root).catch(nothingThere)) ?? [];
  }

  async ids(deployment: string): Promise<string[]> {
    const names = (await readdir(pathOf(this, deployment)).catch(nothingThere)) ?? [];
    return names.filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -".json".length));
  }

  async get(deployment: string, id: string): Promise<Document | undefined> {
    const text = await readFile(pathOf(this, deployment, `${id}.json`), "utf8").catch(nothingThere);
    return text === undefined ? undefined : (JSON.parse(text) as Document);
  }

  /** Whole or not at all: written beside its place, then moved. */
  async put(deployment: string, id: string, document: Document): Promise<void> {
    const file = pathOf(this, deployment, `${id}.json`);
    const partial = `${file}.${randomUUID()}`;
    await mkdir(dirname(file), { recursive: true });
    await writeFile(partial, JSON.stringify(document));
    await rename(partial, file);
  }

  async remove(deployment: string, ...path: string[]): Promise<void> {
    await rm(pathOf(this, deployment, ...path), { recursive: true, force: true });
  }

  /** Unpacks the code under its digest; a release that is there is whole, whoever was first. */
  async release(deployment: string, content: Content): Promise<void> {
    const folder = pathOf(this, deployment, "releases", releaseOf(content.digest));
    if ((await readdir(folder).catch(nothingThere)) !== undefined) return;
    const partial = `${folder}.${randomUUID()}`;
    for (const entry of content.entries) {
      const file = join(partial, entry.path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, entry.read());
      if (entry.executable) await chmod(file, 0o755);
    }
    await rename(partial, folder).catch(async () => {
      await rm(partial, { recursive: true, force: true });
      await readdir(folder);
    });
  }
}

/** Where a deployment's things stand. */
export function pathOf({ root }: Pick<FolderClient, "root">, deployment: string, ...path: string[]): string {
  return join(root, deployment, ...path);
}

export function releaseOf(digest: string): string {
  return digest.slice("sha256:".length, "sha256:".length + 16);
}

export function connect({ section, base }: Located<Section>): Promise<FolderClient> {
  return Promise.resolve(new FolderClient(resolve(base, section.root)));
}

function nothingThere(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
