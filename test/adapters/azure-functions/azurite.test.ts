/**
 * Packages that are kept for a rollback, in Azurite: the command line as it is shipped, over https, with tokens that are checked.
 * What is there is looked at and changed by a second client, which signs with the account's key.
 */
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AzureClient, connect } from "../../../adapters/azure-functions/client.ts";
import { type FunctionConfig, pack as seal, type Receipt } from "../../../src/index.ts";
import { inSite, type Failure } from "../../cli/support.ts";
import { writeSample } from "../../cli/samples.ts";
import { type Azurite, startAzurite } from "../../emulators/azurite.ts";
import { type Blobs, exchange, sharedKey } from "../../emulators/shared-key.ts";
import { needsTool, npmTool } from "../../emulators/tools.ts";
import { type Azure, config, furnished, subscription } from "./azure-site.ts";

let azurite: Azurite;
let blobs: Blobs;

/** What Azurite looks at: audience, issuer and times. It can't know Entra's keys. */
function token(claims: object = {}): string {
  const now = Math.floor(Date.now() / 1000);
  const whose = { aud: "https://storage.azure.com", iss: "https://sts.windows.net/acme/" };
  const part = (value: object | string) =>
    Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
  return [{ alg: "RS256" }, { ...whose, iat: now, nbf: now - 60, exp: now + 3600, ...claims }, "signature"].map(part).join(".");
}

interface Life {
  readonly azure: Azure;
  /** The last document that `fnpkg VERB …` prints, which must succeed. */
  run(args: readonly string[]): Promise<object>;
  /** What it fails with. */
  refused(args: readonly string[], storage?: string): Promise<Failure["error"]>;
  /** Packs a version and deploys it. The archive's name in the container. */
  deploy(version: number): Promise<string>;
  pack(version: number): Promise<void>;
  readonly digest: (version: number) => string;
  /** The names of what the container holds. */
  kept(): Promise<readonly string[]>;
  /** The SHA-256 of the archive that the app serves. */
  serving(): string;
}

function configOf(container: string, endpoint: string): FunctionConfig {
  const storage = { account: "acmehost", container, keepPackages: 2 };
  return {
    specVersion: "1.0",
    kind: "FunctionConfig",
    function: "app",
    package: { name: "app" },
    memory: "512Mi",
    runtime: "22",
    triggers: [{ name: "web", type: "http" }],
    targets: { "azure-functions": { subscription, resourceGroup: "acme", region: "westeurope", storage, endpoint } },
  };
}

/** A deployment in a container of its own; Resource Manager names Azurite as the account's blob service. */
async function life(container: string, work: (life: Life) => Promise<void>): Promise<void> {
  const azure = furnished({ lags: {} });
  const door = await azure.listen();
  const { accounts } = azure.vendor.state;
  accounts.set("acmehost", { containers: new Set([container]), blobEndpoint: `${azurite.endpoint}/` });
  await blobs("PUT", `${container}?restype=container`);
  try {
    await inSite(async (site) => {
      const digests: string[] = [];
      await writeFile(join(site.folder, "config.json"), JSON.stringify(configOf(container, door.endpoint)));
      const ran = async ([verb = "", ...args]: readonly string[], storage = token()) => {
        const env = {
          NODE_EXTRA_CA_CERTS: azurite.certFile,
          AZURE_ACCESS_TOKEN: "arm-token",
          AZURE_STORAGE_ACCESS_TOKEN: storage,
        };
        const where = ["--config", "config.json", "--target", "azure-functions", "--json"];
        const { status, stdout, stderr } = await site.fnpkg([verb, ...args, ...where], { env });
        for (const secret of [storage, "arm-token"]) expect(stdout + stderr).not.toContain(secret);
        return { status, said: JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as object };
      };
      const run: Life["run"] = async (args) => {
        const { status, said } = await ran(args);
        expect(status, JSON.stringify(said)).toBe(0);
        return said;
      };
      const pack: Life["pack"] = async (version) => {
        const code = `export default () => ({ body: "${version}" });\n`;
        await writeSample(site, { code });
        digests[version] = (await seal({ folder: join(site.folder, "app"), out: join(site.folder, "app.fnpkg") })).digest;
      };
      await work({
        azure,
        run,
        async refused(args, storage) {
          const { status, said } = await ran(args, storage);
          expect(status).not.toBe(0);
          return (said as Failure).error;
        },
        pack,
        async deploy(version) {
          await pack(version);
          const { receipt } = (await run(["deploy", "app.fnpkg"])) as { readonly receipt: Receipt };
          return `fnpkg/app/${receipt.archiveSha256}.zip`;
        },
        digest: (version) => digests[version] ?? "",
        async kept() {
          const { body } = await blobs("GET", `${container}?restype=container&comp=list`);
          return [...body.toString().matchAll(/<Name>([^<]+)</g)].map(([, name = ""]) => name);
        },
        serving: () => azure.vendor.state.apps.get("app")?.deployments.at(-1)?.sha256 ?? "",
      });
    });
  } finally {
    await door.close();
  }
}

/** The adapter's client in this process, which does not trust the certificate by itself. */
function inProcess(claims: object, query: { readonly [name: string]: string } = {}): AzureClient {
  return connect(config(), {
    credentials: { getToken: async () => ({ token: token(claims), expiresOnTimestamp: Date.now() + 3_600_000 }) },
    async fetch(input, { method = "GET", headers } = {}) {
      const url = new URL(String(input));
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
      const heard = await exchange(azurite.cert, url, { method, headers: headers as { [name: string]: string } });
      return new Response(new Uint8Array(heard.body), { status: heard.status, headers: heard.headers });
    },
  });
}

