/**
 * The operators' command line, a second entry beside `main.ts`. Some commands work on this host, on the same
 * settings as the platform, whether that runs or not; others on a running platform by its URL. Exit codes: 0
 * done, 1 refused or failed, 2 called wrongly, 3 there are differences.
 */
import { loadSettings, problemText } from '@tidegate/platform/configuration/config';
import { openLog } from '@tidegate/platform/observe/log';
import { archiveCommand } from './command/archive.ts';
import { CommandRefused, type Command } from './command/command.ts';
import { checkCommand } from './command/host/check.ts';
import type { HostCommand } from './command/host/host.ts';
import { initCommand } from './command/host/init.ts';
import { openOperator } from './command/operator.ts';
import { rebuildCommand } from './command/rebuild.ts';
import { replayCommand } from './command/replay.ts';
import { configCommand } from './command/remote/config.ts';
import { drainCommand, instancesCommand } from './command/remote/instances.ts';
import { keysCommand } from './command/remote/keys.ts';
import { Asked, Refused, type RemoteCommand } from './command/remote/remote.ts';
import {
  acceptCommand,
  firmsCommand,
  fixClientsCommand,
  signInCommand,
  usersCommand,
} from './command/remote/users.ts';
import { restoreCommand } from './command/restore.ts';
import { retentionCommand } from './command/retention.ts';

const commands: readonly Command[] = [
  archiveCommand,
  restoreCommand,
  replayCommand,
  rebuildCommand,
  retentionCommand,
];
const hostCommands: readonly HostCommand[] = [initCommand, checkCommand];
const remoteCommands: readonly RemoteCommand[] = [
  signInCommand,
  acceptCommand,
  configCommand,
  usersCommand,
  keysCommand,
  firmsCommand,
  fixClientsCommand,
  instancesCommand,
  drainCommand,
];

const lines = (of: readonly Pick<Command, 'usage' | 'about'>[]): string =>
  of.map(({ usage: line, about }) => `  ${line}\n      ${about}`).join('\n');

const usage = `npm run -s tidegate -- COMMAND …

On this host, with the settings of the platform (--setting value):
${lines([...hostCommands, ...commands])}

On a running platform, by its URL:
${lines(remoteCommands)}

With --json the answer is JSON. Nothing but the answer goes to standard output. Settings are those of the
platform (npm start -- --help lists them). COMMAND --help says more. Exit codes: 0 done, 1 refused or failed,
2 called wrongly, 3 there are differences (config diff).
`;

async function main(): Promise<number> {
  const [name, ...args] = process.argv.slice(2);
  if (name === undefined || name === '--help' || name === 'help') {
    process.stdout.write(usage);
    return name === undefined ? 2 : 0;
  }
  const named = [...hostCommands, ...remoteCommands, ...commands].find((one) => one.name === name);
  if (named === undefined)
    return wrong(`COMMAND_UNKNOWN ${name}: there is no such command. --help lists them.`);
  if (args.includes('--help')) {
    process.stdout.write(`npm run -s tidegate -- ${named.usage}\n\n${named.details}\n`);
    return 0;
  }
  const remote = remoteCommands.find((one) => one === named);
  if (remote !== undefined) return answered(args, () => remote.run(new Asked(args)));
  const host = hostCommands.find((one) => one === named);
  if (host !== undefined) return answered(args, () => onHost(host, args));
  return onJournal(
    commands.find((one) => one === named)!,
    args,
  );
}

/** What a command refuses is told by its code; as JSON where the answer would be. */
async function answered(args: readonly string[], run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof Refused)) return failed(error);
    const { code, message, problem } = error;
    if (args.includes('--json'))
      process.stderr.write(`${JSON.stringify(problem ?? { code, detail: message })}\n`);
    else process.stderr.write(`${code}: ${message}\n`);
    return error.exitCode;
  }
}

async function onHost(command: HostCommand, args: readonly string[]): Promise<number> {
  const { log, flush } = openLog({ level: 'error', format: 'text', descriptor: 2, fields: {} });
  try {
    return await command.run(args, log);
  } finally {
    flush();
  }
}

async function onJournal(command: Command, args: readonly string[]): Promise<number> {
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
