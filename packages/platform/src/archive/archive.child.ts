/**
 * For the test that kills it: archives, says each step, and at the step that it is told stops for ever. Its
 * arguments: URL file, folder, time, step, how often it passes that step first.
 */
import { readFileSync } from 'node:fs';
import { silentLog } from '../testing/database.ts';
import { Archive } from './archive.ts';

const [urlFile = '', folder = '', before = '', step = '', passes = '0'] = process.argv.slice(2);
let passed = 0;

// Something that keeps the process alive while it waits to be killed.
setInterval(() => undefined, 60_000);
await new Archive({
  url: readFileSync(urlFile, 'utf8'),
  folder,
  log: silentLog,
  async onStep(now) {
    if (now !== step || passed++ < Number(passes)) return;
    process.stdout.write(`${now}\n`);
    await new Promise(() => undefined);
  },
}).archive({ beforeMs: Number(before) });
process.stdout.write('done\n');
process.exit(0);
