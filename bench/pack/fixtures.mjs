/** Folders to pack, the same on every machine: source-like text, most files small. */
import { mkdirSync, writeFileSync, existsSync } from "node:fs";
import { join } from "node:path";

/** What the fixtures stand for: F1 a handler, F2 a function with a few libraries, F3 one with a hundred. */
export const fixtures = {
  F1: { files: 3, bytes: 20_000 },
  F2: { files: 6_108, bytes: 21_000_000 },
  F3: { files: 25_988, bytes: 261_000_000 },
};

/** A small generator with a seed (mulberry32). */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Text that deflates about as well as JavaScript does. */
function corpus(next) {
  const syllables = [
    "get",
    "set",
    "Client",
    "Command",
    "value",
    "Error",
    "input",
    "output",
    "stream",
    "Async",
    "map",
    "key",
    "id",
    "Type",
    "from",
    "parse",
    "Config",
    "region",
    "async",
    "Promise",
  ];
  const name = () =>
    Array.from({ length: 1 + Math.floor(next() * 3) }, () => syllables[Math.floor(next() * syllables.length)]).join("") +
    (next() < 0.3 ? Math.floor(next() * 1000) : "");
  const names = Array.from({ length: 4000 }, name);
  const pick = () => names[Math.floor(next() ** 2 * names.length)];
  const lines = [
    () => `export const ${pick()} = (${pick()}, ${pick()}) => ${pick()}.${pick()}(${pick()});\n`,
    () => `  if (${pick()} === undefined) throw new ${pick()}("${pick()} ${pick()} ${pick()}");\n`,
    () => `import { ${pick()}, ${pick()} } from "./${pick()}.js";\n`,
    () => `    this.${pick()} = ${pick()}?.${pick()} ?? ${Math.floor(next() * 65536)};\n`,
    () => ` * ${pick()} ${pick()} ${pick()} ${pick()} ${pick()} ${pick()}\n`,
    () => `  return await this.${pick()}({ ...${pick()}, ${pick()}: "${pick()}" });\n}\n`,
  ];
  let text = "";
  while (text.length < 8_000_000) text += lines[Math.floor(next() * lines.length)]();
  return Buffer.from(text, "latin1");
}

/** Makes the fixture below `root` where it is not yet; returns its folder. */
export function fixture(name, root) {
  const { files, bytes } = fixtures[name];
  const folder = join(root, name);
  if (existsSync(join(folder, "function-package.json"))) return folder;
  const next = random(files);
  const text = corpus(next);
  const small = Array.from({ length: files }, (_, i) => i % 5 !== 0);
  const weights = small.map((isSmall) => (isSmall ? 64 * 64 ** next() : 4096 * 40 ** next()));
  const sum = weights.reduce((a, b) => a + b, 0);
  const smallSum = weights.reduce((a, b, i) => a + (small[i] ? b : 0), 0);
  const stretch = files < 10 ? bytes / sum : (bytes - smallSum) / (sum - smallSum);
  for (let i = 0; i < files; i++) {
    const length = Math.round(weights[i] * (files < 10 || !small[i] ? stretch : 1));
    const at = Math.floor(next() * (text.length - Math.min(length, text.length - 1)));
    const target = join(folder, `lib/p${String(i % 211).padStart(3, "0")}/d${i % 7}`);
    mkdirSync(target, { recursive: true });
    let body = text.subarray(at, at + length);
    if (length > text.length)
      body = Buffer.concat(Array.from({ length: Math.ceil(length / text.length) }, () => text)).subarray(0, length);
    writeFileSync(join(target, `m${i}.js`), Buffer.concat([Buffer.from(`// ${i}\n`), body]));
  }
  writeFileSync(join(folder, "index.mjs"), "export default () => new Response('ok');\n");
  const author = {
    kind: "FunctionPackage",
    specVersion: "1.0",
    name: `bench/${name.toLowerCase()}`,
    version: "1.0.0",
    profile: "nodejs",
    entryPoint: { module: "index.mjs" },
    signature: { type: "http" },
    requires: {},
  };
  writeFileSync(join(folder, "function-package.json"), JSON.stringify(author));
  return folder;
}
