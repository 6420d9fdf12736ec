import { build } from "esbuild";
import { describe, expect, it } from "vitest";

import * as author from "../../src/runtime/function.ts";
import { json } from "../../src/runtime/function.ts";

describe("what handler authors import", () => {
  it("brings nothing of the runtime along", async () => {
    const { outputFiles } = await build({
      entryPoints: ["src/runtime/function.ts"],
      bundle: true,
      minify: true,
      format: "esm",
      write: false,
    });
    expect(outputFiles[0]?.text.length).toBeLessThan(1200);
  });

  it("returns handlers as they are", () => {
    const handler = () => ({});
    expect(author.defineHttp(handler)).toBe(handler);
    const event = () => undefined;
    expect(author.defineCloudEvent(event)).toBe(event);
    expect(author.defineCloudEventBatch(event)).toBe(event);
  });

  it("makes JSON results", () => {
    expect(json({ a: 1 })).toEqual({ status: 200, headers: { "content-type": "application/json" }, body: '{"a":1}' });
    const problem = { status: 400, headers: { "Content-Type": "application/problem+json" } };
    expect(json(null, problem)).toEqual({ ...problem, body: "null" });
    expect(json(undefined).body).toBe("null");
  });
});
