/** An emulator that knows functions, their operations and who may call them, and nothing else of Google Cloud. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { openDoor } from "./door.ts";

const known = /^\/v2\/projects\/[^/]+\/locations\/[^/]+\/(?:functions|operations)|:(?:get|set)IamPolicy/;

async function listen(onward: () => string) {
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const path = incoming.url ?? "/";
      if (!known.test(path)) {
        outgoing.writeHead(404, { "content-type": "text/html" }).end("<!doctype html><title>Not found</title>");
        return;
      }
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      const { authorization, "content-type": type = "application/json" } = incoming.headers;
      const answer = await fetch(onward() + path, {
        method: incoming.method ?? "GET",
        headers: { "content-type": type, ...(authorization === undefined ? {} : { authorization }) },
        ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
      });
      const body = JSON.parse(await answer.text(), (key, value: unknown) => (key === "revision" ? undefined : value)) as unknown;
      outgoing.writeHead(answer.status, { "content-type": "application/json" });
      outgoing.end(JSON.stringify(body));
    })().catch((cause: unknown) => outgoing.destroy(cause as Error));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, close: () => new Promise((done) => server.close(done)) };
}

it("is deployed to, found unchanged, changed and left", async () => {
  let onward = "";
  const emulator = await listen(() => onward);
  const door = await openDoor({ section: { endpoint: emulator.endpoint } });
  onward = door.endpoint;
  try {
    const { receipt } = await door.deploy({ timeoutMs: 20_000 });
    expect(receipt.url).toMatch(/^http/);
    const before = door.google.exchanges.length;
    await door.deploy({ timeoutMs: 20_000 });
    expect(door.google.exchanges.slice(before).filter(({ writes }) => writes)).toEqual([]);
    door.edit({ config: { env: { WORD: "other" } } });
    await door.deploy({ timeoutMs: 20_000 });
    expect((await door.status()).state).toBe("ready");
    await door.destroy();
    expect((await door.list()).length).toBe(0);
  } finally {
    await door.close();
    await emulator.close();
  }
});
