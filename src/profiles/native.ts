/** What a native file is made for: ELF, Mach-O and PE headers, read with bounds, never loaded. */
import type { TargetPlatform } from "./profile.ts";

export interface NativeFile {
  readonly format: "elf" | "mach-o" | "pe";
  readonly os: "linux" | "darwin" | "windows" | "other";
  /** The format's names; a fat Mach-O has several, others the machine's number as `machine-8`. */
  readonly architectures: readonly string[];
  /** The C library it is linked with; absent: none, or not known. */
  readonly libc?: "glibc" | "musl";
  /** The newest glibc version whose symbols it needs, such as `2.34`. */
  readonly glibc?: string;
}

const ELF_MACHINES: Readonly<Record<number, string>> = {
  62: "amd64",
  183: "arm64",
  3: "386",
  40: "arm",
  22: "s390x",
  21: "ppc64",
  243: "riscv64",
  258: "loong64",
};
const MACH_CPUS: Readonly<Record<number, string>> = { 0x01000007: "amd64", 0x0100000c: "arm64", 7: "386", 12: "arm" };
const PE_MACHINES: Readonly<Record<number, string>> = { 0x8664: "amd64", 0xaa64: "arm64", 0x14c: "386", 0x1c4: "arm" };
/** More than any real file has; a damaged count must not keep us busy. */
const MOST_HEADERS = 4096;
const MOST_SYMBOLS = 65_536;

/** Whether a file may be native by its name, so that its bytes are worth reading. */
export function mayBeNative(path: string, executable: boolean): boolean {
  return executable || /\.(?:node|so|dylib|dll|exe)(?:\.\d+)*$/.test(path);
}

/** What the bytes are, or undefined when they are no native code. Damaged headers give what could be read; it never throws. */
export function inspectNative(bytes: Uint8Array): NativeFile | undefined {
  if (bytes.byteLength < 64) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0);
  if (magic === 0x7f454c46) return elf(view);
  if (magic === 0xcffaedfe || magic === 0xcefaedfe)
    return { format: "mach-o", os: "darwin", architectures: [name(MACH_CPUS, view.getUint32(4, true))] };
  if (magic === 0xfeedface || magic === 0xfeedfacf)
    return { format: "mach-o", os: "darwin", architectures: [name(MACH_CPUS, view.getUint32(4))] };
  if (magic === 0xcafebabe) return fat(view);
  if (view.getUint16(0) === 0x4d5a) return pe(view);
  return undefined;
}

function name(names: Readonly<Record<number, string>>, machine: number): string {
  return names[machine] ?? `machine-${machine}`;
}

/** A Java class begins alike; its version number there is 45 or more, while fat files hold a handful of machines. */
function fat(view: DataView): NativeFile | undefined {
  const count = view.getUint32(4);
  if (count === 0 || count > 20) return undefined;
  const architectures: string[] = [];
  for (let i = 0; i < count && 8 + i * 20 + 4 <= view.byteLength; i++)
    architectures.push(name(MACH_CPUS, view.getUint32(8 + i * 20)));
  return { format: "mach-o", os: "darwin", architectures };
}

function pe(view: DataView): NativeFile | undefined {
  const at = view.getUint32(0x3c, true);
  if (at + 6 > view.byteLength || view.getUint32(at) !== 0x50450000) return undefined;
  return { format: "pe", os: "windows", architectures: [name(PE_MACHINES, view.getUint16(at + 4, true))] };
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

function elf(view: DataView): NativeFile {
  const wide = view.getUint8(4) === 2;
  const little = view.getUint8(5) !== 2;
  const machine = view.getUint16(18, little);
  const abi = view.getUint8(7);
  const base = {
    format: "elf",
    os: abi === 0 || abi === 3 ? "linux" : "other",
    // ELFCLASS32 on a 64-bit machine is the x32 or ilp32 way of calling, which no target runs.
    architectures: [wide || (machine !== 62 && machine !== 183) ? name(ELF_MACHINES, machine) : `machine-${machine}-32bit`],
  } as const;
  try {
    return { ...base, ...libraries(view, wide, little) };
  } catch (cause) {
    if (cause instanceof RangeError) return base;
    throw cause;
  }
}

/** The C library, from the dynamic section. A read past the end throws RangeError, as DataView does. */
function libraries(view: DataView, wide: boolean, little: boolean): Pick<NativeFile, "libc" | "glibc"> {
  const word = (at: number) => (wide ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little));
  const size = wide ? 8 : 4;
  const segments = programHeaders(view, wide, little, word);
  const dynamic = segments.find(({ type }) => type === 2);
  const interpreter = segments.find(({ type }) => type === 3);
  if (dynamic === undefined) return {};
  const at = (address: number) => {
    const holder = segments.find((s) => s.type === 1 && address >= s.address && address < s.address + s.size);
    if (holder === undefined) throw new RangeError("an address outside every segment");
    return address - holder.address + holder.offset;
  };
  const needed: number[] = [];
  const tags = new Map<number, number>();
  for (let i = 0; i < MOST_HEADERS && (i + 1) * size * 2 <= dynamic.size; i++) {
    const tag = word(dynamic.offset + i * size * 2);
    if (tag === 0) break;
    const value = word(dynamic.offset + i * size * 2 + size);
    if (tag === 1) needed.push(value);
    else if (!tags.has(tag)) tags.set(tag, value);
  }
  const table = tags.get(5);
  if (table === undefined) return {};
  const strings = at(table);
  const string = (offset: number) => text(view, strings + offset);
  const names = needed.map(string);
  if (interpreter !== undefined) names.push(text(view, interpreter.offset));
  const glibc = newestGlibc(view, little, tags, at, string);
  if (glibc !== undefined || names.some((n) => n === "libc.so.6" || n.includes("ld-linux")))
    return { libc: "glibc", ...(glibc !== undefined && { glibc }) };
  if (names.some((n) => n === "libc.so" || n.startsWith("libc.musl") || n.includes("ld-musl"))) return { libc: "musl" };
  return {};
}

