/** Azurite, Microsoft's emulator of storage accounts: blobs over https, with tokens and signatures checked. Everything is in memory. */
import { spawn } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { selfSigned } from "../profiles/certificate.ts";
import { endingOf } from "./ending.ts";
import { npmTool } from "./tools.ts";

export interface Azurite {
  /** The account's address, as `primaryEndpoints.blob` of Resource Manager has it; it has a path. */
  readonly endpoint: string;
  /** The certificate that it shows, PEM, and the file that it is in. */
  readonly cert: string;
  readonly certFile: string;
  close(): Promise<void>;
}

/** The account that it has from the start, and its key, which everybody knows (learn.microsoft.com/azure/storage/common/storage-connect-azurite). */
export const account = {
  name: "devstoreaccount1",
  key: "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
} as const;

export async function startAzurite(): Promise<Azurite> {
  const folder = npmTool("azurite");
  if (folder === undefined) throw new Error("azurite is not installed");
  const home = await mkdtemp(join(tmpdir(), "fnpkg-azurite-"));
  const { key, cert } = selfSigned("127.0.0.1");
  const [keyFile, certFile] = [join(home, "key.pem"), join(home, "cert.pem")];
  await Promise.all([writeFile(keyFile, key), writeFile(certFile, cert)]);
  const options = ["--blobHost", "127.0.0.1", "--blobPort", "0", "--inMemoryPersistence", "--silent", "--disableTelemetry"];
  const secured = ["--oauth", "basic", "--key", keyFile, "--cert", certFile];
  const server = spawn(process.execPath, [join(folder, "dist/src/blob/main.js"), ...options, ...secured], {
    cwd: home,
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"] ?? "", HOME: home, TMPDIR: home },
  });
  const { ended, close } = endingOf(server, home);
  let printed = "";
  const listens = new Promise<string>((resolve, reject) => {
    for (const stream of [server.stdout, server.stderr])
      stream.on("data", (chunk: Buffer) => {
        printed += chunk.toString();
        const address = /successfully listens on (https:\/\/127\.0\.0\.1:\d+)/.exec(printed)?.[1];
        if (address !== undefined) resolve(address);
      });
    void ended.then(() => reject(new Error(`azurite ended: ${printed}`)));
  });
  try {
    return { endpoint: `${await listens}/${account.name}`, cert, certFile, close };
  } catch (cause) {
    await close();
    throw cause;
  }
}
