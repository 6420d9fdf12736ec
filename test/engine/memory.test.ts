import { held } from "fnpkg/adapter";
import { describe, expect, it } from "vitest";

const MiB = 1024 * 1024;

describe("held", () => {
  it("lets small ones go side by side, and large ones a few at a time, in the order of asking", async () => {
    const log: string[] = [];
    const ends = new Map<string, () => void>();
    const work = (name: string, bytes: number) =>
      held(bytes, async () => {
        log.push(name);
        await new Promise<void>((end) => ends.set(name, end));
        return name;
      });
    const end = async (name: string) => {
      ends.get(name)?.();
      await new Promise((wake) => setImmediate(wake));
    };
    const all = [work("a", 100 * MiB), work("b", 100 * MiB), work("c", 100 * MiB), work("d", 1 * MiB), work("huge", 900 * MiB)];
    await new Promise((wake) => setImmediate(wake));
    expect(log).toEqual(["a", "b"]);
    await end("a");
    expect(log).toEqual(["a", "b", "c", "d"]);
    await end("b");
    await end("d");
    expect(log).toEqual(["a", "b", "c", "d"]);
    await end("c");
    expect(log).toEqual(["a", "b", "c", "d", "huge"]);
    await end("huge");
    expect(await Promise.all(all)).toEqual(["a", "b", "c", "d", "huge"]);
  });

  it("gives back what work held that failed", async () => {
    const failing = held(200 * MiB, async () => Promise.reject(new Error("refused")));
    await expect(failing).rejects.toThrow("refused");
    expect(await held(200 * MiB, async () => "sent")).toBe("sent");
  });
});
