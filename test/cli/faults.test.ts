/** A machine that has bad days: one clear message, the right exit status, nothing left behind. */
import { spawn } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, openSync, closeSync, readdirSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { local, packSample, writeSample } from "./samples.ts";
import { type Failure, filesBelow, inSite, lines, main, poll, processesOf, type Ran, type Site } from "./support.ts";

/** `fnpkg ARGS` in a shell that limits what it may do. */
function shell(site: Site, script: string): Promise<Ran> {
  return new Promise((resolve) => {
    const env = { PATH: process.env["PATH"] ?? "", NODE: process.execPath, MAIN: main, ...site.env };
    const child = spawn("bash", ["-c", script], { cwd: site.folder, env, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("close", (status) => resolve({ status, stdout, stderr }));
  });
}

/** Listens on a port that the system gives to nobody by itself, so that it is free when the server has gone. */
async function listen(server: Server): Promise<number> {
  for (;;) {
    const port = randomInt(15_000, 30_000);
    const listening = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (listening) return port;
  }
}

/** A port of 127.0.0.1 that something listens on while `work` runs, and never answers; `reached` counts who came. */
async function taken<T>(work: (port: number, reached: () => number) => Promise<T>): Promise<T> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
  });
  const port = await listen(server);
  try {
    return await work(port, () => sockets.length);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  }
}

/** A port that nothing listens on, and that the system gives to nobody by itself. */
const closed = 1;
const leftovers = (site: Site) => filesBelow(site.folder).filter((path) => /\.(tmp|partial)$/.test(path));
/** Kibibytes that one file may have: a disk that is full there, for everyone. */
const full = (kib: number) => `ulimit -f ${kib};`;

