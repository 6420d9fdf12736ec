import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { inSite, portOf, send, until } from "./site.ts";

const slow = `
  await new Promise((resolve) => setTimeout(resolve, 1500));
  export default async (request) => {
    await new Promise((resolve) => setTimeout(resolve, Number(request.headers.get("x-ms") ?? 0)));
    return { body: String(process.pid) };
  };
`;

describe("a deploy while workers start or run", () => {
  test("path and methods hold also in a worker that was still loading when they came", () =>
    inSite(async (site) => {
      const config = await site.config({
        triggers: [{ name: "web", type: "http", path: "/a", methods: ["GET"] }],
        instances: { min: 3, max: 3 },
      });
      const port = portOf(await site.deploy(await site.pack({ source: slow }), config));
      const call = (method: string, path: string) => send({ port, method, path, headers: { "x-ms": "300" } });
      await until("three workers", async () => {
        const answers = await Promise.all(Array.from({ length: 6 }, () => call("GET", "/a")));
        return new Set(answers.map(({ text }) => text)).size === 3;
      });
      const posts = await Promise.all(Array.from({ length: 6 }, () => call("DELETE", "/a")));
      expect(posts.map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 405));
      const others = await Promise.all(Array.from({ length: 6 }, () => call("GET", "/b")));
      expect(others.map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 404));
    }));

  test("a call that runs keeps the time it was given when the new configuration gives less", () =>
    inSite(async (site) => {
      const pkg = await site.pack({ source: slow });
      const port = portOf(await site.deploy(pkg, await site.config({ timeout: "20s" })));
      const running = send({ port, headers: { "x-ms": "8000" } });
      await wait(300);
      await site.deploy(pkg, await site.config({ timeout: "1s" }));
      expect((await running).status).toBe(200);
    }));
});
