/** What a terminal gets, and what a pipe gets: shown on streams that say they are one or the other. */
import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { makeIo, type IoOptions, type Output } from "../../src/cli/io.ts";

class Screen extends EventEmitter implements Output {
  text = "";
  readonly isTTY: boolean;
  readonly columns = 40;
  /** What every write fails with. */
  broken: Error | undefined;

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  write(data: Uint8Array | string, done?: (error?: Error | null) => void): boolean {
    if (this.broken === undefined) this.text += typeof data === "string" ? data : Buffer.from(data).toString();
    else this.emit("error", this.broken);
    done?.(this.broken ?? null);
    return true;
  }
}

const never = new AbortController().signal;

function screens(out: boolean, err: boolean, options: Partial<IoOptions> = {}) {
  const [stdout, stderr] = [new Screen(out), new Screen(err)];
  const io = makeIo({ json: false, quiet: false, signal: never, hard: never, stdout, stderr, env: {}, ...options });
  return { stdout, stderr, io };
}

describe("colours", () => {
  it("are on a terminal only, each stream by itself", () => {
    const { io } = screens(true, false);
    expect(io.style("red", "x")).toBe("\u001b[31mx\u001b[39m");
    expect(io.tint("red", "x")).toBe("x");
    const piped = screens(false, true);
    expect(piped.io.style("red", "x")).toBe("x");
    expect(piped.io.tint("red", "x")).toBe("\u001b[31mx\u001b[39m");
  });

  it.each([{ NO_COLOR: "1" }, { TERM: "dumb" }])("are off with %o", (env) => {
    const { io } = screens(true, true, { env });
    expect([io.style("red", "x"), io.tint("bold", "x")]).toEqual(["x", "x"]);
  });

  it("are on with an empty NO_COLOR, as its convention says", () => {
    expect(screens(true, true, { env: { NO_COLOR: "" } }).io.style("red", "x")).not.toBe("x");
  });
});

describe("progress", () => {
  it("is one line that is written over on a terminal, no longer than it is wide", () => {
    const { io, stderr, stdout } = screens(true, true);
    io.progress("first");
    io.progress("x".repeat(100));
    expect(stderr.text).toBe(`\r\u001b[2Kfirst\r\u001b[2K${"x".repeat(39)}`);
    stderr.text = "";
    io.note("done");
    expect(stderr.text).toBe("\r\u001b[2Kdone\n");
    stderr.text = "";
    io.line("answer");
    expect([stdout.text, stderr.text]).toEqual(["answer\n", ""]);
  });

  it("is plain lines elsewhere, without a control character", () => {
    const { io, stderr } = screens(false, false);
    io.progress("first");
    io.progress("second");
    io.note("done");
    expect(stderr.text).toBe("first\nsecond\ndone\n");
    expect(io.live).toBe(false);
  });

  it("is silent with --quiet; warnings and the answer are not", () => {
    const { io, stdout, stderr } = screens(false, true, { quiet: true });
    io.progress("working");
    io.note("worked");
    io.warn("beware");
    io.line("answer");
    expect([stdout.text, stderr.text]).toEqual(["answer\n", "beware\n"]);
  });
});

describe("--json", () => {
  it("keeps words off standard output", () => {
    const { io, stdout, stderr } = screens(true, false, { json: true });
    io.line("for people");
    io.note("a note");
    io.document({ a: "line\nbreak" });
    expect([stdout.text, stderr.text]).toEqual(['{"a":"line\\nbreak"}\n', "a note\n"]);
  });
});

describe("a reader that goes away", () => {
  const failed = (code: string) => Object.assign(new Error(`${code}: it broke`), { code });

  it("is told by a signal, and is no failure", async () => {
    const { io, stdout } = screens(false, false);
    stdout.broken = failed("EPIPE");
    io.line("one");
    expect(io.unread.aborted).toBe(true);
    io.line("two");
    await io.flush();
    expect(stdout.text).toBe("");
  });

  it("differs from a disk that is full, which is one", async () => {
    const { io, stdout } = screens(false, false);
    stdout.broken = failed("ENOSPC");
    io.document({});
    await expect(io.flush()).rejects.toMatchObject({ code: "E_IO", message: expect.stringContaining("ENOSPC") as string });
  });

  it("of the words alone changes nothing", async () => {
    const { io, stdout, stderr } = screens(false, false);
    stderr.broken = failed("EPIPE");
    io.note("one");
    io.line("answer");
    await io.flush();
    expect([stdout.text, io.unread.aborted]).toEqual(["answer\n", false]);
  });
});
