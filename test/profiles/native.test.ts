import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareVersions, inspectNative, misfit } from "../../src/profiles/native.ts";
import { elf, fatMachO, glibcAddon, machO, muslAddon, pe } from "./elf.ts";

const amd64 = { os: "linux", architecture: "amd64", libc: "glibc", glibc: "2.34" } as const;

describe("native files", () => {
  test("an ELF file's machine, C library and newest glibc version", () => {
    expect(inspectNative(glibcAddon("2.28"))).toEqual({
      format: "elf",
      os: "linux",
      architectures: ["amd64"],
      libc: "glibc",
      glibc: "2.28",
    });
    expect(inspectNative(glibcAddon("2.9", 183))).toMatchObject({ architectures: ["arm64"], glibc: "2.14" });
    expect(inspectNative(muslAddon())).toMatchObject({ libc: "musl" });
    expect(inspectNative(elf({ interpreter: "/lib/ld-musl-aarch64.so.1", machine: 183 }))).toMatchObject({
      architectures: ["arm64"],
      libc: "musl",
    });
    expect(inspectNative(elf({ needed: ["libc.so"] }))).toMatchObject({ libc: "musl" });
    expect(inspectNative(elf())).toEqual({ format: "elf", os: "linux", architectures: ["amd64"] });
    expect(inspectNative(elf({ little: false, machine: 22, needed: ["libc.so.6"] }))).toMatchObject({
      architectures: ["s390x"],
      libc: "glibc",
    });
    expect(inspectNative(elf({ abi: 9 }))).toMatchObject({ os: "other" });
  });

  test.runIf(process.platform === "linux")("this machine's own node", () => {
    const found = inspectNative(readFileSync(process.execPath));
    expect(found).toMatchObject({ format: "elf", os: "linux", architectures: [process.arch === "x64" ? "amd64" : process.arch] });
  });

  test("Mach-O and PE; a Java class and text are none", () => {
    expect(inspectNative(machO())).toEqual({ format: "mach-o", os: "darwin", architectures: ["arm64"] });
    expect(inspectNative(fatMachO(0x01000007, 0x0100000c))).toEqual({
      format: "mach-o",
      os: "darwin",
      architectures: ["amd64", "arm64"],
    });
    expect(inspectNative(pe(0xaa64))).toEqual({ format: "pe", os: "windows", architectures: ["arm64"] });
    const java = fatMachO();
    java.writeUInt32BE(65, 4);
    expect(inspectNative(java)).toBeUndefined();
    for (const bytes of [
      Buffer.from("MZ".padEnd(100)),
      Buffer.from("#!/bin/sh\n".repeat(20)),
      new Uint8Array(),
      Buffer.from("\u007fELF"),
    ])
      expect(inspectNative(bytes)).toBeUndefined();
  });

  test("42: what doesn't fit says what it is and what is needed", () => {
    const why = (bytes: Uint8Array, platform: Parameters<typeof misfit>[1] = amd64) => {
      const native = inspectNative(bytes);
      return native === undefined ? "no native file" : misfit(native, platform);
    };
    expect(why(glibcAddon("2.34"))).toBeUndefined();
    expect(why(glibcAddon("2.36"))).toBe("it needs glibc 2.36, and the target has 2.34");
    expect(why(glibcAddon("2.36"), { os: "linux", architecture: "amd64" })).toBeUndefined();
    expect(why(glibcAddon("2.28", 183))).toBe("it is linux arm64 glibc, and amd64 is needed");
    expect(why(muslAddon())).toBe("it is linked with musl, and the target has glibc");
    expect(why(machO())).toBe("it is darwin arm64 (mach-o), and linux is needed");
    expect(why(pe())).toBe("it is windows amd64 (pe), and linux is needed");
    expect(why(fatMachO(0x01000007, 0x0100000c), { os: "darwin", architecture: "amd64" })).toBeUndefined();
    expect(why(elf())).toBeUndefined();
  });

  test("versions compare by value", () => {
    expect(["2.34", "2.9", "2.10.1", "2.10"].sort(compareVersions)).toEqual(["2.9", "2.10", "2.10.1", "2.34"]);
  });

  test("any damage gives an answer", () => {
    const good = glibcAddon("2.28");
    for (let at = 0; at < good.length; at++) {
      for (const value of [0, 0x7f, 0xff]) {
        const bad = Buffer.from(good);
        bad[at] = value;
        inspectNative(bad);
      }
      inspectNative(good.subarray(0, at));
    }
    fc.assert(
      fc.property(
        fc.constantFrom(glibcAddon(), muslAddon(), machO(), fatMachO(1, 2, 3), pe()),
        fc.array(fc.tuple(fc.nat(300), fc.nat(255))),
        (file, changes) => {
          const bad = Buffer.from(file);
          for (const [at, value] of changes) if (at < bad.length) bad[at] = value;
          inspectNative(bad);
        },
      ),
    );
  });
});