const call = { signal: new AbortController().signal };
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const blob = { "x-ms-blob-type": "BlockBlob" };
const strange = "fnpkg/app/notes.zip";
const saying = (words: string) => expect.stringContaining(words) as unknown;

describe.skipIf(npmTool("azurite") === undefined)(`packages kept in Azurite${needsTool("azurite")}`, () => {
  beforeAll(async () => {
    azurite = await startAzurite();
    blobs = sharedKey(azurite);
  });
  afterAll(() => azurite.close());

  it("are what was deployed, with what it was, and as many as are wanted", () =>
    life("kept", async ({ deploy, digest, kept, serving }) => {
      await blobs("PUT", `kept/${strange}`, { headers: blob, body: Buffer.from("mine") });
      const before = Date.now();
      const first = await deploy(1);
      expect(await kept()).toEqual([first, strange]);
      const { body, headers } = await blobs("GET", `kept/${first}`);
      expect(first).toContain(sha256(body));
      expect(sha256(body)).toBe(serving());
      expect(headers).toMatchObject({
        "content-type": "application/zip",
        "x-ms-meta-fnpkgpackage": digest(1),
        "x-ms-meta-fnpkglayout": expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as unknown,
      });
      const created = Date.parse(headers["x-ms-meta-fnpkgcreated"] ?? "");
      expect(created).toBeGreaterThanOrEqual(before);
      expect(created).toBeLessThanOrEqual(Date.now());
      const later = [await deploy(2), await deploy(3)];
      expect(await kept()).toEqual([...later, strange].toSorted());
    }));

  it("serve again after a rollback, byte for byte, and no others do", () =>
    life("back", async ({ azure, deploy, digest, run, refused, serving }) => {
      const first = await deploy(1);
      const second = await deploy(2);
      await run(["rollback"]);
      expect(first).toContain(serving());
      expect(await run(["status"])).toMatchObject({ state: "ready", packageDigest: digest(1) });
      await run(["rollback", "--digest", digest(2)]);
      expect(second).toContain(serving());

      const state = azure.vendor.snapshot();
      const unknown = await refused(["rollback", "--digest", `sha256:${"0".repeat(64)}`]);
      expect(unknown).toMatchObject({ code: "E_NOT_DEPLOYED", hint: saying(digest(1)) });
      // Overwritten by someone: with what was said of it, and without.
      const { headers } = await blobs("HEAD", `back/${first}`);
      const said = Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("x-ms-meta-")));
      const body = Buffer.from("another archive");
      await blobs("PUT", `back/${first}`, { headers: { ...blob, ...said }, body });
      expect(await refused(["rollback"])).toMatchObject({ code: "E_DIGEST", message: saying(sha256(body)) });
      await blobs("PUT", `back/${first}`, { headers: blob, body });
      expect(await refused(["rollback"])).toMatchObject({ code: "E_NOT_DEPLOYED" });
      expect(azure.vendor.snapshot()).toEqual(state);
    }));

  it("are not kept, and nothing is published, with a token that is not for it", () =>
    life("refused", async ({ azure, pack, refused, kept }) => {
      await pack(1);
      for (const [claims, words] of [
        [{ aud: "https://vault.azure.net" }, "Invalid token audience."],
        [{ exp: 1 }, "Lifetime validation failed. The token is expired."],
        [{ iss: "https://example.com/" }, "Invalid token issuer."],
      ] as const)
        expect(await refused(["deploy", "app.fnpkg"], token(claims))).toMatchObject({
          code: "E_VENDOR",
          message: expect.stringMatching(
            new RegExp(`AuthenticationFailed: Server failed to authenticate the request.* ${words}`),
          ) as unknown,
          hint: saying("AZURE_STORAGE_ACCESS_TOKEN"),
        });
      expect(await kept()).toEqual([]);
      expect(azure.vendor.state.apps.get("app")?.deployments).toEqual([]);
    }));

  it("stay after a destroy, and go with a purge, which leaves what others put there", () =>
    life("gone", async ({ deploy, kept, run }) => {
      const name = await deploy(1);
      await blobs("PUT", `gone/${strange}`, { headers: blob, body: Buffer.from("mine") });
      await run(["destroy"]);
      expect(await kept()).toEqual([name, strange]);
      await run(["destroy", "--purge"]);
      expect(await kept()).toEqual([strange]);
    }));

  it("are listed page by page, whatever others call theirs", async () => {
    await blobs("PUT", "pages?restype=container");
    const names = ["a & b", "c", "d < 'e'"].map((name) => `fnpkg/app/${name}.zip`);
    for (const name of names) await blobs("PUT", `pages/${encodeURI(name)}`, { headers: blob, body: Buffer.of(1) });
    const client = inProcess({}, { maxresults: "1" });
    const found: (readonly string[])[] = [];
    let marker: string | undefined;
    do {
      const page = await client.blobs.list(`${azurite.endpoint}/pages`, "fnpkg/app/", marker, call);
      found.push(page.names);
      marker = page.next;
    } while (marker !== undefined);
    expect(found.filter(({ length }) => length > 0)).toEqual(names.map((name) => [name]));
    client.close();
  });

  it("tell why they are not looked at, also where an answer has no body", async () => {
    await blobs("PUT", "heads?restype=container");
    const client = inProcess({ exp: 1 });
    const refused = client.blobs.head(`${azurite.endpoint}/heads/fnpkg/app/a.zip`, call);
    await expect(refused).rejects.toMatchObject({ status: 403, code: "AuthenticationFailed" });
    client.close();
  });
});
