/**
 * Which tests there are and in which order they run: what is fast first, on both cores; then what starts a
 * database or a process of its own; last what starts whole systems, browsers and kills, one file at a time.
 */
import { defineConfig } from 'vitest/config';

const everything = [
  'packages/**/*.test.ts',
  'services/**/*.test.ts',
  'sim/**/*.test.ts',
  'ui/**/*.test.{ts,tsx}',
  'test/**/*.test.ts',
  'tools/**/*.test.ts',
];
const slow = [
  'test/e2e/**/*.test.ts',
  'test/interop/**/*.test.ts',
  'test/load/**/*.test.ts',
  '**/*.slow.test.ts',
];
/** Unit tests against real servers: quick each, but their start is not. */
const servers = [
  'packages/platform/src/{configuration/configuration,identity/{credentials,tokens,attempt.budgets}}.test.ts',
  'packages/platform/src/journal/{journal,periods,projection,projection.days}.test.ts',
  'packages/platform/src/sql/{database,embedded.postgres}.test.ts',
  'packages/platform/src/{archive/archive,audit/{audit,verify},jobs/retention,lease/lease}.test.ts',
  'packages/platform/src/fixstore/sessions.postgres.test.ts',
  'packages/platform/src/observe/system.events.test.ts',
  'packages/platform/src/testing/*.test.ts',
  'services/src/projector/projector.test.ts',
  'services/src/api/order.lookup.test.ts',
  'services/src/monitor/{monitor,quality}.test.ts',
  'sim/src/main.test.ts',
  'test/cluster/{gateways,ownership}.test.ts',
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
    /** Tests that say they are concurrent mostly wait: for a session's heartbeats, say. */
    maxConcurrency: 10,
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          include: everything,
          exclude: [...never, ...slow, ...servers],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: 'servers', include: servers, exclude: never, sequence: { groupOrder: 1 } },
      },
      {
        extends: true,
        test: {
          name: 'slow',
          include: slow,
          exclude: never,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
