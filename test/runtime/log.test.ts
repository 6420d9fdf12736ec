import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { createLogger } from "../../src/runtime/index.ts";
import type { LoggerOptions } from "../../src/runtime/index.ts";

function make(options: LoggerOptions = {}) {
  const lines: [string, Record<string, unknown>][] = [];
  const log = createLogger({
    write: (stream, line) => {
      expect(line.indexOf("\n")).toBe(line.length - 1);
      lines.push([stream, JSON.parse(line) as Record<string, unknown>]);
    },
    ...options,
  });
  return { log, lines };
}

describe("the logger", () => {
  it("writes JSON lines to the stream of their level", () => {
    const { log, lines } = make({ level: "debug", invocationId: "i" });
    log.debug("d");
    log.info("a\nb", { user: 1 });
    log.warn("w");
    log.error("e");
    expect(lines.map(([stream, { level }]) => [stream, level])).toEqual([
      ["stdout", "debug"],
      ["stdout", "info"],
      ["stderr", "warn"],
      ["stderr", "error"],
    ]);
    expect(lines[1]?.[1]).toEqual({
      time: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      level: "info",
      message: "a\nb",
      invocationId: "i",
      user: 1,
    });
    expect(Object.keys(lines[1]?.[1] ?? {})).toEqual(["time", "level", "message", "invocationId", "user"]);
  });

  it("leaves out what is below its level, by default debug", () => {
    const { log, lines } = make();
    log.debug("d");
    log.info("i");
    const quiet = make({ level: "error" });
    quiet.log.warn("w");
    quiet.log.error("e");
    expect([lines.length, quiet.lines.length]).toEqual([1, 1]);
    expect("invocationId" in (lines[0]?.[1] ?? {})).toBe(false);
  });

  it("writes errors, big integers, cycles and what can't be written", () => {
    const { log, lines } = make();
    const cycle: Record<string, unknown> = { a: 1 };
    cycle["self"] = cycle;
    const shared = { b: 2 };
    const inner = Object.assign(new Error("inner"), { code: "E_X" });
    const error = new Error("outer", { cause: inner });
    inner.cause = error;
    const bad = {
      get x(): never {
        throw new Error("no");
      },
    };
    log.error("m", { level: "mine", big: 5n, cycle, twice: [shared, shared], error, bad, undef: undefined });
    expect(lines[0]?.[1]).toMatchObject({
      level: "error",
      _level: "mine",
      big: "5",
      cycle: { a: 1, self: "[circular]" },
      twice: [{ b: 2 }, { b: 2 }],
      error: {
        message: "outer",
        stack: expect.stringContaining("log.test") as string,
        cause: { message: "inner", code: "E_X", cause: "[circular]" },
      },
      bad: "[unwritable]",
    });
  });

  it("writes a line whatever it is given", () => {
    const { log, lines } = make();
    fc.assert(
      fc.property(fc.anything(), fc.anything({ withBigInt: true, withNullPrototype: true }), (message, fields) => {
        lines.length = 0;
        log.info(message as string, fields as Record<string, unknown>);
        expect(lines.length).toBe(1);
        expect(lines[0]?.[1]["level"]).toBe("info");
      }),
    );
  });
});
