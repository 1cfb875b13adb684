import { defineConfig } from 'vitest/config';

// Real processes and terminals: few files at a time, so that two cores are not the thing under test.
export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: ['default', 'json'],
    outputFile: { json: 'build/test-results.json' },
  },
});
