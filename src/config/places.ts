/** From a pointer in the merged document to the file, line and pointer where the value was written. */
import { pointer } from "../json.ts";
import type { LoadedConfig } from "./load.ts";
import type { Places } from "./resolved.ts";
import { pathOf, type Origin, type Tree } from "./tree.ts";

/** A place: where it was written, or where its nearest parent was. */
export type FoundPlace = { readonly file?: string; readonly line?: number; readonly pointer: string };

/** A `Places` that always answers. */
export interface FoundPlaces extends Places {
  at(pointer: string): FoundPlace;
}

export function placesOf(tree: Tree, loaded: LoadedConfig): FoundPlaces {
  return {
    at(asked) {
      let node: Tree = tree;
      const rest = pathOf(asked);
      while (rest.length > 0) {
        const part = rest[0] ?? "";
        const child: Tree | undefined =
          node.kind === "map" ? node.entries.get(part) : node.kind === "list" ? node.items[Number(part)] : undefined;
        if (child === undefined) break;
        node = child;
        rest.shift();
      }
      return placeOf(node.origin, loaded, rest);
    },
  };
}

/** The place of an origin; `rest` leads on to what is not there. */
export function placeOf(origin: Origin, loaded: LoadedConfig, rest: readonly string[] = []): FoundPlace {
  const at = origin.pointer + pointer(...rest);
  if (origin.layer === "--set") return { file: "--set", pointer: at };
  if (origin.layer === "default") return { pointer: at };
  const line = loaded.line(origin.pointer);
  return {
    ...(loaded.file === undefined ? {} : { file: loaded.file }),
    ...(line === undefined ? {} : { line }),
    pointer: at,
  };
}
