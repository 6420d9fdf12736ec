import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { inSite, portOf, send } from "./site.ts";

const source = `
  export default async (request) => {
    await new Promise((resolve) => setTimeout(resolve, 200));
    const { pathname } = new URL(request.url);
    if (pathname === "/exit") process.exit(1);
    if (pathname === "/halfway") return new Response(new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode("half"));
        setTimeout(() => process.exit(1), 200);
      },
    }));
    return { body: "fine" };
  };
`;

test.each(["/exit", "/halfway"])("a worker that ends in the middle of %s takes no waiting call with it", (path) =>
  inSite(async (site) => {
    const pkg = await site.pack({ source, signature: { type: "http", response: "streaming" } });
    const port = portOf(await site.deploy(pkg, await site.config({ instances: { max: 1 } })));
    const broken = send({ port, path }).then(
      ({ status }) => status,
      () => "broken off",
    );
    await wait(100);
    const waiting = await Promise.all(Array.from({ length: 3 }, () => send({ port, path: "/" })));
    expect(waiting.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await broken).toBe(path === "/exit" ? 502 : "broken off");
  }),
);
