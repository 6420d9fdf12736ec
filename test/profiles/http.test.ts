/** The client in a process of its own: NODE_EXTRA_CA_CERTS is read when Node starts. */
import { execFile } from "node:child_process";
import http from "node:http";
import https from "node:https";
import net, { type AddressInfo, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { selfSigned } from "./certificate.ts";
import { folder } from "./nodejs/world.ts";

const { key, cert } = selfSigned("registry.example.com");
const sockets = new Set<Socket>();
let connects = 0;
let program: string;
let certificate: string;
const far = https.createServer({ key, cert }, (request, response) => response.end(`${request.headers.host} ${request.url}`));
const proxy = http.createServer();
proxy.on("connect", (_: http.IncomingMessage, socket: Socket) => {
  connects++;
  const onward = net.connect((far.address() as AddressInfo).port, "127.0.0.1", () => {
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    onward.pipe(socket).pipe(onward);
  });
  for (const one of [socket, onward]) {
    sockets.add(one);
    one.on("error", () => one.destroy());
  }
});

beforeAll(async () => {
  const root = await folder({
    "cert.pem": cert,
    "main.mjs":
      'import { HttpClient } from "./http.mjs";\nconst client = new HttpClient();\nconst out = [];\ntry {\n  for (const path of ["/a?b", "/c"]) {\n    const response = await client.get(new URL("https://registry.example.com" + path), { headers: {} });\n    for await (const part of response) out.push(String(part));\n  }\n} catch (cause) {\n  out.push(cause.code);\n}\nclient.close();\nconsole.log(JSON.stringify(out));\n',
  });
  const entry = fileURLToPath(new URL("../../src/profiles/http.ts", import.meta.url));
  await build({
    entryPoints: [entry],
    bundle: true,
    platform: "node",
    format: "esm",
    outfile: join(root, "http.mjs"),
    logLevel: "silent",
  });
  [program, certificate] = [join(root, "main.mjs"), join(root, "cert.pem")];
  for (const server of [far, proxy]) await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  far.closeAllConnections();
  far.close();
  proxy.close();
});

async function run(env: Record<string, string>): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [program], {
    env: { HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, ...env },
  });
  return JSON.parse(stdout);
}

test("https through a proxy, over one kept tunnel, trusting NODE_EXTRA_CA_CERTS", async () => {
  expect(await run({ NODE_EXTRA_CA_CERTS: certificate })).toEqual(["registry.example.com /a?b", "registry.example.com /c"]);
  expect(connects).toBe(1);
});

test("a certificate that nobody vouches for is refused", async () => {
  expect(await run({})).toEqual([expect.stringMatching(/SELF_SIGNED|UNABLE_TO_VERIFY/)]);
});
