import http from "node:http";
import type { AddressInfo, Socket } from "node:net";
import net from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Artifact, Dependency } from "../../../src/package/manifest.ts";
import { proxyFor } from "../../../src/profiles/http.ts";
import { isInternal } from "../../../src/profiles/nodejs/hosts.ts";
import { npmSettings } from "../../../src/profiles/nodejs/npmrc.ts";
import { NpmRegistry, type RegistryOptions } from "../../../src/profiles/nodejs/registry.ts";
import { digest512, failure, fakeRegistry, folder, npmTarball } from "./world.ts";

let bytes: Buffer;
let empty: string;
beforeAll(async () => {
  bytes = await npmTarball("a", "1.0.0");
  empty = await folder();
});

const artifact = (more: { url?: string } = {}): Artifact & { digest: string } => ({
  digest: digest512(bytes),
  filename: "a-1.0.0.tgz",
  ...more,
});
const dependency: Dependency = {
  ecosystem: "npm",
  name: "a",
  version: "1.0.0",
  direct: true,
  delivery: "referenced",
  artifacts: [],
};

function client(
  npm: string | undefined,
  more: Partial<RegistryOptions> & { allow?: string[]; env?: Record<string, string>; project?: string } = {},
): NpmRegistry {
  const { allow, env = {}, project = empty, ...options } = more;
  return new NpmRegistry({
    registries: { ...(npm !== undefined && { npm }), ...(allow && { allow }) },
    sources: { env, project, home: empty },
    backoffMs: 1,
    ...options,
  });
}

describe("addresses", () => {
  test.each([
    "http://169.254.169.254/a.tgz",
    "file:///etc/passwd",
    "http://localhost/a.tgz",
    "http://127.0.0.1:1/a",
    "http://[::1]/a",
    "http://[::ffff:169.254.169.254]/a",
    "http://2852039166/a",
    "http://0x7f.1/a",
    "http://[fe80::1]/a",
    "http://0.0.0.0/",
    "http://x.localhost/",
    "ftp://registry.example.com/a",
    "no address",
    "http://metadata.google.internal/",
  ])("40: the address %s is E_REGISTRY, before anything is asked", async (url) => {
    const registry = await fakeRegistry();
    const host = URL.canParse(url) ? new URL(url).host : "x";
    const error = await failure(
      client(registry.url, { allow: [host, "localhost", "169.254.169.254"] }).fetch(dependency, artifact({ url })),
    );
    expect(error.code).toBe("E_REGISTRY");
    expect(registry.asked).toEqual([]);
  });

  test.each(["http://169.254.169.254/", "http://localhost:1/x", "file:///etc/passwd", "https://elsewhere.example.com/a"])(
    "40: a redirect to %s is E_REGISTRY",
    async (location) => {
      const registry = await fakeRegistry();
      registry.routes.set("/a/-/a-1.0.0.tgz", (_, response) => response.writeHead(302, { location }).end());
      expect((await failure(client(registry.url).fetch(dependency, artifact()))).code).toBe("E_REGISTRY");
      expect(registry.asked).toHaveLength(1);
    },
  );

  test("a hint at the registry's own origin is followed as it is", async () => {
    const registry = await fakeRegistry();
    registry.routes.set("/download/a/1.0.0/hash", bytes);
    expect(await client(registry.url).fetch(dependency, artifact({ url: `${registry.url}download/a/1.0.0/hash` }))).toHaveLength(
      bytes.length,
    );
  });

  test("a hint at a host that is not allowed is not asked; the registry is", async () => {
    const registry = await fakeRegistry();
    registry.routes.set("/npm/a/-/a-1.0.0.tgz", bytes);
    expect(
      await client(`${registry.url}npm`).fetch(dependency, artifact({ url: "https://registry.example.com/a/-/a-1.0.0.tgz" })),
    ).toHaveLength(bytes.length);
    const error = await failure(
      client(registry.url).fetch(dependency, artifact({ url: "https://registry.example.com/a/-/a-1.0.0.tgz" })),
    );
    expect(error).toMatchObject({
      code: "E_REGISTRY",
      message: expect.stringMatching(/does not have a@1.0.0 \(404\).*registry\.example\.com is not allowed/) as string,
    });
  });

  test("no registry is called that nobody configured", async () => {
    expect(isInternal(new URL("https://registry.example.com"))).toBe(false);
    const error = await failure(client("ftp://registry.example.com").fetch(dependency, artifact()));
    expect(error).toMatchObject({ code: "E_REGISTRY" });
  });
});

