/**
 * Marks and the derivation as labels. A value takes 63 of `[a-z0-9_-]`
 * (https://docs.cloud.google.com/resource-manager/docs/labels-overview), so a digest is written in base32 and every other
 * character of a name as `_` and a letter; a long name goes on in further labels. Nothing is lost: what was written is read back.
 */
import { type Derivation, type Digest, digestOf, type Mark } from "fnpkg/adapter";

export type Labels = { readonly [key: string]: string };

const longest = 63;

/** At most 15 labels: 4 for a package's name, 4 for the prints of 49 tags, one for each of the rest. */
const keys = {
  deployment: "fnpkg-deployment",
  package: "fnpkg-package",
  resource: "fnpkg-resource",
  tags: "fnpkg-tags",
  packageDigest: "fnpkg-package-digest",
  configDigest: "fnpkg-config-digest",
  layoutDigest: "fnpkg-layout-digest",
  archive: "fnpkg-archive",
  adapter: "fnpkg-adapter",
} as const;

/** All labels that a thing of ours carries: what is wanted, the mark, which of the others are ours, and the derivation. */
export function labelsFor(mark: Mark, wanted: Labels, derivation?: Derivation): Record<string, string> {
  return {
    ...wanted,
    [keys.deployment]: mark.deployment,
    ...spread(keys.package, escaped(mark.package)),
    [keys.resource]: escaped(mark.resource),
    ...spread(keys.tags, prints(Object.keys(wanted))),
    ...(derivation === undefined ? {} : derivationLabels(derivation)),
  };
}

/** The mark in a thing's labels; `null` when there is none, or none that can be read. */
export function markIn(labels: Labels): Mark | null {
  const [deployment, name, resource] = [labels[keys.deployment], gathered(keys.package, labels), labels[keys.resource]];
  if (deployment === undefined || name === undefined || resource === undefined) return null;
  return { deployment, package: unescaped(name), resource: unescaped(resource) };
}

export function derivationIn(labels: Labels): Derivation | undefined {
  const [packageDigest, configDigest, layoutDigest] = [keys.packageDigest, keys.configDigest, keys.layoutDigest].map((key) =>
    hexIn(labels[key]),
  );
  if (packageDigest === undefined || configDigest === undefined || layoutDigest === undefined) return undefined;
  const archive = hexIn(labels[keys.archive]);
  return {
    packageDigest: `sha256:${packageDigest}`,
    configDigest: `sha256:${configDigest}`,
    layoutDigest: `sha256:${layoutDigest}`,
    adapter: unescaped(labels[keys.adapter] ?? ""),
    ...(archive === undefined ? {} : { archiveSha256: archive }),
  };
}

/** Of the live labels those that are ours or wanted, in the form of props: sorted by key. */
export function labelsIn(labels: Labels, wanted: Labels = {}): Record<string, string> {
  const shown = Object.entries(labels).filter(([key]) => !isMark(key) && (isOurs(labels, key) || Object.hasOwn(wanted, key)));
  return Object.fromEntries(shown.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** All labels after a write of `ours` (from `labelsFor`): others' stay, what was ours and is not wanted any more goes. */
export function labelsAfter(live: Labels, ours: Labels): Record<string, string> {
  const others = Object.entries(live).filter(([key]) => !isMark(key) && !isOurs(live, key));
  return { ...Object.fromEntries(others), ...ours };
}

function derivationLabels({ packageDigest, configDigest, layoutDigest, archiveSha256, adapter }: Derivation): Labels {
  return {
    [keys.packageDigest]: base32(hexOf(packageDigest)),
    [keys.configDigest]: base32(hexOf(configDigest)),
    [keys.layoutDigest]: base32(hexOf(layoutDigest)),
    ...(archiveSha256 === undefined ? {} : { [keys.archive]: base32(archiveSha256) }),
    [keys.adapter]: escaped(adapter),
  };
}

function isMark(key: string): boolean {
  return key.startsWith("fnpkg-");
}

/** Which labels are ours, since others may label the same thing: four characters of each key's digest. */
function prints(names: readonly string[]): string {
  return names.map(print).sort().join("");
}

function isOurs(labels: Labels, key: string): boolean {
  return gathered(keys.tags, labels)?.match(/.{4}/g)?.includes(print(key)) === true;
}

function print(key: string): string {
  return base32(hexOf(digestOf(key))).slice(0, 4);
}

function hexOf(digest: Digest): string {
  return digest.slice("sha256:".length);
}

// ---- Long values over several labels: `key`, `key-2`, …

function spread(key: string, value: string): Record<string, string> {
  const parts = value.match(new RegExp(`.{1,${longest}}`, "g")) ?? [];
  return Object.fromEntries(parts.map((part, index) => [index === 0 ? key : `${key}-${index + 1}`, part]));
}

function gathered(key: string, labels: Labels): string | undefined {
  let value = labels[key];
  for (let next = 2; value !== undefined; next += 1) {
    const part = labels[`${key}-${next}`];
    if (part === undefined) break;
    value += part;
  }
  return value;
}

// ---- Characters that no label takes

const letters = { _: "_", "/": "s", ".": "d", "@": "a" } as const;

/** Lower-case letters, digits and hyphens as they are; `_`, `/`, `.`, `@` as two characters. */
function escaped(text: string): string {
  return text.replace(/[_/.@]/g, (found) => `_${letters[found as keyof typeof letters]}`);
}

function unescaped(text: string): string {
  return text.replace(/_([_sda])/g, (_all, letter) => Object.entries(letters).find(([, is]) => is === letter)?.[0] ?? "");
}

// ---- RFC 4648, lower case, without padding: 52 characters for 32 bytes

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

function base32(hex: string): string {
  const bits = hex.replace(/./g, (digit) => Number.parseInt(digit, 16).toString(2).padStart(4, "0"));
  const fives = bits.match(/.{1,5}/g) ?? [];
  return fives.map((five) => alphabet[Number.parseInt(five.padEnd(5, "0"), 2)]).join("");
}

/** The 64 hexadecimal digits of what `base32` wrote; nothing for anything else. */
function hexIn(text: string | undefined): string | undefined {
  if (text === undefined || !/^[a-z2-7]{52}$/.test(text)) return undefined;
  const bits = text.replace(/./g, (letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0"));
  const fours = bits.slice(0, 256).match(/.{4}/g) ?? [];
  return fours.map((four) => Number.parseInt(four, 2).toString(16)).join("");
}
