/**
 * The test commands. `npm test` is the whole truth about a tree: system packages, build, lint, types and
 * every test; its last line is `N passed, N failed`. A step that fails before or beside the tests counts as
 * one failure, so that line never says `0 failed` about a tree that is not sound.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { build, whole } from './build.mjs';
import { meetSystem } from './debian.mjs';
import { install } from './install.mjs';
import { cachePath, inTree, pinnedNode, say } from './place.mjs';
import { passThrough } from './process.mjs';

/** Steps that check the code without running it; the commands of `npm run lint`. */
const checks = [
  {
    name: 'format (npm run format)',
    args: ['node_modules/oxfmt/bin/oxfmt', '--list-different', '.'],
  },
  {
    name: 'oxlint',
    args: ['node_modules/oxlint/bin/oxlint', '--type-aware', '--deny-warnings', '.'],
  },
  {
    name: 'types of tests and tools',
    args: ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.tests.json'],
  },
  {
    name: 'types of the UI',
    args: ['node_modules/typescript/bin/tsc', '-p', 'ui', '--noEmit'],
  },
  {
    name: 'knip (unused files and dependencies)',
    args: ['node_modules/knip/bin/knip.js', '--no-progress', '--no-config-hints'],
  },
];

/** True when every check passes; each failing one is shown and named. */
export async function lint() {
  return (await failedChecks()).length === 0;
}

async function failedChecks() {
  const failed = [];
  for (const { name, args } of checks) {
    const [script, ...rest] = args;
    if ((await passThrough(pinnedNode(), [inTree(script), ...rest])) !== 0) failed.push(name);
  }
  for (const name of failed) say(`Failed: ${name}`);
  return failed;
}

export function testAll(args) {
  return countedTest(async () => {
    await meetSystem();
    await install();
    await build(whole);
    const failedSteps = (await failedChecks()).length;
    return withSteps(await vitest(args, testMsMax), failedSteps);
  });
}

export function testFast(args) {
  return countedTest(async () => {
    await install();
    await build(['typescript']);
    return vitest(['--project', 'fast', ...args], fastTestMsMax);
  });
}

async function countedTest(work) {
  let result = { passed: 0, failed: 1 };
  try {
    result = await work();
  } catch (error) {
    say(error.message);
  }
  process.stdout.write(`${result.passed} passed, ${result.failed} failed\n`);
  return result.failed === 0 ? 0 : 1;
}

function withSteps({ passed, failed }, failedSteps) {
  return { passed, failed: failed + failedSteps };
}

/** A test that spins can't be timed out from inside its process. */
const testMsMax = 45 * 60_000;
const fastTestMsMax = 10 * 60_000;

async function vitest(args, msMax) {
  const report = cachePath(`vitest-${process.pid}.json`);
  try {
    const vitestPath = inTree('node_modules', 'vitest', 'vitest.mjs');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const code = await passThrough(pinnedNode(), [vitestPath, 'run', ...reporters, ...args], { msMax });
    return countTests(report, code);
  } finally {
    rmSync(report, { force: true });
  }
}

/** Tests, not files. A file that could not even be loaded, or an error outside any test, is one failure. */
function countTests(report, code) {
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const unloaded = testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const failed = numFailedTests + unloaded;
  return { passed: numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed };
}