describe("credentials", () => {
  test("go to the registry's origin and not along a redirect", async () => {
    const [registry, other] = [await fakeRegistry(), await fakeRegistry()];
    other.routes.set("/cdn", bytes);
    // The loopback address is internal: only the registry's own origin may be redirected to.
    registry.routes.set("/a/-/a-1.0.0.tgz", (_, response) => response.writeHead(307, { location: "/moved" }).end());
    registry.routes.set("/moved", bytes);
    const project = await folder({ ".npmrc": `//${registry.host}/:_authToken=\${TOKEN}\n` });
    await client(registry.url, { project, env: { TOKEN: "t0k3n" } }).fetch(dependency, artifact());
    expect(registry.asked.map((one) => one.authorization)).toEqual(["Bearer t0k3n", "Bearer t0k3n"]);
    registry.routes.set("/a/-/a-1.0.0.tgz", (_, response) => response.writeHead(307, { location: `${other.url}cdn` }).end());
    expect((await failure(client(registry.url, { project, env: { TOKEN: "t0k3n" } }).fetch(dependency, artifact()))).code).toBe(
      "E_REGISTRY",
    );
    expect(other.asked).toEqual([]);
  });

  test("are dropped on a redirect to an allowed host", async () => {
    const target = await fakeRegistry();
    target.routes.set("/cdn/a", bytes);
    const registry = await fakeRegistry();
    registry.routes.set("/a/-/a-1.0.0.tgz", (_, response) =>
      response.writeHead(302, { location: "http://cdn.example.com/cdn/a" }).end(),
    );
    const proxy = await forwardProxy(target.host);
    const env = { http_proxy: proxy.url, NPM_TOKEN: "t0k3n" };
    expect(await client(registry.url, { env, allow: ["cdn.example.com"] }).fetch(dependency, artifact())).toHaveLength(
      bytes.length,
    );
    expect(registry.asked[0]?.authorization).toBe("Bearer t0k3n");
    expect(proxy.asked).toEqual(["http://cdn.example.com/cdn/a"]);
    expect(target.asked).toMatchObject([{ path: "/cdn/a", authorization: undefined }]);
  });

  test.each([401, 403])("%i says how to log in and shows no token", async (status) => {
    const registry = await fakeRegistry();
    registry.routes.set("/a/-/a-1.0.0.tgz", (_, response) => response.writeHead(status).end("t0k3n"));
    const error = await failure(client(registry.url, { env: { NPM_TOKEN: "t0k3n" } }).fetch(dependency, artifact()));
    expect(error).toMatchObject({ code: "E_REGISTRY", hint: expect.stringContaining("npm login") as string });
    expect(JSON.stringify(error)).not.toContain("t0k3n");
    expect(registry.asked).toHaveLength(1);
  });
});