describe("a full disk", () => {
  it("fails pack with E_IO and leaves no part of the package", () =>
    inSite(async (site) => {
      await writeSample(site);
      await site.write("app/data.bin", randomBytes(300_000));
      const { status, stdout } = await shell(site, `${full(64)} exec "$NODE" "$MAIN" pack app --out app.fnpkg --json`);
      expect(status).toBe(1);
      const { error } = JSON.parse(stdout) as Failure;
      expect(error.code).toBe("E_IO");
      expect(error.message).toMatch(/can't be written: EFBIG/);
      expect(error.hint).toContain("free space");
      expect(leftovers(site)).toEqual([]);
      expect(existsSync(join(site.folder, "app.fnpkg"))).toBe(false);
    }));

  it("fails deploy with E_IO; with space again the same command works", () =>
    inSite(async (site) => {
      await writeSample(site);
      await site.write("app/data.bin", randomBytes(300_000));
      await site.json(["pack", "app", "--out", "app.fnpkg"]);
      const { status, stdout } = await shell(
        site,
        `${full(64)} exec "$NODE" "$MAIN" deploy app.fnpkg --config app.yaml --target local --json`,
      );
      expect(status).toBe(1);
      expect(lines(stdout).at(-1)).toMatchObject({ error: { code: "E_IO" } });
      expect((await site.fnpkg(["deploy", "app.fnpkg", ...local()])).status).toBe(0);
      expect((await site.fnpkg(["destroy", ...local()])).status).toBe(0);
      expect(existsSync(join(site.folder, ".fnpkg"))).toBe(false);
    }));

  it("under standard output is E_IO too, not a stack trace", () =>
    inSite(async (site) => {
      await packSample(site);
      for (const json of ["", "--json"]) {
        const { status, stderr } = await shell(site, `exec "$NODE" "$MAIN" inspect app.fnpkg ${json} > /dev/full`);
        expect(status).toBe(1);
        expect(stderr).toMatch(
          /^error E_IO: the answer can't be written to standard output: ENOSPC[^\n]*\n {2}Check the free space[^\n]*\n$/,
        );
      }
    }));
});

describe("an output folder that is read-only", () => {
  it("fails pack with E_IO and names it", () =>
    inSite(async (site) => {
      await writeSample(site);
      // Nobody makes files in /sys, not even root, who may write everywhere else.
      const folder = process.getuid?.() === 0 ? "/sys/fnpkg" : join(site.folder, "sealed");
      if (!folder.startsWith("/sys")) {
        mkdirSync(folder);
        chmodSync(folder, 0o555);
      }
      const { status, stdout } = await site.fnpkg(["pack", "app", "--out", `${folder}/app.fnpkg`, "--json"]);
      expect(status).toBe(1);
      const { error } = JSON.parse(stdout) as Failure;
      expect(error.code).toBe("E_IO");
      expect(error.message).toContain(folder);
      expect(leftovers(site)).toEqual([]);
    }));
});

describe("a port that is taken", () => {
  it("fails deploy with E_PORT; once it is free the same command works", () =>
    inSite(async (site) => {
      const port = await taken(async (busy) => {
        await packSample(site, { config: `targets: { local: { port: ${busy} } }` });
        const { status, stdout } = await site.fnpkg(["deploy", "app.fnpkg", ...local(), "--json"]);
        expect(status).toBe(1);
        const { error } = lines(stdout).at(-1) as unknown as Failure;
        expect(error.code).toBe("E_PORT");
        expect(error.message).toContain(String(busy));
        return busy;
      });
      expect((await site.fnpkg(["deploy", "app.fnpkg", ...local()])).stdout).toContain(`http://127.0.0.1:${port}`);
      expect((await site.fnpkg(["destroy", ...local()])).status).toBe(0);
      expect(processesOf(site.folder)).toEqual([]);
    }));
});

/** A function with one dependency from the registry at a port. */
async function depending(site: Site, port: number, author = ""): Promise<void> {
  await writeSample(site, { author });
  const integrity = `sha512-${Buffer.alloc(64).toString("base64")}`;
  const root = { name: "app", version: "1.0.0", dependencies: { left: "1.0.0" } };
  const packages = { "": root, "node_modules/left": { version: "1.0.0", integrity } };
  await site.write("app/package.json", JSON.stringify(root));
  await site.write("app/package-lock.json", JSON.stringify({ ...root, lockfileVersion: 3, requires: true, packages }));
  await site.write(".npmrc", `registry=http://127.0.0.1:${port}/\n`);
}

describe("no network", () => {
  it("fails pack of embedded dependencies with E_NETWORK within seconds, naming the host", () =>
    inSite(async (site) => {
      const port = closed;
      await depending(site, port);
      const began = performance.now();
      const { status, stdout } = await site.fnpkg(["pack", "app", "--json"]);
      expect(performance.now() - began).toBeLessThan(20_000);
      expect(status).toBe(1);
      const { error } = JSON.parse(stdout) as Failure;
      expect(error.code).toBe("E_NETWORK");
      expect(error.message).toContain(`127.0.0.1:${port}`);
      expect(leftovers(site)).toEqual([]);
    }));
});

describe("a network that never answers", () => {
  it("ends with Ctrl-C at once, and with --timeout in time", () =>
    taken((port, reached) =>
      inSite(async (site) => {
        await depending(site, port, "dependencies: { delivery: referenced }");
        await site.json(["pack", "app", "--out", "app.fnpkg"]);
        const late = await site.fnpkg(["plan", "app.fnpkg", ...local(), "--timeout", "2s", "--json"]);
        expect(late.status).toBe(1);
        const { error } = JSON.parse(late.stdout) as Failure;
        expect([error.code, error.message]).toEqual(["E_TIMEOUT", "the time given, 2 s, was not enough"]);

        await depending(site, port);
        const before = reached();
        const running = site.start(["pack", "app"]);
        await poll(() => reached() > before);
        running.child.kill("SIGINT");
        const { status, stderr } = await running.ended;
        expect(status).toBe(130);
        expect(stderr).toMatch(/^error E_INTERRUPTED: /);
        expect(leftovers(site)).toEqual([]);
      }),
    ));
});

describe("the reader of the output", () => {
  /** Its manifest is larger than a megabyte. */
  const big = async (site: Site) => {
    await writeSample(site, { name: "big" });
    const folder = join(site.folder, "big/data");
    mkdirSync(folder);
    for (let i = 0; i < 4000; i++)
      closeSync(openSync(join(folder, `${String(i).padStart(5, "0")}-${"long-".repeat(40)}.txt`), "w"));
    await site.json(["pack", "big", "--out", "big.fnpkg"]);
  };

  it("may be slow: everything reaches it, however large", () =>
    inSite(async (site) => {
      await big(site);
      const child = spawn(process.execPath, [main, "inspect", "big.fnpkg", "--json"], {
        cwd: site.folder,
        env: { PATH: process.env["PATH"] ?? "", ...site.env },
        stdio: ["ignore", "pipe", "ignore"],
      });
      const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
      let text = "";
      for await (const chunk of child.stdout.setEncoding("utf8")) {
        text += chunk as string;
        await wait(10);
      }
      expect(await ended).toBe(0);
      expect(text.length).toBeGreaterThan(1_000_000);
      expect((JSON.parse(text) as { manifest: { files: object[] } }).manifest.files).toHaveLength(4001);
    }));

  it("may go away: the command ends quietly, its own status kept", () =>
    inSite(async (site) => {
      await big(site);
      await packSample(site);
      const head = (args: string) => shell(site, `"$NODE" "$MAIN" ${args} | head -c 10; echo " \${PIPESTATUS[0]}"`);
      const inspected = await head("inspect big.fnpkg --json");
      expect(inspected).toEqual({ status: 0, stdout: '{"manifest 0\n', stderr: "" });
      const deploy = "deploy app.fnpkg --config app.yaml --target local";
      expect(await head(`${deploy} --json`)).toMatchObject({ stdout: '{"event":" 0\n', stderr: "" });
      // The reader of a deploy that went away did not stop the deploy.
      expect(await site.json(["status", ...local()])).toMatchObject({ state: "ready" });
      expect(await head("logs --config app.yaml --target local --follow --json")).toMatchObject({
        stdout: '{"time":"2 0\n',
        stderr: "",
      });
      expect((await site.fnpkg(["destroy", ...local()])).status).toBe(0);
      expect(readdirSync(site.env["TMPDIR"] ?? "")).toEqual([]);
    }));
});
