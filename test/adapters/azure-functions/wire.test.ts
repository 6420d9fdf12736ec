/** What goes over the wire when Azure is slow, refuses, or speaks in its other tongue; and that keys stay where they are. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { connect } from "../../../adapters/azure-functions/client.ts";
import { addressOf, retryAfterMs, trusted } from "../../../adapters/azure-functions/client-rest.ts";
import { AzureError, explain, saidIn, withoutSecrets } from "../../../adapters/azure-functions/errors.ts";
import { adapter } from "../../../adapters/azure-functions/index.ts";
import { type WireAnswer, type WireFault } from "fnpkg/testing";
import { noModels } from "../../engine/check-models.ts";
import { armCheck } from "./arm-schemas.ts";
import { answering, config, credentials, deployment, furnished, json, triggers, writes } from "./azure-site.ts";

const of = config({ env: { A: "1" }, triggers: [triggers.photos] });
const call = { signal: new AbortController().signal };
const sites = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/acme/providers/Microsoft.Web/sites";
afterEach(() => vi.unstubAllEnvs());

describe("azure-functions on the wire", () => {
  vi.setConfig({ testTimeout: 60_000 });

  it.each<readonly [string, WireFault | WireAnswer]>([
    ["429 with Retry-After", { kind: "throttled", afterMs: 1000 }],
    ["503 in each service's words", { kind: "unavailable" }],
    ["503 as a page", { status: 503, body: "<html><body>Service Unavailable</body></html>" }],
    [
      "409 in the words of Microsoft.Web",
      json(409, { Code: "Conflict", Message: "Cannot modify this web app because another operation is in progress." }),
    ],
    ["a page of something in between", { kind: "proxy" }],
    ["an answer that is lost", { kind: "lost" }],
    ["an answer that ends in the middle", { kind: "truncated" }],
    ["work that is done and said to have failed", { kind: "internal-done" }],
    ["a request that never arrives", { kind: "reset" }],
  ])("%s passes by, for every request once", async (_, what) => {
    const site = await deployment(of);
    try {
      const seen = new Set<string>();
      const first = (method: string, path: string) => {
        const known = seen.has(`${method} ${path}`) || path.startsWith("/operations/");
        if (!known) seen.add(`${method} ${path}`);
        return !known;
      };
      if ("kind" in what) site.azure.faults = ({ method, path }) => (first(method, path) ? what : undefined);
      else answering(site.azure, ({ method, url }) => (first(method, url.pathname) ? what : undefined));
      expect((await site.deploy(of)).failure).toBeUndefined();
      expect(seen.size).toBeGreaterThan(12);
      site.azure.faults = () => undefined;
      expect((await site.status(of)).drift).toEqual([]);
    } finally {
      await site.close();
    }
  });

  it("gives both forms of a refusal whole, once, and with what to do", async () => {
    for (const [body, message] of [
      [{ Code: "BadRequest", Message: "The parameter is off." }, "BadRequest: The parameter is off."],
      [
        { error: { code: "Invalid", message: "Off.", details: [{ code: "X", message: "The name is." }] } },
        "Invalid: Off. (The name is.)",
      ],
    ] as const) {
      const site = await deployment(of);
      answering(site.azure, ({ method, url }) =>
        method === "PUT" && url.pathname.endsWith("/thumbnail") ? json(400, body) : undefined,
      );
      const { failure } = await site.deploy(of);
      expect(failure?.message).toBe(`create Microsoft.Web/sites "app": ${message}`);
      expect(writes(site.azure).filter((line) => line.endsWith("/thumbnail"))).toHaveLength(1);
      await site.close();
    }
  });

  it("ends when work that was accepted fails, with its reason", async () => {
    const site = await deployment(of);
    const error = { code: "ValidationFailed", message: "The function does not answer." };
    answering(site.azure, ({ url }) =>
      url.pathname.startsWith("/operations/") && url.searchParams.has("status")
        ? json(200, { status: "Failed", error })
        : undefined,
    );
    const { failure } = await site.deploy(of);
    expect(failure).toMatchObject({
      code: "E_VENDOR",
      message: expect.stringContaining("ValidationFailed: The function does not answer.") as unknown,
    });
    await site.close();
  });

  it("takes a token from the environment, a credential, or says what it lacks", async () => {
    const door = await furnished().listen();
    const where = { ...of, endpoint: door.endpoint };
    vi.stubEnv("AZURE_ACCESS_TOKEN", "arm-token");
    const ready = connect(where);
    await expect(ready.arm.get(sites, "2024-11-01", call)).resolves.toMatchObject({ value: [] });
    vi.stubEnv("AZURE_ACCESS_TOKEN", "");
    let asked = 0;
    const counted = { getToken: async (scope: string | string[]) => (asked++, credentials.getToken(scope)) };
    const client = connect(where, { credentials: counted });
    await Promise.all([1, 2, 3].map(() => client.arm.get(sites, "2024-11-01", call)));
    await client.arm.get(sites, "2024-11-01", call);
    expect(asked).toBe(1);
    const broken = connect(where, {
      credentials: { getToken: async () => Promise.reject(new Error("no login for secret=hunter2&sig=abc")) },
    });
    await expect(broken.arm.get(sites, "2024-11-01", call)).rejects.toMatchObject({
      code: "E_VENDOR",
      message: expect.not.stringContaining("abc") as unknown,
    });
    const wrong = connect(where, { credentials: { getToken: async () => ({ token: "other", expiresOnTimestamp: 0 }) } });
    const refused = await wrong.arm.get(sites, "2024-11-01", call).catch((cause: unknown) => cause);
    expect(explain(refused)).toMatchObject({
      code: "E_VENDOR",
      retry: "never",
      hint: expect.stringContaining("az login") as unknown,
    });
    expect(() => connect(where, { credentials: "a-token" })).toThrow(expect.objectContaining({ code: "E_USAGE" }) as Error);
    for (const one of [ready, client, broken, wrong]) one.close();
    await door.close();
  });

  it("loads the default chain of @azure/identity, and finds its class", async () => {
    const { DefaultAzureCredential } = await import("@azure/identity");
    expect(typeof new DefaultAzureCredential().getToken).toBe("function");
  });

  it("sends tokens to https and this machine only, and not where a list leads elsewhere", async () => {
    expect(() => trusted("http://example.com", "it")).toThrow(/no https address/);
    expect(trusted("http://127.0.0.1:1", "it").port).toBe("1");
    expect([addressOf("a.azurewebsites.net"), addressOf("127.0.0.1:8")]).toEqual([
      "https://a.azurewebsites.net",
      "http://127.0.0.1:8",
    ]);
    const azure = furnished();
    answering(azure, ({ url }) =>
      url.pathname.endsWith("/sites") ? json(200, { value: [], nextLink: "https://elsewhere.example/next" }) : undefined,
    );
    const client = await adapter.connect(of, { ...call, credentials, fetch: azure.fetch });
    await expect(client.arm.follow("https://elsewhere.example/next", call)).rejects.toMatchObject({ code: "E_VENDOR" });
    client.close();
  });

  it.each([
    [new AzureError({ call: "x", status: 400, code: "PrincipalNotFound", message: "m" }), "later"],
    [new AzureError({ call: "x", status: 409, code: "Conflict", message: "Website with given name a already exists." }), "never"],
    [new AzureError({ call: "x", status: 409, code: "RoleAssignmentExists", message: "m" }), "never"],
    [new AzureError({ call: "x", status: 409, code: "Conflict", message: "another operation is in progress" }), "now"],
    [new AzureError({ call: "x", status: 403, code: "AuthorizationFailed", message: "m" }), "never"],
    [new AzureError({ call: "x", status: 500, message: "m" }), "later"],
    [
      new AzureError({
        call: "x",
        status: 400,
        code: "InvalidRequest",
        message: "Destination endpoint not found. Resource should pre-exist",
      }),
      "later",
    ],
    [Object.assign(new Error("socket hang up"), { code: "ECONNRESET" }), "now"],
    [Object.assign(new Error("getaddrinfo"), { code: "ENOTFOUND" }), "never"],
    [new TypeError("fetch failed", { cause: Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }) }), "now"],
    [new TypeError("terminated", { cause: Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET" }) }), "now"],
    [new TypeError("fetch failed", { cause: Object.assign(new Error("getaddrinfo"), { code: "ENOTFOUND" }) }), "never"],
    [
      new AzureError({
        call: "x",
        status: 400,
        code: "BadRequest",
        message: "Encountered an error (ServiceUnavailable) from host runtime.",
      }),
      "later",
    ],
  ])("%s is tried again: %s", (cause, retry) => {
    expect(explain(cause)).toMatchObject({ retry });
  });

  it.skipIf(noModels)(`holds every body against ARM's schemas${noModels ? " (skipped: needs FNPKG_MODELS)" : ""}`, () => {
    const { check } = armCheck();
    const plan = {
      location: "westeurope",
      kind: "functionapp",
      sku: { name: "FC1", tier: "FlexConsumption" },
      properties: { reserved: true },
    };
    const path = `${sites.replace("sites", "serverfarms")}/a`;
    expect(check?.("microsoft.web/serverfarms", "2024-11-01", plan, path)).toEqual([]);
    expect(check?.("microsoft.web/serverfarms", "2024-11-01", { ...plan, properties: { reservd: true } }, path)).not.toEqual([]);
  });

  it("gives up on an answer that does not come, and when it is told to, also through a `fetch` that was handed in", async () => {
    const hanging: typeof fetch = (_, init) =>
      new Promise((_resolve, reject) => init?.signal?.addEventListener("abort", () => reject(init.signal?.reason as Error)));
    const client = connect(of, { credentials, fetch: hanging });
    const late = await client.arm.get(sites, "2024-11-01", { ...call, patienceMs: 20 }).catch((cause: unknown) => cause);
    expect(late).toMatchObject({ message: "no answer for 0.02s" });
    expect(explain(late)).toMatchObject({ code: "E_NETWORK", retry: "now" });
    const stop = new AbortController();
    const stopped = client.arm.get(sites, "2024-11-01", { signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(stopped).rejects.toThrow("enough");
    client.close();
  });

  it("reads every form of a failure, and blots keys out", () => {
    expect(saidIn({ Message: "m", ExceptionMessage: "why" })).toEqual({ message: "why" });
    expect(saidIn('<?xml version="1.0"?><Error><Code>BlobNotFound</Code><Message>gone\nRequestId:1</Message></Error>')).toEqual({
      code: "BlobNotFound",
      message: "gone",
    });
    expect(saidIn("")).toBeUndefined();
    const dirty = "https://a/b?code=abc&x=1 AccountKey=Zm9v==;y Bearer eyJhbGciOi.eyJzdWIi.c2ln sig=q https://c/d?sig=z%3D";
    const clean = withoutSecrets(dirty);
    for (const secret of ["abc", "Zm9v", "eyJhbGciOi", "z%3D"]) expect(clean).not.toContain(secret);
    expect(retryAfterMs({ "retry-after": "3" })).toBe(3000);
    expect(retryAfterMs({})).toBeUndefined();
  });
});
