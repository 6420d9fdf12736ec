/** Folders to pack, the same wherever the same lock file is installed; most files are small. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { authorOf } from "../author.mjs";

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

const CORPUS_BYTES = 48_000_000;

/** The text of this project's own installed packages, in a fixed order: what functions are really made of. */
function corpus() {
  const modules = fileURLToPath(new URL("../../node_modules", import.meta.url));
  const parts = [];
  let bytes = 0;
  const visit = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (bytes >= CORPUS_BYTES) return;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) visit(path);
      else if (/\.(?:[cm]?js|[cm]?ts|json|md)$/.test(entry.name)) {
        const text = readFileSync(path);
        // No single huge file may stand for all of them.
        if (text.length < 400_000) parts.push(text);
        if (text.length < 400_000) bytes += text.length;
      }
    }
  };
  visit(modules);
  return Buffer.concat(parts);
}

/** Makes the fixture below `root` where it is not yet; returns its folder. */
export function fixture(name, root) {
  const { files, bytes } = fixtures[name];
  const folder = join(root, name);
  if (existsSync(join(folder, "function-package.json"))) return folder;
  const next = random(files);
  const text = corpus();
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
  writeFileSync(join(folder, "function-package.json"), JSON.stringify(authorOf(name.toLowerCase())));
  return folder;
}
