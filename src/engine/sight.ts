/** A wanted resource, seen beside what is live. */
import type { Derivation, Lifecycle, Live, Mark, Resource } from "../contract.ts";
import type { JsonObject } from "../json.ts";
import type { Want } from "./judge.ts";

/** A wanted resource and what is there in its place. */
export interface Sight<Client> {
  readonly resource: Resource;
  /** With the references that were known. */
  readonly props: JsonObject;
  readonly lifecycle: Lifecycle<JsonObject, Client>;
  readonly mark: Mark;
  /** On the anchor. */
  readonly derivation?: Derivation;
  /** What is at its address; else what is owned under its id elsewhere. */
  readonly live?: Live;
  /** `live` stands at another address: a replace makes the new one first. */
  readonly elsewhere: boolean;
  /** All references were known when it was looked at. */
  readonly certain: boolean;
  /** It could not be looked at, since not all references were known. */
  readonly unseen?: true;
}

export function wantOf(sight: Pick<Sight<never>, "mark" | "derivation" | "props">, props = sight.props): Want {
  return { props, mark: sight.mark, ...(sight.derivation === undefined ? {} : { derivation: sight.derivation }) };
}
