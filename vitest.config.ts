/**
 * Which tests there are and in which order they run: everything fast first, on both cores, then what starts
 * real servers, browsers and processes, one file at a time.
 */
import { defineConfig } from 'vitest/config';

/** Slow by nature: real servers, browsers, kills, load. */
const slow = [
  'test/e2e/**/*.test.ts',
  'test/interop/**/*.test.ts',
  'test/load/**/*.test.ts',
  '**/*.slow.test.ts',
];
const everything = [
  'packages/**/*.test.ts',
  'services/**/*.test.ts',
  'sim/**/*.test.ts',
  'ui/**/*.test.{ts,tsx}',
  'test/**/*.test.ts',
  'tools/**/*.test.ts',
];
const never = ['**/node_modules/**', '**/dist/**', '.cache/**', 'data/**'];

/**
 * Tests run on the sources (export condition `tidegate-source`); what spawns the platform uses the built
 * `dist`.
 */
export default defineConfig({
  resolve: { conditions: ['tidegate-source'] },
  ssr: { resolve: { conditions: ['tidegate-source'] } },
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          include: everything,
          exclude: [...never, ...slow],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'slow',
          include: slow,
          exclude: never,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
