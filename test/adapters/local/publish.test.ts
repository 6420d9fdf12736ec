import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readSidecar } from "../../../adapters/local/host/message.ts";
import { publishTo } from "../../../adapters/local/host/publish.ts";
import type { TriggerDocument } from "../../../adapters/local/state/documents.ts";
import { codeOf, inSite, neutral } from "./site.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fnpkg-publish-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function publish(name: string | undefined, headers: { readonly [name: string]: string } = {}) {
  const queue: TriggerDocument = {
    mark: { deployment: "d", package: "p", resource: "trigger-jobs" },
    revision: "1",
    props: {
      trigger: "jobs",
      settings: {
        type: "queue",
        folder,
        attempts: 0,
        deadLetter: null,
        batch: { size: 1, windowSeconds: 0 },
        maxConcurrency: null,
        ordered: false,
      },
    },
  };
  return publishTo([queue], "jobs", name, Buffer.from("x"), headers);
}

test("attributes that are sent as UTF-8 arrive as they were meant, and so do those in Latin-1", async () => {
  const asRead = (bytes: Buffer) => ({ "message-attributes": bytes.toString("latin1") });
  for (const encoding of ["utf8", "latin1"] as const) {
    const { id } = await publish(undefined, asRead(Buffer.from('{"city":"Köln"}', encoding)));
    expect(await readSidecar(join(folder, "new", id))).toEqual({ attributes: { city: "Köln" } });
  }
});

test("a name may have 200 bytes", async () => {
  const longest = `${"é".repeat(97)}.json`;
  await publish(longest, { "content-type": "text/plain" });
  expect(await readFile(join(folder, "new", longest), "utf8")).toBe("x");
  expect(await codeOf(publish(`a${longest}xx`))).toBe("E_USAGE");
});

test("a name that is no percent-encoded UTF-8 is the caller's mistake", () =>
  inSite(async (site) => {
    await site.deploy(
      await site.pack({ source: "export default () => {};", signature: neutral() }),
      await site.config({
        triggers: [{ name: "jobs", type: "queue", source: "jobs" }],
        resources: { jobs: { local: "./jobs" } },
      }),
    );
    const { status, text } = await site.admin("POST", "/messages/jobs/%zz", { body: "x" });
    expect([status, (JSON.parse(text) as { code: string }).code]).toEqual([400, "E_USAGE"]);
  }));