describe("failures", () => {
  test("429, 5xx and broken connections are tried again, and Retry-After holds", async () => {
    const registry = await fakeRegistry();
    const at: number[] = [];
    registry.routes.set("/a/-/a-1.0.0.tgz", (request, response, turn) => {
      at.push(performance.now());
      if (turn === 0) response.writeHead(429, { "retry-after": "1" }).end();
      else if (turn === 1) request.socket.destroy();
      else if (turn === 2) {
        response.writeHead(200, { "content-length": bytes.length });
        response.write(bytes.subarray(0, 20));
        setTimeout(() => request.socket.destroy(), 10);
      } else response.end(bytes);
    });
    expect(await client(registry.url).fetch(dependency, artifact())).toHaveLength(bytes.length);
    expect(registry.asked).toHaveLength(4);
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThan(950);
  });

  test("a registry that stays down is E_NETWORK naming the host", async () => {
    const registry = await fakeRegistry();
    registry.routes.set("/a/-/a-1.0.0.tgz", (_, response) => response.writeHead(503).end());
    expect(await failure(client(registry.url).fetch(dependency, artifact()))).toMatchObject({
      code: "E_NETWORK",
      message: expect.stringContaining(registry.host) as string,
    });
    expect(registry.asked).toHaveLength(4);
    expect(await failure(client("http://127.0.0.1:1/").fetch(dependency, artifact()))).toMatchObject({
      code: "E_NETWORK",
      message: expect.stringMatching(/127\.0\.0\.1:1.*ECONNREFUSED/) as string,
    });
  });

  test("silence and endless waiting end with the deadline; an abort ends at once", async () => {
    const registry = await fakeRegistry();
    registry.routes.set("/a/-/a-1.0.0.tgz", () => undefined);
    expect((await failure(client(registry.url, { idleMs: 40, attempts: 2 }).fetch(dependency, artifact()))).code).toBe(
      "E_NETWORK",
    );
    expect((await failure(client(registry.url, { deadlineMs: 60 }).fetch(dependency, artifact()))).message).toContain(
      "the time is up",
    );
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 30);
    expect((await failure(client(registry.url, { signal: abort.signal }).fetch(dependency, artifact()))).code).toBe(
      "E_INTERRUPTED",
    );
  });

  test("a body without end is E_LIMIT, and redirects in a circle end", async () => {
    const { limitsOf } = await import("../../../src/package/limits.ts");
    const registry = await fakeRegistry();
    registry.routes.set("/a/-/a-1.0.0.tgz", (_, response) => {
      const more = (): void => void (response.write(Buffer.alloc(4096)) ? setImmediate(more) : response.once("drain", more));
      more();
    });
    expect(
      (await failure(client(registry.url, { limits: limitsOf({ fileBytes: 100_000 }) }).fetch(dependency, artifact()))).code,
    ).toBe("E_LIMIT");
    registry.routes.set("/a/-/a-1.0.0.tgz", (_, response) => response.writeHead(302, { location: "/a/-/a-1.0.0.tgz" }).end());
    expect((await failure(client(registry.url).fetch(dependency, artifact()))).code).toBe("E_NETWORK");
  });
});

