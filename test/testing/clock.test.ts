import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { virtualClock } from "../../src/testing/index.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fnpkg-clock-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the virtual clock", () => {
  it("moves on when everything stands still, to the next who sleeps", async () => {
    const clock = virtualClock(1000);
    const seen: number[] = [];
    const sleeper = async (ms: number) => {
      await clock.sleep(ms);
      seen.push(clock.now());
    };
    await Promise.all([sleeper(60_000), sleeper(10), sleeper(3_600_000)]);
    expect(seen).toEqual([1010, 61_000, 3_601_000]);
    expect(clock.elapsed()).toBe(3_600_000);
  });

  it("waits for files: handles from opening to closing, streams and what is between", async () => {
    const clock = virtualClock();
    const over = new AbortController();
    const deadline = clock.sleep(1_200_000, over.signal).then(
      () => "passed",
      () => "not reached",
    );
    const file = join(folder, "a.bin");
    for (let round = 0; round < 20; round++) {
      const handle = await open(file, "w");
      await handle.writeFile(Buffer.alloc(256 * 1024, round));
      await handle.close();
      await pipeline(createReadStream(file), createWriteStream(`${file}.copy`));
      await pipeline(createReadStream(`${file}.copy`), createHash("sha256"));
      await writeFile(file, await readFile(`${file}.copy`));
    }
    over.abort();
    expect(await deadline).toBe("not reached");
    expect(clock.elapsed()).toBe(0);
  });
});
