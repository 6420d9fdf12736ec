/** Builds inputs of `check` from a least legal one, and holds a target's table to its edges. */
import { describe, expect, test } from "vitest";
import type { Resolved, Target, Trigger, Manifest, JsonObject, Code } from "fnpkg/adapter";
import { check, type CheckInput, type CheckResult, type Finding } from "../../src/engine/check.ts";
import { unknownFields } from "../../src/engine/limits.ts";
import { errorsOf } from "../../src/errors.ts";

/** What a case changes. Everything else is the least that is legal. */
export interface Change {
  readonly section?: JsonObject;
  readonly resolved?: Partial<Resolved>;
  readonly triggers?: readonly Trigger[];
  readonly manifest?: Partial<Manifest>;
  readonly sizes?: Partial<CheckInput["sizes"]>;
}

/** A target with what a least legal configuration of it needs. */
export interface Setup {
  readonly target: Target;
  readonly section: JsonObject;
  readonly identity?: string;
}

export const http: Trigger = { type: "http", name: "web", path: "/{rest*}", auth: "public" };

export function inputOf({ target, section, identity }: Setup, change: Change = {}): CheckInput {
  const triggers = change.triggers ?? [http];
  const signature: Manifest["signature"] = triggers.some(({ type }) => type === "http")
    ? { type: "http" }
    : { type: "cloudevent", events: [{ type: "com.acme.event" }] };
  const manifest: Manifest = {
    kind: "FunctionPackage",
    specVersion: "1.0",
    name: "acme/thumbnail",
    version: "1.0.0",
    profile: "nodejs",
    entryPoint: { module: "index.mjs" },
    signature,
    files: [],
    dependencies: { packages: [] },
    requires: {},
    ...change.manifest,
  };
  const resolved: Resolved = {
    target: target.name,
    deployment: "thumbnail",
    function: "thumbnail",
    env: {},
    secrets: {},
    sensitive: [],
    memoryMiB: 512,
    timeoutSeconds: 30,
    concurrency: 1,
    instances: {},
    architecture: "x86_64",
    triggers,
    network: { ingress: "public" },
    logs: { level: "info" },
    tags: {},
    registries: {},
    policy: { requireDigest: false, requireSignature: false },
    section: target.config.parse({ ...section, ...change.section }) as JsonObject,
    raw: {},
    base: "/",
    digest: "sha256:0",
    places: { at: (pointer) => ({ file: "function-config.yaml", pointer }) },
    ...(identity === undefined ? {} : { identity }),
    ...change.resolved,
  };
  return { manifest, sizes: { compressed: 1000, uncompressed: 4000, files: 2, ...change.sizes }, resolved, target };
}

export function checkOf(setup: Setup, change: Change = {}): CheckResult {
  return check(inputOf(setup, change));
}

/** The last legal value and the first illegal one of a row. */
export interface Edge {
  readonly legal: Change;
  readonly illegal: Change;
  readonly code: Code;
  /** Where the illegal value stands. */
  readonly at: string;
  /** The nearest legal values, as a person reads them; left out where the row knows words only. */
  readonly nearest?: string;
}

export type Edges = { readonly [row: string]: Edge };

/** Every row of the table has an edge, and holds on both sides of it. */
export function holdsItsEdges(setup: Setup, edges: Edges): void {
  const { rows } = setup.target.limits;
  describe(`${setup.target.name}: every row at its edge`, () => {
    test("every row has a case, every case a row, and no id stands twice", () => {
      expect(Object.keys(edges).sort()).toEqual(rows.map(({ id }) => id).sort());
      expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    });

    test("every field is a fact", () => {
      expect(unknownFields(rows)).toEqual([]);
    });

    test("every row says who says so, and when it was looked up", () => {
      for (const { id, source, checked } of rows) {
        expect(source, id).toMatch(/^https:\/\/\S+$|^\S.+ \S+/);
        expect(checked, id).toMatch(/^\d{4}-\d{2}-\d{2}$/);
      }
    });

    test("the least configuration is legal", () => {
      expect(checkOf(setup).problems).toEqual([]);
    });

    test.each(Object.entries(edges))("%s", (id, edge) => {
      expect(errorsOf(checkOf(setup, edge.legal).problems)).toEqual([]);
      const found = checkOf(setup, edge.illegal).problems.find(({ limit }) => limit === id);
      expect(found).toMatchObject({ code: edge.code, pointer: edge.at, target: setup.target.name });
      const row = rows.find((candidate) => candidate.id === id);
      expect(found?.hint).toContain(row?.source);
      if (edge.nearest !== undefined) expect(found?.message).toContain(`nearest: ${edge.nearest}`);
      if (row?.type === "range" || row?.type === "choice" || row?.type === "ratio")
        expect(edge.nearest, "names the nearest").toBeDefined();
    });
  });
}

/** Only what a reader of golden outputs wants to see. */
export function brief(problems: readonly Finding[]): string[] {
  return problems.map(
    ({ code, message, pointer, severity }) => `${severity === "warning" ? "warning " : ""}${code} ${pointer ?? ""}: ${message}`,
  );
}

type Of<T extends Trigger["type"]> = Partial<Extract<Trigger, { type: T }>>;

/** Builders of one trigger each, with a target's own ids. */
export function builders(ids: { queue: string; topic: string; container: string; stream: string }) {
  const ref = (resource: keyof typeof ids) => ({ resource, id: ids[resource] });
  return {
    web: (more: Of<"http"> = {}): Trigger => ({ ...(http as Extract<Trigger, { type: "http" }>), ...more }),
    schedule: (more: Of<"schedule"> = {}): Trigger => ({
      type: "schedule",
      name: "tick",
      timezone: "UTC",
      ...(more.everySeconds === undefined ? { cron: "*/5 * * * *" } : {}),
      ...more,
    }),
    queue: (more: Of<"queue"> = {}): Trigger => ({ type: "queue", name: "jobs", source: ref("queue"), ordered: false, ...more }),
    topic: (more: Of<"topic"> = {}): Trigger => ({ type: "topic", name: "orders", source: ref("topic"), ...more }),
    objects: (more: Of<"object-storage"> = {}): Trigger => ({
      type: "object-storage",
      name: "up",
      source: ref("container"),
      events: ["created"],
      ...more,
    }),
    stream: (more: Of<"stream"> = {}): Trigger => ({
      type: "stream",
      name: "clicks",
      source: ref("stream"),
      start: "latest",
      ...more,
    }),
  };
}

/** An edge whose row is E_TARGET_LIMIT. */
export function limit(at: string, legal: Change, illegal: Change, nearest?: string): Edge {
  return { code: "E_TARGET_LIMIT", at, legal, illegal, ...(nearest === undefined ? {} : { nearest }) };
}

/** An edge whose row is E_CAPABILITY. */
export function missing(at: string, legal: Change, illegal: Change): Edge {
  return { code: "E_CAPABILITY", at, legal, illegal };
}

export function resolved(more: Partial<Resolved>): Change {
  return { resolved: more };
}

/** So many different words. */
export function many(count: number, prefix = "x-"): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}
