/** Subresource Integrity strings, as npm's lock files hold them, and the format's digests. */
import { createHash } from "node:crypto";
import { FnpkgError } from "../../errors.ts";

/** Bytes of each accepted algorithm's hash, the strongest first. */
const LENGTHS = { sha512: 64, sha384: 48, sha256: 32 } as const;
type Algorithm = keyof typeof LENGTHS;
const STRONGEST_FIRST = Object.keys(LENGTHS) as Algorithm[];
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

export type Integrity = { readonly digest: string } | { readonly problem: string };

/**
 * The strongest digest of an SRI string as `sha512:<hex>`. A string that holds no accepted algorithm, a malformed hash, or
 * two different hashes of the strongest algorithm gives a problem: what it pins can't be said.
 */
export function digestOfIntegrity(integrity: string): Integrity {
  const found = new Map<Algorithm, string>();
  const weak: string[] = [];
  for (const part of integrity.split(/\s+/)) {
    if (part === "") continue;
    const at = part.indexOf("-");
    const name = part.slice(0, Math.max(0, at));
    if (!Object.hasOwn(LENGTHS, name)) {
      weak.push(name === "" ? part.slice(0, 16) : name);
      continue;
    }
    const algorithm = name as Algorithm;
    const body = part.slice(at + 1).split("?", 1)[0] ?? "";
    const hex = BASE64.test(body) ? Buffer.from(body, "base64").toString("hex") : "";
    if (hex.length !== LENGTHS[algorithm] * 2 || Buffer.from(hex, "hex").toString("base64") !== body) {
      return { problem: `the ${algorithm} hash in its integrity is malformed` };
    }
    if ((found.get(algorithm) ?? hex) !== hex) return { problem: `its integrity names two different ${algorithm} hashes` };
    found.set(algorithm, hex);
  }
  for (const algorithm of STRONGEST_FIRST) {
    const hex = found.get(algorithm);
    if (hex !== undefined) return { digest: `${algorithm}:${hex}` };
  }
  return {
    problem:
      weak.length === 0 ? "its integrity is empty" : `its integrity is only ${weak.join(", ")}; sha256 or stronger is needed`,
  };
}

/** A digest's algorithm and hex part. @throws E_DIGEST when it is none of sha256, sha384 and sha512. */
export function partsOf(digest: string): { algorithm: Algorithm; hex: string } {
  const [algorithm = "", hex = ""] = digest.split(":");
  if (!Object.hasOwn(LENGTHS, algorithm) || !/^[0-9a-f]+$/.test(hex) || hex.length !== LENGTHS[algorithm as Algorithm] * 2) {
    throw new FnpkgError("E_DIGEST", `not a digest of sha256, sha384 or sha512: ${JSON.stringify(digest.slice(0, 160))}`);
  }
  return { algorithm: algorithm as Algorithm, hex };
}

/**
 * Checks bytes against size and digest, in that order.
 * @throws E_SIZE, E_DIGEST; `what` names the bytes.
 */
export function checkBytes(bytes: Uint8Array, want: { digest: string; size?: number | undefined }, what: string): void {
  const { algorithm, hex } = partsOf(want.digest);
  if (want.size !== undefined && bytes.byteLength !== want.size) {
    throw new FnpkgError("E_SIZE", `${what}: ${bytes.byteLength} bytes, ${want.size} were declared`, { file: what });
  }
  const is = createHash(algorithm).update(bytes).digest("hex");
  if (is !== hex) {
    throw new FnpkgError("E_DIGEST", `${what}: its bytes are ${algorithm}:${is}, not ${want.digest}`, { file: what });
  }
}
