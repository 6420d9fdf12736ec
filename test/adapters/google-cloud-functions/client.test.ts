/** How requests are signed and sent, and what failures come to. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { connect } from "../../../adapters/google-cloud-functions/client.ts";
import { explain, GoogleError, isMissing } from "../../../adapters/google-cloud-functions/errors.ts";
import { disabled } from "../../../src/testing/simulators/google/status.ts";
import { config } from "./google-site.ts";

const call = { signal: new AbortController().signal };
let server: Server;
let endpoint = "";
let seen: { url: string; authorization: string | undefined; project: string | undefined }[] = [];
let answer: { status: number; body: string; headers?: Record<string, string> } = { status: 200, body: "{}" };

beforeAll(async () => {
  server = createServer((request, response) => {
    const { authorization, "x-goog-user-project": project } = request.headers;
    seen.push({ url: request.url ?? "", authorization, project: project as string | undefined });
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));
afterEach(() => {
  vi.unstubAllEnvs();
  seen = [];
  answer = { status: 200, body: "{}" };
});

const { section } = config({ triggers: [] });
const get = async (credentials?: unknown) => {
  const client = connect({ section, endpoint }, credentials === undefined ? {} : { credentials });
  return client.functions.getFunction("projects/p/locations/r/functions/f", call);
};

describe("credentials", () => {
  it("are a token from the environment", async () => {
    vi.stubEnv("GOOGLE_OAUTH_ACCESS_TOKEN", "ya29.from-env\n");
    await get();
    expect(seen).toMatchObject([{ url: "/v2/projects/p/locations/r/functions/f", authorization: "Bearer ya29.from-env" }]);
  });

  it("are none for an emulator on this machine where none are given", async () => {
    vi.stubEnv("GOOGLE_OAUTH_ACCESS_TOKEN", undefined);
    vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", undefined);
    await get();
    expect(seen[0]?.authorization).toBeUndefined();
  });

  const forms: readonly (readonly [name: string, credentials: object])[] = [
    ["an object that answers a text", { getAccessToken: async () => "ya29.mine" }],
    ["an AuthClient", { getAccessToken: async () => ({ token: "ya29.mine" }) }],
    ["a GoogleAuth", { getRequestHeaders: async () => new Headers({ authorization: "Bearer ya29.mine" }) }],
  ];
  it.each(forms)("are %s, before the environment", async (_, credentials) => {
    vi.stubEnv("GOOGLE_OAUTH_ACCESS_TOKEN", "ya29.from-env");
    await get(credentials);
    expect(seen[0]?.authorization).toBe("Bearer ya29.mine");
  });

  it("are the library's own chain where a file is named, with its quota project", async () => {
    vi.stubEnv("GOOGLE_OAUTH_ACCESS_TOKEN", undefined);
    vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json");
    await expect(get()).rejects.toMatchObject({ code: "E_VENDOR", hint: expect.stringContaining("gcloud auth") as unknown });
    const { OAuth2Client } = await import("google-auth-library");
    const client = new OAuth2Client();
    client.setCredentials({ access_token: "ya29.real", expiry_date: Date.now() + 3_600_000 });
    client.quotaProjectId = "billed-project";
    await get(client);
    expect(seen[0]).toMatchObject({ authorization: "Bearer ya29.real", project: "billed-project" });
  });

  it.each([["a text"], [{ token: "ya29.secret" }], [null]])(
    "of another form are refused without a word of them: %j",
    (credentials) => {
      const failed = (): unknown => connect({ section, endpoint }, { credentials });
      expect(failed).toThrow(expect.objectContaining({ code: "E_USAGE" }));
      expect(failed).not.toThrow(/ya29|a text/);
    },
  );
});

describe("an upload", () => {
  it("tells nothing of its address, and goes nowhere without protection", async () => {
    const client = connect({ section, endpoint }, { credentials: { getAccessToken: async () => "t" } });
    const archive = { file: new URL(import.meta.url).pathname, sha256: "0", size: 1 };
    answer = { status: 403, body: "<Error><Code>ExpiredToken</Code><StringToSign>signature-secret</StringToSign></Error>" };
    const failed = await client
      .upload(`${endpoint}/b/o?X-Goog-Signature=signature-secret`, archive, call)
      .catch((cause: unknown) => cause);
    expect(failed).toMatchObject({ message: "the upload was answered with 403 ExpiredToken" });
    expect(seen[0]?.authorization).toBeUndefined();
    expect(JSON.stringify(failed) + String((failed as Error).stack)).not.toContain("signature-secret");
    await expect(client.upload("http://storage.example.com/b/o?sig=signature-secret", archive, call)).rejects.toMatchObject({
      code: "E_VENDOR",
      message: expect.not.stringContaining("signature-secret") as unknown,
    });
  });
});

describe("failures", () => {
  const failing = async (status: number, body: object | string, headers: Record<string, string> = {}) => {
    answer = { status, body: typeof body === "string" ? body : JSON.stringify(body), headers };
    const failed = await get().catch((cause: unknown) => cause);
    return { failed, says: explain(failed) };
  };
  const error = (code: number, status: string, message: string, details: object[] = []) => ({
    error: { code, status, message, details },
  });

  it("name every field that was refused", async () => {
    const details = [
      { "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations: [{ field: "function.x", description: "no" }] },
    ];
    const { failed, says } = await failing(400, error(400, "INVALID_ARGUMENT", "Bad request.", details));
    expect(failed).toMatchObject({ message: "Bad request. (function.x: no)" });
    expect(says).toMatchObject({ code: "E_VENDOR", retry: "never" });
  });

  it("say when to come back", async () => {
    const details = [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "3.5s" }];
    expect((await failing(429, error(429, "RESOURCE_EXHAUSTED", "Quota", details))).says).toMatchObject({
      retry: "later",
      afterMs: 3500,
    });
    expect((await failing(503, "busy", { "retry-after": "2" })).says).toMatchObject({ retry: "later", afterMs: 2000 });
  });

  it("say which API to switch on", async () => {
    const { says } = await failing(403, disabled("run.googleapis.com", "acme").json);
    expect(says).toMatchObject({
      retry: "never",
      hint: expect.stringContaining("gcloud services enable run.googleapis.com --project acme") as unknown,
    });
  });

  it.each([
    [404, error(404, "NOT_FOUND", "gone"), true, "never"],
    [404, "<html>404</html>", true, "never"],
    [409, error(409, "ABORTED", "unable to queue the operation"), false, "now"],
    [401, error(401, "UNAUTHENTICATED", "who?"), false, "never"],
    [403, error(403, "PERMISSION_DENIED", "no"), false, "never"],
    [500, error(500, "INTERNAL", "oops"), false, "later"],
    [200, "no json", false, "later"],
  ] as const)("of %d %j are known", async (status, body, missing, retry) => {
    const { failed, says } = await failing(status, body);
    expect([isMissing(failed), says?.retry]).toEqual([missing, retry]);
  });

  it("of the network pass by, of a name that is not there they don't", async () => {
    const left = createServer();
    await new Promise<void>((resolve) => left.listen(0, "127.0.0.1", resolve));
    const { port } = left.address() as AddressInfo;
    await new Promise<void>((resolve) => left.close(() => resolve()));
    const unreachable = connect(
      { section, endpoint: `http://127.0.0.1:${port}` },
      { credentials: { getAccessToken: async () => "t" } },
    );
    const failed: unknown = await unreachable.functions.getFunction("f", call).catch((cause: unknown) => cause);
    expect(explain(failed)).toMatchObject({ code: "E_NETWORK", retry: "now" });
    const unknown = Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error("x"), { code: "ENOTFOUND" }) });
    expect(explain(unknown)).toMatchObject({ code: "E_NETWORK", retry: "never" });
    expect(explain(new Error("other"))).toBeUndefined();
  });

  it("of an operation have the code as its number", () => {
    const failed = new GoogleError({ call: "operation", code: "RESOURCE_EXHAUSTED", message: "Quota exceeded" });
    expect(explain(failed)).toMatchObject({ retry: "later" });
  });
});