/** A proxy that sends everything to one host. */
async function forwardProxy(
  to: string,
): Promise<{ url: string; asked: string[]; connects: { authority: string; authorization: string | undefined }[] }> {
  const asked: string[] = [];
  const connects: { authority: string; authorization: string | undefined }[] = [];
  const sockets = new Set<Socket>();
  const server = http.createServer((request, response) => {
    asked.push(request.url ?? "");
    const { pathname } = new URL(request.url ?? "");
    http.get(
      `http://${to}${pathname}`,
      { headers: request.headers.authorization === undefined ? {} : { authorization: request.headers.authorization } },
      (inner) => {
        response.writeHead(inner.statusCode ?? 500);
        inner.pipe(response);
      },
    );
  });
  server.on("connect", (request: http.IncomingMessage, socket: Socket) => {
    connects.push({ authority: request.url ?? "", authorization: request.headers["proxy-authorization"] });
    const [host = "", port = "0"] = to.split(":");
    const onward = net.connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      onward.pipe(socket).pipe(onward);
    });
    for (const one of [onward, socket]) {
      sockets.add(one);
      one.on("error", () => one.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://user:p%40ss@127.0.0.1:${(server.address() as AddressInfo).port}`, asked, connects };
}

describe("proxies", () => {
  test("an https registry is reached by CONNECT, with the proxy's own credentials", async () => {
    const target = await fakeRegistry();
    const proxy = await forwardProxy(target.host);
    // The far end speaks plain http, so the handshake fails: what counts is who was asked for what.
    const error = await failure(
      client("https://registry.example.com", { env: { HTTPS_PROXY: proxy.url }, attempts: 1 }).fetch(dependency, artifact()),
    );
    expect(error).toMatchObject({ code: "E_NETWORK", message: expect.stringContaining("registry.example.com") as string });
    expect(proxy.connects).toEqual([
      { authority: "registry.example.com:443", authorization: `Basic ${Buffer.from("user:p@ss").toString("base64")}` },
    ]);
    expect(JSON.stringify(error)).not.toContain("p@ss");
  });

  test("NO_PROXY holds by host, domain, port and star", () => {
    const env = (no: string) => ({ https_proxy: "proxy.example.com:3128", NO_PROXY: no });
    const through = (url: string, no = "") => proxyFor(new URL(url), env(no))?.host;
    expect(through("https://registry.example.com")).toBe("proxy.example.com:3128");
    expect(through("http://registry.example.com")).toBeUndefined();
    for (const no of ["registry.example.com", ".example.com", "example.com", "*.example.com", "*", "a, registry.example.com:443"])
      expect(through("https://registry.example.com", no)).toBeUndefined();
    for (const no of ["registry.example.com:8443", "ample.com", "other"])
      expect(through("https://registry.example.com", no)).toBeDefined();
    expect(through("https://127.0.0.1")).toBeUndefined();
    expect(() => proxyFor(new URL("https://a.example.com"), { HTTPS_PROXY: "socks5://x" })).toThrow(
      expect.objectContaining({ code: "E_NETWORK" }),
    );
  });
});

describe("npm's settings", () => {
  test("environment over project over user; scopes; placeholders", async () => {
    const home = await folder({
      ".npmrc":
        'registry=https://user.example.com/\n; comment\n@s:registry = "https://scoped.example.com"\n//scoped.example.com/:_authToken=${SCOPED}\n',
    });
    const project = await folder({
      ".npmrc":
        "registry=https://project.example.com/npm\r\n//project.example.com/npm/:_auth=dTpw\n//project.example.com/npm/deep/:username=joe\n//project.example.com/npm/deep/:_password=cHc=\n",
    });
    const settings = await npmSettings({ env: { SCOPED: "st" }, home, project });
    expect(settings.registry).toBe("https://project.example.com/npm");
    expect(settings.scopes.get("@s")).toBe("https://scoped.example.com");
    expect(settings.authorization(new URL("https://scoped.example.com/@s/a/-/a.tgz"))).toBe("Bearer st");
    expect(settings.authorization(new URL("https://project.example.com/npm/a/-/a.tgz"))).toBe("Basic dTpw");
    expect(settings.authorization(new URL("https://project.example.com/npm/deep/a"))).toBe(
      `Basic ${Buffer.from("joe:pw").toString("base64")}`,
    );
    expect(settings.authorization(new URL("https://project.example.com/other"))).toBeUndefined();
    const overridden = await npmSettings({
      env: {
        NPM_CONFIG_REGISTRY: "https://env.example.com",
        "npm_config_//env.example.com/:_authToken": "e",
        npm_config_userconfig: join(home, ".npmrc"),
      },
      home: empty,
      project: empty,
    });
    expect(overridden.registry).toBe("https://env.example.com");
    expect(overridden.authorization(new URL("https://env.example.com/a"))).toBe("Bearer e");
    expect(overridden.scopes.get("@s")).toBe("https://scoped.example.com");
    expect((await npmSettings({ env: {}, home: empty, project: empty })).registry).toBeUndefined();
  });

  test("a scope's registry serves its packages; the configuration's serves all", async () => {
    const project = await folder({ ".npmrc": "@s:registry=https://scoped.example.com/x\nregistry=https://main.example.com" });
    const base = async (npm: string | undefined, name: string) => (await client(npm, { project }).base(name)).href;
    expect(await base(undefined, "@s/a")).toBe("https://scoped.example.com/x/");
    expect(await base(undefined, "a")).toBe("https://main.example.com/");
    expect(await base("https://config.example.com", "@s/a")).toBe("https://config.example.com/");
  });
});

describe("the user's own npm", () => {
  test.runIf(process.platform !== "win32")("is asked when nothing is configured", async () => {
    const bin = await folder({ "npm*": '#!/bin/sh\n[ "$*" = "config get registry" ] && echo http://registry.example.com/npm\n' });
    const base = async (env: Record<string, string>) => (await client(undefined, { env }).base("a")).href;
    expect(await base({ PATH: `${bin}:/bin:/usr/bin` })).toBe("http://registry.example.com/npm/");
    expect(await failure(base({ PATH: empty }))).toMatchObject({
      code: "E_REGISTRY",
      hint: expect.stringContaining("registries.npm") as string,
    });
    const silent = await folder({ "npm*": "#!/bin/sh\necho undefined\n" });
    expect((await failure(base({ PATH: `${silent}:/bin` }))).code).toBe("E_REGISTRY");
  });
});
