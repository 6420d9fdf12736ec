/** What a host reads of an archive: the names in it, and single files. */
import { inflateRawSync } from "node:zlib";
import { CENTRAL, CENTRAL_BYTES, DEFLATED, END, END_BYTES, LOCAL_BYTES } from "../../../package/zip/format.ts";

export interface Unpacked {
  readonly names: ReadonlySet<string>;
  file(name: string): Buffer | undefined;
}

/** Nothing: it is no zip. */
export function unpacked(given: Uint8Array): Unpacked | undefined {
  const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
  const end = bytes.length - END_BYTES;
  if (end < 0 || bytes.readUInt32LE(end) !== END) return undefined;
  const bodies = new Map<string, () => Buffer>();
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    if (at + CENTRAL_BYTES > end || bytes.readUInt32LE(at) !== CENTRAL) return undefined;
    const [method, size, local] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20), bytes.readUInt32LE(at + 42)];
    const nameAt = at + CENTRAL_BYTES;
    const nameEnd = nameAt + bytes.readUInt16LE(at + 28);
    bodies.set(bytes.toString("utf8", nameAt, nameEnd), () => {
      const from = local + LOCAL_BYTES + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
      const body = bytes.subarray(from, from + size);
      return method === DEFLATED ? inflateRawSync(body) : body;
    });
    at = nameEnd + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return { names: new Set(bodies.keys()), file: (name) => bodies.get(name)?.() };
}