function programHeaders(view: DataView, wide: boolean, little: boolean, word: (at: number) => number): Segment[] {
  const offset = word(wide ? 32 : 28);
  const each = view.getUint16(wide ? 54 : 42, little);
  const count = view.getUint16(wide ? 56 : 44, little);
  const segments: Segment[] = [];
  for (let i = 0; i < Math.min(count, MOST_HEADERS); i++) {
    const at = offset + i * each;
    segments.push({
      type: view.getUint32(at, little),
      offset: word(at + (wide ? 8 : 4)),
      address: word(at + (wide ? 16 : 8)),
      size: word(at + (wide ? 32 : 16)),
    });
  }
  return segments;
}

/** DT_VERNEED: which symbol versions of which library are needed. */
function newestGlibc(
  view: DataView,
  little: boolean,
  tags: Map<number, number>,
  at: (address: number) => number,
  string: (offset: number) => string,
): string | undefined {
  const address = tags.get(0x6ffffffe);
  if (address === undefined) return undefined;
  let newest: string | undefined;
  let left = MOST_SYMBOLS;
  let need = at(address);
  for (let i = Math.min(tags.get(0x6fffffff) ?? 1, MOST_HEADERS); i > 0; i--) {
    let aux = need + view.getUint32(need + 8, little);
    for (let j = view.getUint16(need + 2, little); j > 0 && left > 0; j--, left--) {
      const version = /^GLIBC_(\d+\.\d+(?:\.\d+)?)$/.exec(string(view.getUint32(aux + 8, little)))?.[1];
      if (version !== undefined && (newest === undefined || compareVersions(version, newest) > 0)) newest = version;
      const next = view.getUint32(aux + 12, little);
      if (next === 0) break;
      aux += next;
    }
    const next = view.getUint32(need + 12, little);
    if (next === 0) break;
    need += next;
  }
  return newest;
}

function text(view: DataView, from: number): string {
  let out = "";
  for (let at = from; out.length < 256; at++) {
    const byte = view.getUint8(at);
    if (byte === 0) break;
    out += String.fromCharCode(byte);
  }
  return out;
}

/** Dotted numbers by value: `2.9` before `2.34`. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split(".").map(Number), b.split(".").map(Number)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Why a native file can't run there, or undefined when nothing speaks against it. */
export function misfit(native: NativeFile, platform: TargetPlatform): string | undefined {
  const is = `${native.os === "other" ? "another system's" : native.os} ${native.architectures.join("+")}${native.libc === undefined ? "" : ` ${native.libc}`}`;
  if (native.os !== platform.os) return `it is ${is} (${native.format}), and ${platform.os} is needed`;
  if (!native.architectures.includes(platform.architecture)) return `it is ${is}, and ${platform.architecture} is needed`;
  if (platform.os !== "linux") return undefined;
  if (native.libc !== undefined && platform.libc !== undefined && native.libc !== platform.libc)
    return `it is linked with ${native.libc}, and the target has ${platform.libc}`;
  if (
    native.glibc !== undefined &&
    platform.glibc !== undefined &&
    platform.libc !== "musl" &&
    compareVersions(native.glibc, platform.glibc) > 0
  ) {
    return `it needs glibc ${native.glibc}, and the target has ${platform.glibc}`;
  }
  return undefined;
}
