/** This machine: really deployed; messages and objects are files. */
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { portOf, Site } from "../adapters/local/site.ts";
import { send } from "./raw-http.ts";
import { configurationOf, type Happening, type Outcome, type Target } from "./target.ts";

export const local: Target = {
  name: "local",
  missing: [],
  without: { schedule: "the clock alone makes it fire" },
  async start({ package: file, settings, folder }) {
    const site = new Site(folder);
    const once = { override: { triggers: triggersOf(settings).map(({ name }) => ({ name, retry: { attempts: 0 } })) } };
    const config = configurationOf(settings) as { targets: { local: object } };
    const http = triggersOf(settings).some(({ type }) => type === "http");
    Object.assign(config.targets.local, http ? {} : once);
    await writeFile(join(folder, "config.json"), JSON.stringify(config));
    const receipt = await site.deploy(file, join(folder, "config.json"));
    return {
      packageDigest: receipt.packageDigest,
      call: (call) => send(portOf(receipt), call),
      deliver: (happenings) => Promise.all(happenings.map((one) => deliver(site, one))),
      close: () => site.end(),
    };
  },
};

function triggersOf(settings: { readonly [key: string]: unknown }) {
  return settings["triggers"] as readonly { readonly name: string; readonly type: string; readonly source?: string }[];
}

async function deliver(site: Site, happening: Happening): Promise<Outcome> {
  switch (happening.type) {
    case "message": {
      const { trigger, id, body, contentType, attributes } = happening;
      const headers = {
        ...(contentType === undefined ? {} : { "content-type": contentType }),
        ...(attributes === undefined ? {} : { "message-attributes": Buffer.from(JSON.stringify(attributes)).toString("latin1") }),
      };
      // As bytes: with text Node writes the headers as UTF-8 once more.
      const sent = { body: Buffer.from(body), headers };
      const { status, text } = await site.admin("POST", `/messages/${trigger}/${id}`, sent);
      if (status !== 200) throw new Error(text);
      return outcomeOf(site.path(trigger), id);
    }
    case "created": {
      const file = site.path("photos", happening.key);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, Buffer.alloc(happening.size, "x"));
      return "handled";
    }
    case "deleted":
      await rm(site.path("photos", happening.key));
      return "handled";
    case "schedule":
      throw new Error("not on this machine");
    default:
      return happening satisfies never;
  }
}

/** Once the message is nowhere any more, or among those that failed. */
async function outcomeOf(folder: string, id: string): Promise<Outcome> {
  const end = Date.now() + 60_000;
  // Between two folders it may be seen in neither.
  for (let gone = 0; Date.now() < end; await wait(25)) {
    const found = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(`/${id}`));
    if (found.some((name) => name.includes("failed/"))) return "failed";
    gone = found.length === 0 ? gone + 1 : 0;
    if (gone === 4) return "handled";
  }
  throw new Error(`the message ${id} was never taken`);
}
