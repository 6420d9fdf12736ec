/**
 * The floors: which folder may import which. CONTRIBUTING.md says why; test/project/floors.test.ts breaks each rule once.
 * In a path, `$1` is what the rule's `from` matched first.
 */
const floor0 = "^src/(errors|json|schema|yaml)\\.ts$";
const floor1 = "^src/(package|config|profiles)/";
const contract = "^src/contract\\.ts$";
const engine = "^src/engine/";
const floor4 = "^src/(index\\.ts$|adapter\\.ts$|api/|cli/|testing/|iac/|registry/|trust/)";
const runtime = "^src/runtime/";
const pure = "^adapters/([^/]+)/(translate|layout|limits|resources|config)[a-z-]*\\.ts$";
const sdk = "(^|node_modules/)(@aws-sdk|@smithy|@google-cloud|@azure|google-auth-library|googleapis|google-gax)(/|$)";

/** What stays in the types: erased at build, so it can't load anything. */
const types = ["type-only", "type-import"];

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      comment: "A cycle has no floor.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "resolvable",
      comment: "Every import resolves.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: sdk },
    },
    {
      name: "declared",
      comment: "What is published imports only what package.json declares for it: no development dependency, nothing undeclared.",
      severity: "error",
      from: { path: "^(src|adapters)/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"], dependencyTypesNot: [...types, "npm-peer"] },
    },
    {
      name: "published-only",
      comment: "src and adapters stand on their own.",
      severity: "error",
      from: { path: "^(src|adapters)/" },
      to: { path: "^(test|bench|scripts|examples|docs|dist)/" },
    },
    {
      name: "floor-0",
      comment: "errors, json, schema and yaml import each other, node and npm packages.",
      severity: "error",
      from: { path: floor0 },
      to: { path: "^(src|adapters)/", pathNot: floor0 },
    },
    {
      name: "floor-1",
      comment: "package, config and profiles import floor 0 and each other.",
      severity: "error",
      from: { path: floor1 },
      to: { path: "^(src|adapters)/", pathNot: [floor0, floor1] },
    },
    {
      name: "floor-runtime",
      comment: "src/runtime travels into functions: it imports nothing but itself.",
      severity: "error",
      from: { path: runtime },
      to: { pathNot: runtime },
    },
    {
      name: "floor-2",
      comment: "The contract is types, of floors 0 and 1.",
      severity: "error",
      from: { path: contract },
      to: { path: "^(src|adapters)/", pathNot: [floor0, floor1] },
    },
    {
      name: "floor-2-types",
      comment: "The contract loads nothing.",
      severity: "error",
      from: { path: contract },
      to: { dependencyTypesNot: types },
    },
    {
      name: "floor-3",
      comment: "The engine imports floors 0 to 2; never an adapter.",
      severity: "error",
      from: { path: engine },
      to: { path: "^(src|adapters)/", pathNot: [floor0, floor1, contract, engine, runtime] },
    },
    {
      name: "floor-3-types",
      comment: "Of floor 1 the engine takes types: it works on what it is handed.",
      severity: "error",
      from: { path: engine },
      to: { path: [floor1, runtime], dependencyTypesNot: types },
    },
    {
      name: "cli-on-top",
      comment: "The command line is a front: nothing imports it.",
      severity: "error",
      from: { path: "^(src|adapters)/", pathNot: "^src/cli/" },
      to: { path: "^src/cli/" },
    },
    {
      name: "door-is-outside",
      comment: "Doors re-export; what is inside imports the file itself.",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(cli|testing)/" },
      to: { path: "^src/(index|adapter)\\.ts$" },
    },
    {
      name: "adapters-by-the-door",
      comment: "From src only index, api and cli know adapters, and only the list with its lazy imports.",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^adapters/", pathNot: "^adapters/index\\.ts$" },
    },
    {
      name: "adapters-list",
      comment: "The list of adapters is for index, api and cli.",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(index\\.ts$|api/|cli/)" },
      to: { path: "^adapters/index\\.ts$" },
    },
    {
      name: "adapters-lazy",
      comment: "The list of adapters loads none of them before it is asked for: `import()` or types.",
      severity: "error",
      from: { path: "^adapters/index\\.ts$" },
      to: { path: "^adapters/", dynamic: false, dependencyTypesNot: types },
    },
    {
      name: "adapter-by-name",
      comment: "An adapter imports the package by its name, as a third party would.",
      severity: "error",
      from: { path: "^adapters/" },
      to: { path: "^src/", dependencyTypes: ["local"] },
    },
    {
      name: "adapter-alone",
      comment: "An adapter never imports another.",
      severity: "error",
      from: { path: "^adapters/([^/]+)/" },
      to: { path: "^adapters/", pathNot: "^adapters/$1/" },
    },
    {
      name: "adapter-pure",
      comment:
        "translate, layout, limits, resources and config, and parts such as translate-queue, load zod, the door and each other.",
      severity: "error",
      from: { path: pure },
      to: {
        pathNot: [
          "node_modules/zod/",
          "^src/adapter\\.ts$",
          "^adapters/$1/(translate|layout|limits|resources|config)[a-z-]*\\.ts$",
        ],
        dependencyTypesNot: types,
      },
    },
    {
      name: "sdk-in-client",
      comment: "Only an adapter's client.ts loads a vendor SDK.",
      severity: "error",
      from: { path: "^(src|adapters)/", pathNot: "^adapters/[^/]+/client\\.ts$" },
      to: { path: sdk, dependencyTypesNot: types },
    },
    {
      name: "sdk-lazy",
      comment: "A vendor SDK is loaded on first use, by `import()`.",
      severity: "error",
      from: { path: "^adapters/[^/]+/client\\.ts$" },
      to: { path: sdk, dynamic: false, dependencyTypesNot: types },
    },
    {
      name: "placed",
      comment: "Every file of src has a floor. A new folder needs a line here.",
      severity: "error",
      from: { path: "^src/", pathNot: [floor0, floor1, contract, engine, floor4, runtime] },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: "specify",
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["@fnpkg/source", "import", "node", "types", "default"],
      mainFields: ["module", "main", "types"],
    },
  },
};
