/** A vendor in this process's memory. */
import type { Derivation, Mark } from "../contract.ts";

/** What a vendor would keep: each thing with its mark in its tags. */
export interface MemoryThing {
  readonly kind: string;
  readonly props: object;
  readonly mark: Mark | null;
  readonly derivation?: Derivation;
  /** Of a function: what was ever deployed, the newest first. */
  readonly versions?: readonly { readonly version: string; readonly packageDigest: string }[];
}

/** The vendor's API. Every call is asynchronous, as over a network. */
export interface MemoryClient {
  get(address: string): Promise<MemoryThing | undefined>;
  list(kind: string): Promise<readonly MemoryThing[]>;
  put(address: string, thing: MemoryThing): Promise<void>;
  remove(address: string): Promise<void>;
}

/** The vendor's API over a map that the caller keeps. */
export function memoryClient(things: Map<string, MemoryThing>): MemoryClient {
  return {
    get: async (address) => structuredClone(things.get(address)),
    list: async (kind) => structuredClone([...things.values()].filter((thing) => thing.kind === kind)),
    put: async (address, thing) => void things.set(address, structuredClone(thing)),
    remove: async (address) => void things.delete(address),
  };
}
