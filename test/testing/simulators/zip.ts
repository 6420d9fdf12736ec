/** A stored zip of one entry, or of none. */
export function zipOf(content?: string): Uint8Array {
  const name = Buffer.from("index.js");
  const data = Buffer.from(content ?? "");
  const size = data.byteLength;
  const shared = numbers([20, 2], [0, 2], [0, 2], [0, 2], [0, 2], [0, 4], [size, 4], [size, 4], [name.byteLength, 2], [0, 2]);
  const local = Buffer.concat([numbers([0x04034b50, 4]), shared, name, data]);
  const central = Buffer.concat([
    numbers([0x02014b50, 4], [20, 2]),
    shared,
    numbers([0, 2], [0, 2], [0, 2], [0, 4], [0, 4]),
    name,
  ]);
  const count = content === undefined ? 0 : 1;
  const parts = count === 0 ? [Buffer.alloc(0), Buffer.alloc(0)] : [local, central];
  const [from = 0, length = 0] = parts.map((part) => part.byteLength);
  const end = numbers([0x06054b50, 4], [0, 2], [0, 2], [count, 2], [count, 2], [length, 4], [from, 4], [0, 2]);
  return Buffer.concat([...parts, end]);
}

function numbers(...all: readonly (readonly [value: number, bytes: 2 | 4])[]): Buffer {
  return Buffer.concat(
    all.map(([value, bytes]) => {
      const one = Buffer.alloc(bytes);
      one.writeUIntLE(value, 0, bytes);
      return one;
    }),
  );
}
