/** What every adapter's translation holds to: its golden files, and that it is a pure function. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Adapter, ContentInfo, Resource } from "fnpkg/adapter";
import { describe, expect, test } from "vitest";

interface Suite<Given, Section, Client> {
  /** A folder in test/fixtures. */
  readonly goldens: string;
  readonly cases: { readonly [name: string]: Given };
  readonly content: ContentInfo;
  readonly translate: Adapter<Section, Client>["translate"];
  inputOf(given: Given): Parameters<Adapter<Section, Client>["translate"]>[0];
}

export function holdsToGoldens<Given, Section, Client>(suite: Suite<Given, Section, Client>): void {
  const { cases, content, translate, inputOf } = suite;
  const goldens = fileURLToPath(new URL(`../fixtures/${suite.goldens}/`, import.meta.url));

  describe("golden resources", () => {
    test.each(Object.entries(cases))("%s", async (name, given) => {
      const resources = translate(inputOf(given), content);
      await expect(`${JSON.stringify(resources, null, 2)}\n`).toMatchFileSnapshot(`${goldens}translate-${name}.json`);
    });

    test("each file is a case", () => {
      const files = readdirSync(goldens).filter((file) => file.startsWith("translate-"));
      const named = Object.keys(cases).map((name) => `translate-${name}.json`);
      expect(files.toSorted()).toEqual(named.toSorted());
    });
  });

  test.each(Object.values(cases))("the same input gives the same resources, and ids are unique", (given) => {
    const input = inputOf(given);
    const before = JSON.stringify(input);
    const resources = translate(input, content);
    expect(translate(input, content)).toEqual(resources);
    expect(JSON.stringify(input)).toBe(before);
    expect(new Set(resources.map(({ id }) => id)).size).toBe(resources.length);
  });
}

/** The one resource of a kind. */
export function only(resources: readonly Resource[], kind: string): Resource {
  const found = resources.filter((resource) => resource.kind === kind);
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} resources of ${kind}`);
  return found[0];
}
