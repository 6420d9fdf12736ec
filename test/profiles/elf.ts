/** Small ELF, Mach-O and PE files, made by hand: headers only. */

export interface ElfShape {
  /** 62 amd64, 183 arm64. Default 62. */
  readonly machine?: number;
  readonly needed?: readonly string[];
  /** Versions needed of libc.so.6. */
  readonly versions?: readonly string[];
  /** Default: none, a shared object. */
  readonly interpreter?: string;
  /** Default true. */
  readonly little?: boolean;
  /** The ABI byte. Default 0, System V. */
  readonly abi?: number;
}

/** A 64-bit shared object with one segment, a dynamic section and, where versions are given, a version table. */
export function elf(shape: ElfShape = {}): Buffer {
  const { machine = 62, needed = [], versions = [], little = true, abi = 0 } = shape;
  const strings = ["\0"];
  const offsets = new Map<string, number>();
  const intern = (text: string): number => {
    const known = offsets.get(text);
    if (known !== undefined) return known;
    const at = strings.reduce((sum, one) => sum + one.length, 0);
    strings.push(`${text}\0`);
    offsets.set(text, at);
    return at;
  };
  const names = [...needed].map(intern);
  const file = intern("libc.so.6");
  const versionNames = [...versions].map(intern);
  const table = Buffer.from(strings.join(""), "latin1");
  const interpreter = Buffer.from(shape.interpreter === undefined ? "" : `${shape.interpreter}\0`);

  const headers = 64 + 3 * 56;
  const stringsAt = headers;
  const interpreterAt = stringsAt + table.length;
  const needAt = Math.ceil((interpreterAt + interpreter.length) / 8) * 8;
  const needSize = versions.length === 0 ? 0 : 16 + versions.length * 16;
  const dynamicAt = needAt + Math.ceil(needSize / 8) * 8;
  const tags: [number, number][] = [...names.map((name): [number, number] => [1, name]), [5, 0x1000 + stringsAt]];
  if (versions.length > 0) tags.push([0x6ffffffe, 0x1000 + needAt], [0x6fffffff, 1]);
  tags.push([0, 0]);
  const size = dynamicAt + tags.length * 16;
  const bytes = Buffer.alloc(size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, size);
  const u16 = (at: number, value: number) => view.setUint16(at, value, little);
  const u32 = (at: number, value: number) => view.setUint32(at, value, little);
  const u64 = (at: number, value: number) => view.setBigUint64(at, BigInt(value), little);

  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, little ? 1 : 2, 1, abi]);
  u16(16, 3);
  u16(18, machine);
  u64(32, 64);
  u16(54, 56);
  u16(56, 3);
  const segment = (index: number, type: number, offset: number, address: number, length: number): void => {
    const at = 64 + index * 56;
    u32(at, type);
    u64(at + 8, offset);
    u64(at + 16, address);
    u64(at + 32, length);
  };
  segment(0, 1, 0, 0x1000, size);
  segment(1, 2, dynamicAt, 0x1000 + dynamicAt, tags.length * 16);
  segment(2, shape.interpreter === undefined ? 0 : 3, interpreterAt, 0x1000 + interpreterAt, interpreter.length);
  bytes.set(table, stringsAt);
  bytes.set(interpreter, interpreterAt);
  if (versions.length > 0) {
    u16(needAt, 1);
    u16(needAt + 2, versions.length);
    u32(needAt + 4, file);
    u32(needAt + 8, 16);
    for (const [index, name] of versionNames.entries()) {
      const at = needAt + 16 + index * 16;
      u32(at + 8, name);
      u32(at + 12, index === versions.length - 1 ? 0 : 16);
    }
  }
  for (const [index, [tag, value]] of tags.entries()) {
    u64(dynamicAt + index * 16, tag);
    u64(dynamicAt + index * 16 + 8, value);
  }
  return bytes;
}

export const glibcAddon = (version = "2.28", machine = 62): Buffer =>
  elf({ machine, needed: ["libstdc++.so.6", "libc.so.6"], versions: ["2.2.5", version, "2.14"].map((v) => `GLIBC_${v}`) });
export const muslAddon = (machine = 62): Buffer => elf({ machine, needed: ["libc.musl-x86_64.so.1"] });

/** A thin Mach-O. 0x0100000c arm64, 0x01000007 amd64. */
export function machO(cpu = 0x0100000c): Buffer {
  const bytes = Buffer.alloc(128);
  bytes.writeUInt32LE(0xfeedfacf, 0);
  bytes.writeUInt32LE(cpu, 4);
  return bytes;
}

export function fatMachO(...cpus: readonly number[]): Buffer {
  const bytes = Buffer.alloc(256);
  bytes.writeUInt32BE(0xcafebabe, 0);
  bytes.writeUInt32BE(cpus.length, 4);
  for (const [index, cpu] of cpus.entries()) bytes.writeUInt32BE(cpu, 8 + index * 20);
  return bytes;
}

export function pe(machine = 0x8664): Buffer {
  const bytes = Buffer.alloc(256);
  bytes.write("MZ", 0, "latin1");
  bytes.writeUInt32LE(0x80, 0x3c);
  bytes.write("PE\0\0", 0x80, "latin1");
  bytes.writeUInt16LE(machine, 0x84);
  return bytes;
}
