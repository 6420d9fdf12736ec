/** moto behind a network of a given latency. scripts/emulators.sh installs moto. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer, request } from "node:http";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));

/** Starts moto and what stands before it; `calls` counts what goes through. */
export async function motoBehind(latencyMs) {
  const emulators =
    process.env["FNPKG_EMULATORS"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "fnpkg-emulators");
  const python = join(emulators, "bin/python3");
  if (!existsSync(python)) throw new Error("moto is not installed: bash scripts/emulators.sh");
  const port = 40_000 + (process.pid % 20_000);
  const moto = spawn(python, [join(here, "../../../test/emulators/moto_server.py"), String(port)], { stdio: "ignore" });
  for (const until = Date.now() + 60_000; ;) {
    const body = JSON.stringify({ lambda: { use_docker: false } });
    const up = await fetch(`http://127.0.0.1:${port}/moto-api/config`, { method: "POST", body }).catch(() => undefined);
    if (up?.ok) break;
    if (Date.now() > until) throw new Error("moto did not start");
    await new Promise((wake) => setTimeout(wake, 100));
  }
  const it = { calls: 0, endpoint: "", close: () => {} };
  const proxy = createServer(async (incoming, outgoing) => {
    it.calls++;
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const wait = () => new Promise((wake) => setTimeout(wake, latencyMs / 2));
    await wait();
    const { method, url: path, headers } = incoming;
    const onward = request({ host: "127.0.0.1", port, method, path, headers }, async (answer) => {
      const body = [];
      for await (const chunk of answer) body.push(chunk);
      await wait();
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      outgoing.end(Buffer.concat(body));
    });
    onward.on("error", () => outgoing.destroy());
    onward.end(Buffer.concat(chunks));
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  it.endpoint = `http://127.0.0.1:${proxy.address().port}`;
  it.close = () => {
    proxy.closeAllConnections();
    proxy.close();
    moto.kill();
  };
  return it;
}
