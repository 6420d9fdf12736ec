import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** These start processes and mostly wait for them. They come first, so that none is left to wait for alone at the end. */
const waiting = /\/test\/(cli|adapters\/(local|aws-lambda)|one-handler|project|api|reliability)\//;

class Sequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const waits = (file: TestSpecification) => waiting.test(file.moduleId);
    return [...sorted.filter(waits), ...sorted.filter((file) => !waits(file))];
  }
}

/** Where the results go as JSON too. */
const report = process.env["FNPKG_TEST_REPORT"];

export default defineConfig({
  resolve: { conditions: ["@fnpkg/source"] },
  ssr: { resolve: { conditions: ["@fnpkg/source"] } },
  test: {
    include: ["test/**/*.test.ts"],
    // Generous: a busy machine is no failure.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    maxWorkers: availableParallelism() + 2,
    sequence: { sequencer: Sequencer },
    reporters: report === undefined ? ["default"] : ["default", ["json", { outputFile: report }]],
  },
});
