/** Which addresses artifacts may come from. A package's own hints must not make an installer call where it pleases. */
import { FnpkgError } from "../../errors.ts";
import { unbracketed } from "../http.ts";

/** Loopback, link-local (where clouds serve credentials), unspecified; by name or number. */
export function isInternal(url: URL): boolean {
  const host = unbracketed(url.hostname).toLowerCase().replace(/\.$/, "");
  if (host === "localhost" || host.endsWith(".localhost") || host === "metadata.google.internal") return true;
  const mapped = /^::(?:ffff:)?([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(host);
  if (mapped !== null) {
    const [high, low] = [Number.parseInt(mapped[1] ?? "", 16), Number.parseInt(mapped[2] ?? "", 16)];
    return isInternalV4([high >> 8, high & 255, low >> 8, low & 255]);
  }
  if (host.includes(":")) return host === "::" || host === "::1" || /^fe[89ab]/.test(host) || host === "fd00:ec2::254";
  const parts = host.split(".").map(Number);
  return parts.length === 4 && parts.every((part) => Number.isInteger(part) && part >= 0 && part <= 255) && isInternalV4(parts);
}

function isInternalV4([a = 0, b = 0]: readonly number[]): boolean {
  return a === 127 || a === 0 || (a === 169 && b === 254);
}

/** Whether an address may be fetched from: the registry's own origin, or a host that the configuration allows. */
export function isAllowed(url: URL, registry: URL, allow: readonly string[]): boolean {
  if (url.protocol !== "http:" && url.protocol !== "https:") return false;
  if (url.origin === registry.origin) return true;
  return !isInternal(url) && (allow.includes(url.host) || allow.includes(unbracketed(url.hostname)));
}

/**
 * A package's address hint, when it may be followed; undefined when it names a host that is not allowed and is simply not used.
 * @throws E_REGISTRY for what no package may name: another scheme than http(s), a loopback or link-local address.
 */
export function usableHint(hint: string | undefined, registry: URL, allow: readonly string[], what: string): URL | undefined {
  if (hint === undefined) return undefined;
  const url = URL.canParse(hint) ? new URL(hint) : undefined;
  const hosted = url !== undefined && (url.protocol === "http:" || url.protocol === "https:");
  if (!hosted || (isInternal(url) && url.origin !== registry.origin)) {
    throw new FnpkgError(
      "E_REGISTRY",
      `${what}: its address ${JSON.stringify(hosted ? url.origin : hint.slice(0, 80))} is not one that artifacts may be fetched from`,
      {
        hint: "A package may name public http and https addresses only. Pack it again from a lock file that names its registry.",
      },
    );
  }
  return isAllowed(url, registry, allow) ? url : undefined;
}
