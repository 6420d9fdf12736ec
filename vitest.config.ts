import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["@fnpkg/source"] },
  ssr: { resolve: { conditions: ["@fnpkg/source"] } },
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
