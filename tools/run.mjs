#!/usr/bin/env node
/**
 * The one entry of every npm command: `node tools/run.mjs <command> [arguments]`. It only checks the Node
 * that started it; the work is in tools/run/. Written so that even a very old Node parses it and prints the
 * reason instead of a stack.
 */
const major = Number(process.versions.node.split('.')[0]);
if (major < 20) {
  console.error(
    'Tidegate needs Node 20 or newer to start (it then runs on its own Node 26); this is ' +
      process.version +
      '.',
  );
  process.exit(1);
}
import('./run/commands.mjs').then(
  (commands) => commands.main(process.argv.slice(2)),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
