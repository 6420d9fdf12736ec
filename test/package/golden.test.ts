import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sha256 } from "../../src/json.ts";
import { openPackage } from "../../src/package/open.ts";
import { verifyPackage } from "../../src/package/verify.ts";
import { writeZip } from "../../src/package/zip/writer.ts";
import { authorFolder, HELLO, packed, temporaryFolder } from "./support/packing.ts";

const MANIFEST =
  '{"dependencies":{"packages":[]},"entryPoint":{"export":"default","module":"index.mjs"},"files":[{"digest":"sha256:a8e991377b89d96052fc62ee54fdc6d6171e59aaecf79c9501646cc87bfdee2e","path":"function/index.mjs","size":84},{"digest":"sha256:b98748310300da1cf429680629fa86f876cbe281e7b7a7505b3ec0fc4321c9b5","path":"function/package.json","size":33}],"kind":"FunctionPackage","name":"acme/hello","profile":"nodejs","requires":{"env":[{"name":"GREETING","optional":true}],"runtime":{"nodejs":">=20"}},"signature":{"type":"http"},"specVersion":"1.0","version":"1.0.0"}';
const DIGEST = "sha256:6446136422e776cf402f2d934f4a25754cf5b0cd4f7be66ec4e935fad51d09a4";

describe("the golden vector", () => {
  it("packs to the manifest and the stored file of the specification", async () => {
    const result = await packed(await authorFolder(), { store: true });
    expect(result).toMatchObject({ digest: DIGEST, name: "acme/hello", version: "1.0.0", files: 2, bytes: 1048, warnings: [] });
    const bytes = await readFile(result.file);
    expect(bytes.length).toBe(1048);
    expect(sha256(bytes)).toBe("sha256:e925981f2f3aa99b243191832d2a91eb88c2071702b6129e7e1e6d40f1cd83dd");
    const pkg = await openPackage(result.file);
    expect(Buffer.from(pkg.manifestBytes).toString()).toBe(MANIFEST);
    expect(pkg.manifestBytes.byteLength).toBe(561);
    await pkg.close();
  });

  it("has the same digest deflated and as a folder", async () => {
    const folder = await authorFolder();
    expect((await packed(folder)).digest).toBe(DIGEST);
    const out = `${join(await temporaryFolder(), "form")}/`;
    expect((await packed(folder, { out })).digest).toBe(DIGEST);
    expect(await readFile(join(out, "function-package.json"), "utf8")).toBe(MANIFEST);
    expect(await verifyPackage(out, { expect: { digest: DIGEST } })).toMatchObject({ digest: DIGEST, files: 2, bytes: 117 });
  });

  it("writes the files layer of the specification", async () => {
    const chunks: Uint8Array[] = [];
    const entries = Object.entries(HELLO).map(([path, text]) => ({ path: `function/${path}`, body: Buffer.from(text) }));
    const { size } = await writeZip(entries, { write: (chunk) => void chunks.push(Buffer.from(chunk)) });
    expect(size).toBe(369);
    expect(sha256(Buffer.concat(chunks))).toBe("sha256:c043dec5097e4e7e483632196c1b0eb5c033f36c84a69aad0ad2468eedd6507c");
  });
});
