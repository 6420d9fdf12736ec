/** One sealed package answers requests alike on every target. */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { httpSource } from "./handler.ts";
import { packed } from "./packages.ts";
import { groups, type Row } from "./requests.ts";
import type { Answer, Running } from "./target.ts";
import { targets, titleOf } from "./targets.ts";

const digests = new Map<string, string>();
const web = { name: "web", type: "http", auth: "public" };

/** The answer in what the row speaks of. */
function observed({ headers = {}, body, echo }: Row, answer: Answer): object {
  const values = (name: string) => answer.headers.filter(([key]) => key === name).map(([, value]) => value);
  return {
    status: answer.status,
    broken: answer.broken === true,
    headers: Object.fromEntries(Object.keys(headers).map((name) => [name, values(name)])),
    ...(body === undefined ? {} : { body: typeof body === "string" ? answer.body.toString() : new Uint8Array(answer.body) }),
    ...(echo === undefined ? {} : { echo: JSON.parse(answer.body.toString()) as object }),
  };
}

for (const response of ["buffered", "streaming"] as const) {
  describe.each(targets.map((target) => [titleOf(target), target] as const))(`${response} requests on %s`, (_, target) => {
    let running: Running;
    beforeAll(async () => {
      if (target.missing.length > 0) return;
      const folder = await mkdtemp(join(tmpdir(), "fnpkg-one-"));
      const file = await packed(folder, httpSource, { type: "http", response });
      running = await target.start({ package: file, folder, settings: { env: { GREETING: "hi" }, triggers: [web] } });
    });
    afterAll(() => running?.close());
    const rowsOf = (rows: readonly Row[]) => rows.filter(({ only = response }) => only === response);

    test.skipIf(target.missing.length > 0)("run the same package", async () => {
      expect(digests.get(response) ?? running.packageDigest).toBe(running.packageDigest);
      digests.set(response, running.packageDigest);
      const answer = await running.call({ method: "GET", path: "/echo" });
      expect(JSON.parse(answer.body.toString())).toMatchObject({
        env: { GREETING: "hi" },
        function: { name: "acme/tested", version: "1.0.0", packageDigest: running.packageDigest },
        target: target.name,
        own: ["string", true, true, false],
        frozen: true,
        cwd: "function",
      });
    });

    describe.each(Object.entries(groups))("%s", (_, rows) => {
      test.skipIf(target.missing.length > 0).each(rowsOf(rows).map((row) => [row.name, row] as const))("%s", async (_, row) => {
        const { status = 200, broken = false, headers = {}, body, echo } = row;
        const answer = await running.call(row.call);
        expect(observed(row, answer)).toEqual({
          status,
          broken,
          headers,
          ...(body === undefined ? {} : { body }),
          ...(echo === undefined ? {} : { echo: expect.objectContaining(echo) as unknown }),
        });
        expect(answer.body.includes("secret detail")).toBe(false);
      });
    });
  });
}

describe.each(targets.map((target) => [titleOf(target), target] as const))("the trigger's rules on %s", (_, target) => {
  let running: Running;
  beforeAll(async () => {
    if (target.missing.length > 0) return;
    const folder = await mkdtemp(join(tmpdir(), "fnpkg-one-"));
    const file = await packed(folder, 'export default () => ({ body: "ok" });', { type: "http" });
    const triggers = [{ ...web, path: "/thumb/{id}", methods: ["GET", "POST"] }];
    running = await target.start({ package: file, folder, settings: { triggers } });
  });
  afterAll(() => running?.close());

  test.skipIf(target.missing.length > 0).each([
    ["GET", "/thumb/1", 200],
    ["POST", "/thumb/%C3%BC?x", 200],
    ["HEAD", "/thumb/1", 405],
    ["PUT", "/thumb/1", 405],
    ["GET", "/thumb/", 404],
    ["GET", "/thumb/1/2", 404],
    ["GET", "/thumb/1%2F2", 200],
    ["GET", "/x/../thumb/1", 200],
    ["GET", "/", 404],
  ])("%s %s is %d", async (method, path, status) => {
    expect((await running.call({ method, path })).status).toBe(status);
  });
});
