/** The limits of the package format, as data. They can be set, but not switched off. */
import { FnpkgError } from "../errors.ts";

const MiB = 1024 * 1024;

interface Limit {
  readonly value: number;
  /** No setting goes above it: the archive profile has no Zip64. */
  readonly ceiling: number;
  readonly unit: string;
}

const FOUR_GIB = 0xffff_fffe;

export const limitTable = {
  /** The `.fnpkg` file. */
  containerBytes: { value: 512 * MiB, ceiling: FOUR_GIB, unit: "bytes" },
  /** All files together, uncompressed. */
  totalBytes: { value: 1024 * MiB, ceiling: Number.MAX_SAFE_INTEGER, unit: "bytes" },
  /** One file, uncompressed. */
  fileBytes: { value: 256 * MiB, ceiling: FOUR_GIB, unit: "bytes" },
  /** Entries of the archive, or files of the folder, manifest and blobs included. */
  entries: { value: 50_000, ceiling: 65_534, unit: "entries" },
  /** `function-package.json`. */
  manifestBytes: { value: 16 * MiB, ceiling: 256 * MiB, unit: "bytes" },
  /** The author file. */
  authorBytes: { value: MiB, ceiling: 64 * MiB, unit: "bytes" },
  /** Uncompressed over compressed bytes of the whole package, once it is past `ratioFromBytes`. */
  ratio: { value: 100, ceiling: 2000, unit: "to 1" },
  ratioFromBytes: { value: 10 * MiB, ceiling: 1024 * MiB, unit: "bytes" },
  /** Wall clock of opening and verifying. */
  seconds: { value: 120, ceiling: 86_400, unit: "seconds" },
} as const satisfies Record<string, Limit>;

/** Each limit's value; see `limitTable` for what it bounds, its unit and its default. */
export type Limits = { readonly [K in keyof typeof limitTable]: number };

/**
 * The defaults with the caller's settings.
 * @throws FnpkgError E_USAGE for an unknown limit or a value that is no positive integer up to the limit's ceiling.
 */
export function limitsOf(settings: Partial<Limits> = {}): Limits {
  const result: Record<string, number> = {};
  for (const [name, { value }] of Object.entries(limitTable)) result[name] = value;
  for (const [name, value] of Object.entries(settings)) {
    if (value === undefined) continue;
    const row: Limit | undefined = Object.hasOwn(limitTable, name) ? limitTable[name as keyof Limits] : undefined;
    if (row === undefined)
      throw new FnpkgError("E_USAGE", `there is no limit "${name}"`, {
        hint: `The limits: ${Object.keys(limitTable).join(", ")}.`,
      });
    if (!Number.isSafeInteger(value) || value < 1 || value > row.ceiling) {
      throw new FnpkgError("E_USAGE", `the limit ${name} can't be ${value}`, {
        hint: `Limits can't be switched off; ${name} takes an integer from 1 to ${row.ceiling} ${row.unit}.`,
      });
    }
    result[name] = value;
  }
  return result as unknown as Limits;
}

/** The failure of a limit: what it bounds, the value found, the limit. */
export function overLimit(what: string, found: number | string, name: keyof Limits, limits: Limits, file?: string): FnpkgError {
  return new FnpkgError(
    "E_LIMIT",
    `${what}: ${found}; the limit ${name} is ${limits[name]} ${limitTable[name].unit}`,
    file === undefined ? {} : { file },
  );
}

/** Stops work that takes longer than `limits.seconds`, and work that the caller aborts. */
export class Deadline {
  readonly #until: number;
  readonly #limits: Limits;
  readonly #signal: AbortSignal | undefined;

  constructor(limits: Limits, signal?: AbortSignal) {
    this.#limits = limits;
    this.#until = performance.now() + limits.seconds * 1000;
    this.#signal = signal;
  }

  /** @throws FnpkgError E_LIMIT when the time is up, E_INTERRUPTED when aborted. */
  check(): void {
    throwIfAborted(this.#signal);
    if (performance.now() > this.#until)
      throw overLimit("reading the package takes too long", `more than ${this.#limits.seconds} s`, "seconds", this.#limits);
  }
}

/** @throws FnpkgError E_INTERRUPTED */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new FnpkgError("E_INTERRUPTED", "interrupted", { cause: signal.reason });
}
