/** Which paths a package may hold, on every file system that it may be unpacked on. */
import type { Code, Problem } from "../errors.ts";

export const MAX_SEGMENT_BYTES = 255;
export const MAX_PATH_BYTES = 512;

/** Controls, bidi controls, a byte order mark, and what Windows refuses. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\u202A-\u202E\u2066-\u2069\uFEFF<>:"|?*\\]/u;
const DEVICE = /^(?:CON|PRN|AUX|NUL|COM[0-9\u00B9\u00B2\u00B3]|LPT[0-9\u00B9\u00B2\u00B3]|CONIN\$|CONOUT\$) *(?:\.|$)/i;
// oxlint-disable-next-line no-control-regex -- the whole of ASCII is what is meant
const ASCII = /^[\x00-\x7F]*$/;

/** Most paths: few of these can hold a fault, which PLAIN_FAULT finds. */
const PLAIN = /^[\w@+-][\w@+.-]*(?:\/[\w@+.-]+)*$/;
const PLAIN_FAULT = /\.(?:\/|$)|(?:^|\/)(?:con|prn|aux|nul|com\d|lpt\d)(?:[./]|$)/i;

/** What is wrong with a path, or undefined. The path rules of the format, without collisions and prefixes. */
export function pathFault(path: string): string | undefined {
  if (path.length <= MAX_SEGMENT_BYTES && PLAIN.test(path) && !PLAIN_FAULT.test(path)) return undefined;
  if (path === "") return "is empty";
  const found = FORBIDDEN.exec(path)?.[0];
  if (found !== undefined) return `holds ${shown(found)}`;
  if (path.startsWith("/")) return "is absolute";
  if (path.endsWith("/")) return "ends with a slash";
  const ascii = ASCII.test(path);
  if (!ascii && path.normalize("NFC") !== path) return "is not in Unicode normalization form C";
  const bytes = ascii ? path.length : Buffer.byteLength(path);
  if (bytes > MAX_PATH_BYTES) return `has ${bytes} bytes; the limit is ${MAX_PATH_BYTES}`;
  for (const segment of path.split("/")) {
    if (segment === "") return "has an empty segment";
    if (segment === "." || segment === "..") return `has the segment "${segment}"`;
    if (segment.endsWith(".") || segment.endsWith(" ")) return "has a segment that ends with a dot or a space";
    if (bytes > MAX_SEGMENT_BYTES && Buffer.byteLength(segment) > MAX_SEGMENT_BYTES)
      return `has a segment of more than ${MAX_SEGMENT_BYTES} bytes`;
    if (DEVICE.test(segment)) return `has the segment ${JSON.stringify(segment)}, which is a device name on Windows`;
  }
  return undefined;
}

/**
 * One form for all spellings that some file system takes for the same name: normalization form C and full case folding,
 * joined with the upper-then-lower comparison (ß = SS, ﬁ = fi, ı = i, ẞ = ss).
 */
export function folded(path: string): string {
  if (ASCII.test(path)) return path.toLowerCase();
  return path.normalize("NFC").toLowerCase().toUpperCase().toLowerCase().normalize("NFC");
}

/** Whether a path of `files[]` lies where files may lie; what is wrong, or undefined. */
export function prefixFault(path: string): string | undefined {
  if (!path.startsWith("function/") && !path.startsWith("meta/")) return "does not begin with function/ or meta/";
  return isReserved(path) ? "lies in the reserved folder .fnpkg" : undefined;
}

/** `.fnpkg/` at the root and in `function/` belongs to fnpkg's own generated files, whatever the case. */
export function isReserved(path: string): boolean {
  return /^(?:function\/)?\.fnpkg(?:\/|$)/.test(folded(path));
}

/** A path for a message: quoted, with everything unprintable escaped. */
export function shown(text: string): string {
  return JSON.stringify(text).replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (c) => `\\u${(c.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
}

/** The order of the format: UTF-8 bytes. The same as by code point, not by UTF-16 code unit. */
export function byUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) {
      // Surrogates stand for code points above every other code unit.
      const high = (unit: number) => (unit >= 0xd800 && unit <= 0xdfff ? 1 : 0);
      return high(x) - high(y) || x - y;
    }
  }
  return a.length - b.length;
}

/** E_PATH for one path, or undefined. `place` says where the path stands. */
export function pathProblem(path: string, place: Partial<Problem> = {}): Problem | undefined {
  const fault = pathFault(path);
  return fault === undefined ? undefined : { code: "E_PATH", message: `the path ${shown(path)} ${fault}`, ...place };
}

/**
 * Every path that stands twice (E_DUPLICATE), is the same as another on some file system, or is a folder on the way to
 * another (both E_COLLISION).
 */
export function collisions(
  paths: readonly string[],
  place: (path: string, index: number) => Partial<Problem> = (path) => ({ file: path }),
): Problem[] {
  const problems: Problem[] = [];
  const seen = new Map<string, string>();
  const keys: string[] = [];
  const add = (code: Code, message: string, index: number) =>
    problems.push({ code, message, ...place(paths[index] ?? "", index) });
  for (const [index, path] of paths.entries()) {
    const key = folded(path);
    keys.push(key);
    const other = seen.get(key);
    if (other === undefined) seen.set(key, path);
    else if (other === path) add("E_DUPLICATE", `the path ${shown(path)} stands in it twice`, index);
    else add("E_COLLISION", `the paths ${shown(other)} and ${shown(path)} are the same on some file systems`, index);
  }
  const clear = new Set<string>();
  for (const [index, path] of paths.entries()) {
    const key = keys[index] ?? "";
    for (let slash = key.lastIndexOf("/"); slash > 0; slash = key.lastIndexOf("/", slash - 1)) {
      const folder = key.slice(0, slash);
      if (clear.has(folder)) break;
      const file = seen.get(folder);
      if (file === undefined) clear.add(folder);
      else {
        add("E_COLLISION", `${shown(file)} is a file and also the folder of ${shown(path)}`, index);
        break;
      }
    }
  }
  return problems;
}
