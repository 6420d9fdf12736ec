/** Files that must not be in a package: a vendor's own configuration, and credentials. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { Problem } from "../errors.ts";
import { globs } from "./select.ts";
import { shown } from "./paths.ts";
import type { WalkedFile } from "./walk.ts";

const VENDOR_NAMES: Record<string, string> = {
  "host.json": "Azure Functions",
  "function.json": "Azure Functions",
  ".vc-config.json": "Vercel",
  bootstrap: "AWS Lambda",
};
const VENDOR_PREFIXES: Record<string, string> = { samconfig: "AWS SAM" };

/** By content: each says that a secret stands in the file. */
const CONTENT: readonly { readonly name: RegExp; readonly secret: RegExp; readonly what: string }[] = [
  { name: /^\.npmrc$/, secret: /^[^#;\r\n]*(?:_auth|_authToken|_password)\s*=\s*\S/im, what: "npm credentials" },
  { name: /^\.pypirc$/, secret: /^\s*password\s*[=:]\s*\S/im, what: "a PyPI password" },
  { name: /^settings\.xml$/, secret: /<(?:password|passphrase|privateKey)>\s*[^<\s]/i, what: "Maven credentials" },
  { name: /^[._]netrc$/, secret: /\bpassword\s+\S/i, what: "a netrc password" },
  { name: /(?:\.pem|\.key)$|^id_[a-z0-9]+$/, secret: /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/, what: "a private key" },
];
const SCAN_BYTES = 1024 * 1024;

/**
 * One problem for each file that may not be sealed: E_PATH for a vendor's file, E_CREDENTIALS for what looks like
 * credentials and is not named in `allow`.
 */
export async function forbidden(files: readonly WalkedFile[], allow: readonly string[]): Promise<Problem[]> {
  const allowed = globs(allow);
  const problems: Problem[] = [];
  for (const { path, disk } of files) {
    const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
    const vendor = vendorOf(name);
    if (vendor !== undefined && !(path.includes("/") && allowed(path))) {
      problems.push({
        code: "E_PATH",
        message: `${shown(path)} belongs to ${vendor}; a package holds no vendor's files`,
        file: path,
        hint: path.includes("/")
          ? "Exclude it, or name it under `allow` in the author file when it is data."
          : "Remove it or exclude it; the adapters write such files themselves.",
      });
      continue;
    }
    const why = allowed(path) ? undefined : (byName(path, name) ?? (await byContent(name, disk)));
    if (why !== undefined) problems.push({ code: "E_CREDENTIALS", message: `${shown(path)} ${why}`, file: path });
  }
  return problems;
}

function vendorOf(name: string): string | undefined {
  if (Object.hasOwn(VENDOR_NAMES, name)) return VENDOR_NAMES[name];
  return Object.entries(VENDOR_PREFIXES).find(([prefix]) => name.startsWith(prefix))?.[1];
}

function byName(path: string, name: string): string | undefined {
  if (name.startsWith(".env")) return "is an environment file, which holds values and often secrets";
  const folder = /(?:^|\/)(\.aws|\.azure|gcloud)\//i.exec(path)?.[1];
  return folder === undefined ? undefined : `lies in ${folder}/, where a vendor's tool keeps credentials`;
}

function byContent(name: string, disk: string): Promise<string | undefined> | undefined {
  const rule = CONTENT.find((candidate) => candidate.name.test(name));
  return rule === undefined
    ? undefined
    : beginningOf(disk).then((text) => (rule.secret.test(text) ? `holds ${rule.what}` : undefined));
}

async function beginningOf(path: string): Promise<string> {
  // What can't be read here fails with its own code when it is sealed.
  const handle = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)).catch(
    () => undefined,
  );
  if (handle === undefined) return "";
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(SCAN_BYTES), 0, SCAN_BYTES, 0);
    return buffer.toString("latin1", 0, bytesRead);
  } catch {
    return "";
  } finally {
    await handle.close();
  }
}
