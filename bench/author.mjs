/** The author file of a package that is measured. */
export function authorOf(name) {
  return {
    kind: "FunctionPackage",
    specVersion: "1.0",
    name: `bench/${name}`,
    version: "1.0.0",
    profile: "nodejs",
    entryPoint: { module: "index.mjs" },
    signature: { type: "http" },
    requires: {},
  };
}
