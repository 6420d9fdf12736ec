/** A function at the public door: packed, deployed to a project on loopback, and asked about. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LogLine } from "fnpkg/adapter";
import {
  type ApplyEvent,
  deploy,
  destroy,
  type FunctionConfig,
  invoke,
  list,
  logs,
  pack,
  permissions,
  plan,
  promote,
  rollback,
  status,
  versions,
} from "../../../src/index.ts";
import type { Exchange } from "fnpkg/testing";
import { account, project, region, startProject } from "./google-site.ts";

const target = "google-cloud-functions";

export interface Given {
  readonly code?: string;
  /** Of the author file, YAML. */
  readonly signature?: string;
  readonly config?: Partial<FunctionConfig>;
  readonly section?: object;
  /** Deploy with a token in the environment. */
  readonly credentials?: unknown;
}

export type Door = Awaited<ReturnType<typeof openDoor>>;

export async function openDoor(first: Given = {}) {
  const { google, vendor, world, endpoint, address, close } = await startProject();
  const root = await mkdtemp(join(tmpdir(), "fnpkg-on-google-"));
  const [cache, folder] = [join(root, "cache"), join(root, "function")];
  await mkdir(folder);
  const events: unknown[] = [];
  let given = first;
  let count = 0;
  const common = () => ({
    target,
    base: root,
    credentials: given.credentials ?? { getAccessToken: async () => world.token },
    config: {
      specVersion: "1.0",
      kind: "FunctionConfig",
      function: "thumbnail",
      package: { name: "acme/thumbnail" },
      triggers: [{ name: "web", type: "http", auth: "public" }],
      identity: { [target]: account },
      ...given.config,
      targets: { [target]: { project, region, endpoint, ...given.section } },
    } as FunctionConfig,
  });
  const packed = async () => {
    const { code = "export default async () => new Response('ok');\n", signature = "{ type: http }" } = given;
    await writeFile(join(folder, "index.mjs"), code);
    await writeFile(
      join(folder, "function-package.yaml"),
      `kind: FunctionPackage
specVersion: "1.0"
name: acme/thumbnail
version: 1.0.0
profile: nodejs
entryPoint: { module: index.mjs, export: default }
signature: ${signature}
requires: { env: [{ name: WORD, optional: true }] }
`,
    );
    const { file } = await pack({ folder, out: join(root, `${++count}.fnpkg`), cache });
    return file;
  };
  return {
    google,
    vendor,
    world,
    endpoint,
    address,
    /** Everything that the library told. */
    events,
    edit(more: Given) {
      given = { ...given, ...more };
    },
    plan: async () => plan({ ...common(), package: await packed(), cache }),
    async deploy(more: { readonly traffic?: number; readonly adopt?: boolean; readonly timeoutMs?: number } = {}) {
      const told: ApplyEvent[] = [];
      const onEvent = (event: ApplyEvent) => void told.push(event);
      try {
        const receipt = await deploy({ ...common(), package: await packed(), cache, onEvent, ...more });
        return { receipt, told };
      } finally {
        events.push(...told);
      }
    },
    permissions: async (operations = false) => permissions({ ...common(), package: await packed(), cache, operations }),
    destroy: () => destroy(common()),
    status: () => status({ ...common(), verify: true }),
    list: () => list(common()),
    versions: () => versions(common()),
    promote: (version: string) => promote({ ...common(), version }),
    rollback: (to: { readonly version?: string; readonly digest?: string } = {}) => rollback({ ...common(), ...to }),
    invoke: (invocation: Parameters<typeof invoke>[0]["invocation"]) => invoke({ ...common(), invocation }),
    async logs(options: { readonly tail?: number; readonly follow?: boolean; readonly signal?: AbortSignal } = {}) {
      const lines: LogLine[] = [];
      for await (const line of logs({ ...common(), ...options })) lines.push(line);
      return lines;
    },
    follow: (signal: AbortSignal) => logs({ ...common(), follow: true, signal }),
    async close() {
      await close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** Calls that changed something, in order: `PATCH …/functions/thumbnail`. */
export function writesOf(exchanges: readonly Exchange[]): string[] {
  return exchanges
    .filter(({ name, writes }) => writes && name !== "objects.upload" && name !== "functions.call")
    .map(({ method, path }) => `${method} ${path.slice(path.lastIndexOf("/") + 1)}`);
}
