/**
 * The operators' command line, a second entry beside `main.ts`: journal and tables, on the same settings as
 * the platform, whether that runs or not. Exit codes: 0 done, 1 refused or failed, 2 called wrongly.
 */
import { loadSettings, problemText } from '@tidegate/platform/configuration/config';
import { openLog } from '@tidegate/platform/observe/log';
import { archiveCommand } from './command/archive.ts';
import { CommandRefused, type Command } from './command/command.ts';
import { openOperator } from './command/operator.ts';
import { rebuildCommand } from './command/rebuild.ts';
import { replayCommand } from './command/replay.ts';
import { restoreCommand } from './command/restore.ts';
import { retentionCommand } from './command/retention.ts';

const commands: readonly Command[] = [
  archiveCommand,
  restoreCommand,
  replayCommand,
  rebuildCommand,
  retentionCommand,
];

const usage = `npm run tidegate -- COMMAND [--setting value …]

${commands.map(({ usage: line, about }) => `  ${line.padEnd(26)}${about}`).join('\n')}

Settings are those of the platform (npm start -- --help lists them); run it with the same ones. COMMAND --help
says more. Exit codes: 0 done, 1 refused or failed, 2 called wrongly.
`;

async function main(): Promise<number> {
  const [name, ...args] = process.argv.slice(2);
  if (name === undefined || name === '--help' || name === 'help') {
    process.stdout.write(usage);
    return name === undefined ? 2 : 0;
  }
  const command = commands.find((one) => one.name === name);
  if (command === undefined)
    return wrong(`COMMAND_UNKNOWN ${name}: there is no such command. --help lists them.`);
  if (args.includes('--help')) {
    process.stdout.write(`npm run tidegate -- ${command.usage}\n\n${command.details}\n`);
    return 0;
  }
  const { own, rest } = command.split(args);
  const settings = loadSettings(undefined, rest);
  if (Array.isArray(settings)) return wrong(settings.map(problemText).join('\n'));
  const { log, flush } = openLog({ level: 'warn', format: settings.logFormat, descriptor: 2, fields: {} });
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  try {
    const operator = await openOperator(settings, log, stopping.signal);
    try {
      await command.run(operator, own);
      return stopping.signal.aborted ? 1 : 0;
    } finally {
      await operator.close();
    }
  } catch (error) {
    return failed(error);
  } finally {
    flush();
  }
}

const wrong = (text: string): number => told(text, 2);

function told(text: string, code: number): number {
  process.stderr.write(`${text}\n`);
  return code;
}

/** What has a code is told with it; anything else is a defect, and is told whole. */
function failed(error: unknown): number {
  if (error instanceof Error && error.name === 'AbortError') return told('stopped before the end', 1);
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  const text = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? error.stack : undefined;
  process.stderr.write(code === undefined ? `${stack ?? text}\n` : `${code}: ${text}\n`);
  return error instanceof CommandRefused && error.code === 'ARGUMENTS' ? 2 : 1;
}

process.exitCode = await main();
