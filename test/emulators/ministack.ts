/** ministack's server: the API of AWS, and it runs what is deployed there with this machine's node. */
import { spawn } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endingOf } from "./ending.ts";
import { freePort } from "./free-port.ts";
import { tool } from "./tools.ts";

export const region = "eu-west-1";
export const account = "123456789012";
/** Of the account's root user; a key of 12 digits is ministack's own way to name an account. */
export const credentials = { accessKeyId: account, secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };

export interface Ministack {
  readonly endpoint: string;
  /** Ends the server and what runs in it. */
  close(): Promise<void>;
}

export async function startMinistack(): Promise<Ministack> {
  const program = tool("ministack");
  if (program === undefined) throw new Error("ministack is not installed");
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const home = await mkdtemp(join(tmpdir(), "fnpkg-ministack-"));
  // Functions inherit its environment, so that it has little of ours.
  const server = spawn(program, [], {
    cwd: home,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: home,
      TMPDIR: home,
      BIND_HOST: "127.0.0.1",
      GATEWAY_PORT: String(port),
      IOT_MTLS_ENABLED: "0",
      // Signatures and policies count, for who deploys and for what was deployed.
      AUTH: "true",
      // What a request that names neither is taken for.
      MINISTACK_ACCOUNT_ID: account,
      MINISTACK_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      PYTHONDONTWRITEBYTECODE: "1",
    },
  });
  let printed = "";
  for (const stream of [server.stdout, server.stderr])
    stream.on("data", (chunk: Buffer) => (printed = `${printed}${chunk.toString()}`.slice(-4000)));
  const { close } = endingOf(server, home);
  try {
    for (const until = Date.now() + 60_000; ;) {
      if (server.exitCode !== null) throw new Error(`ministack ended with ${server.exitCode}:\n${printed}`);
      const answer = await fetch(`${endpoint}/_ministack/health`).catch(() => undefined);
      if (answer?.ok === true) return { endpoint, close };
      if (Date.now() > until) throw new Error(`ministack did not answer in time:\n${printed}`);
      await new Promise((wake) => setTimeout(wake, 100));
    }
  } catch (cause) {
    await close();
    throw cause;
  }
}
