#!/usr/bin/env node
/** The `fix` program: reads its arguments and hands over to the command. */
import { parseArgs } from 'node:util';
import { check } from './check.ts';
import { decode } from './decode.ts';
import { talk, type TalkOptions } from './talk.ts';

const HELP = `usage: fix <command> [options]

  decode [file]      print the FIX messages of a log (or of standard input) with names and meanings
    --json           one JSON object a line
    --dictionary F   read them with this data dictionary (QuickFIX XML)
    --no-colour
  check [file]       name the messages that the data dictionary does not allow; exit code 1 when there are any
    --dictionary F
  acceptor           wait for a counterparty, print what is said, send lines typed as 35=D|55=EUR/USD|…
    --port N         default: one that is free
    --host H         default 127.0.0.1
    --sender ID      our CompID; default: what the client asks for
    --target ID      who may log on; default: anyone
    --password-file F   the client's Password must be the file's first line
    --tls --cert F --key F [--ca F]
    --cfg F          the sessions of a QuickFIX settings file instead
  initiator          log on to a counterparty, print what is said, send what is typed
    --host H --port N --sender ID --target ID
    --version V      FIX.4.0 … FIX.4.4, FIX.5.0, FIX.5.0SP1, FIX.5.0SP2; default FIX.4.4
    --heartbeat S    seconds, default 30
    --username U --password-file F
    --tls [--ca F] [--cert F --key F] [--server-name N]
    --cfg F
  Both also take --json, --dictionary F and --no-colour. Password, NewPassword and RawData are masked.
`;

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const OPTIONS = {
  help: flag,
  json: flag,
  'no-colour': flag,
  dictionary: text,
  host: text,
  port: text,
  sender: text,
  target: text,
  version: text,
  heartbeat: text,
  username: text,
  'password-file': text,
  cfg: text,
  tls: flag,
  cert: text,
  key: text,
  ca: text,
  'server-name': text,
} as const;

/** Resolves to the exit code: 2 for a command line that can't be meant. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  const [command, file, ...rest] = positionals;
  const how = {
    isJson: values.json === true,
    isColoured: process.stdout.isTTY && values['no-colour'] !== true,
    dictionary: values.dictionary,
  };
  if (values.help === true || command === undefined || command === 'help') {
    process.stdout.write(HELP);
    return values.help === true || command === 'help' ? 0 : 2;
  }
  const takesFile = command === 'decode' || command === 'check';
  if (rest.length > 0 || (!takesFile && file !== undefined)) return misuse(`too many arguments: ${command}`);
  switch (command) {
    case 'decode':
      return decode({ ...how, file });
    case 'check':
      return check({ file, dictionary: how.dictionary });
    case 'acceptor':
    case 'initiator':
      return talk(command, talkOptions(values, how));
    default:
      return misuse(`there is no command ${command}`);
  }
}

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>>['values'];

function talkOptions(
  values: Values,
  how: Pick<TalkOptions, 'isJson' | 'isColoured' | 'dictionary'>,
): TalkOptions {
  return {
    ...how,
    host: values.host ?? '127.0.0.1',
    port: whole('port', values.port ?? '0', 65_535),
    sender: values.sender,
    target: values.target,
    version: values.version ?? 'FIX.4.4',
    heartBtInt: whole('heartbeat', values.heartbeat ?? '30', 86_400),
    username: values.username,
    passwordFile: values['password-file'],
    cfg: values.cfg,
    tls:
      values.tls === true
        ? {
            certificate: values.cert,
            key: values.key,
            authorities: values.ca,
            serverName: values['server-name'],
          }
        : undefined,
  };
}

function whole(name: string, value: string, most: number): number {
  const number = Number(value);
  if (!/^\d{1,9}$/.test(value) || number > most) throw new Error(`--${name} is a number up to ${most}`);
  return number;
}

function misuse(message: string): number {
  process.stderr.write(`${message}\nfix --help says what there is\n`);
  return 2;
}

// A reader that has seen enough (`fix decode | head`) ends us without a word.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
