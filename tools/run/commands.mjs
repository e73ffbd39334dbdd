/**
 * The table of commands behind `npm start`, `npm test` and the others: what each prepares, and what it runs.
 */
import { build, Unbuilt, whole } from './build.mjs';
import { UnmetSystem } from './debian.mjs';
import { install } from './install.mjs';
import { Fault, pinnedNode, say } from './place.mjs';
import { runPlatform } from './platform.mjs';
import { passThrough } from './process.mjs';
import { lint, testAll, testFast } from './tests.mjs';

const commands = {
  start: {
    about: 'install what is missing, build what is stale, run the platform (-- --help lists its settings)',
    async run(args) {
      await install();
      await build(whole);
      return runPlatform('services/dist/main.js', args);
    },
  },
  build: {
    about: 'install what is missing and build what is stale (-- --force builds everything)',
    async run(args) {
      await install();
      await build(whole, { force: args.includes('--force'), report: true });
      return 0;
    },
  },
  test: { about: 'everything: system packages, build, lint, types, all tests', run: testAll },
  'test:fast': { about: 'the inner loop: unit tests only; arguments go to vitest', run: testFast },
  lint: {
    about: 'oxlint with type information, and the type check of tests and UI',
    async run() {
      await install();
      await build(['typescript']);
      return (await lint()) ? 0 : 1;
    },
  },
  docs: {
    about: 'write the documents that programs generate',
    async run(args) {
      await install();
      return passThrough(pinnedNode(), ['--conditions=tidegate-source', 'tools/documents.ts', ...args]);
    },
  },
  format: {
    about: 'format the code and wrap its comments at the line length',
    async run(args) {
      await install();
      const code = await passThrough(pinnedNode(), ['node_modules/oxfmt/bin/oxfmt', ...args, '.']);
      return code || passThrough(pinnedNode(), ['tools/comments.mjs', ...args]);
    },
  },
  screenshots: {
    about: 'take the pictures of docs/images from a running platform',
    async run(args) {
      await install();
      await build(whole);
      return passThrough(pinnedNode(), ['test/e2e/screenshots.ts', ...args]);
    },
  },
  tidegate: {
    about: "the operators' command line: archive, restore, replay, rebuild, retention (-- --help)",
    async run(args) {
      await install();
      await build(['typescript']);
      return passThrough(pinnedNode(), ['services/dist/tidegate.js', ...args], { endsWithParent: true });
    },
  },
  bench: {
    about: 'benchmarks against the built code; arguments are their names',
    async run(args) {
      await install();
      await build(whole);
      return passThrough(pinnedNode(), ['test/load/bench.ts', ...args]);
    },
  },
  soak: {
    about: 'two hours of trading through 500 kills, compared to the last fill (-- --help)',
    async run(args) {
      await install();
      await build(whole);
      return passThrough(pinnedNode(), ['test/load/soak.ts', ...args]);
    },
  },
  fix: {
    about: 'the FIX tool: decode, check, acceptor, initiator (-- --help)',
    run: (args) => fixTool('fix', args),
  },
  'fix:acceptance': {
    about: "the FIX engine as the field's acceptance suites expect it (-- --host 127.0.0.1 --port N)",
    run: (args) => fixTool('acceptance', args),
  },
};

/** A program of packages/fix/tools, on its sources: nothing needs to be built. */
async function fixTool(name, args) {
  await install();
  const script = `packages/fix/tools/${name}.ts`;
  const options = { input: 'inherit', endsWithParent: true };
  return passThrough(pinnedNode(), ['--conditions=tidegate-source', script, ...args], options);
}

export async function main([name, ...args]) {
  const command = Object.hasOwn(commands, name ?? '') ? commands[name] : undefined;
  if (command === undefined) {
    if (name !== undefined && name !== 'help' && name !== '--help') say(`There is no command '${name}'.`);
    for (const [each, { about }] of Object.entries(commands)) say(`  npm run ${each.padEnd(14)} ${about}`);
    process.exitCode = name === 'help' || name === '--help' ? 0 : 2;
    return;
  }
  try {
    process.exitCode = await command.run(args);
  } catch (error) {
    const isExpected = error instanceof Fault || error instanceof Unbuilt || error instanceof UnmetSystem;
    say(isExpected ? error.message : (error.stack ?? String(error)));
    process.exitCode = 1;
  }
}
