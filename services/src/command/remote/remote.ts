/**
 * Commands that talk to a running platform by its URL, as whoever has signed in. The answer goes to standard
 * output and nothing else does: a table for people, JSON with `--json`. What is secret is read from a file,
 * a terminal or standard input, never from arguments.
 */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import type { Problem } from '@tidegate/wire/rest';
import { z } from 'zod';

export interface RemoteCommand {
  readonly name: string;
  readonly usage: string;
  readonly about: string;
  readonly details: string;
  /** The exit code: 0 done, 3 there are differences. Throws Refused. */
  run(asked: Asked): Promise<number>;
}

/** Ends a command: 1 refused or failed, 2 called wrongly. */
export class Refused extends Error {
  readonly code: string;
  readonly exitCode: 1 | 2;
  readonly problem: Problem | undefined;

  constructor(code: string, message: string, exitCode: 1 | 2 = 1, problem?: Problem) {
    super(message);
    this.code = code;
    this.exitCode = exitCode;
    this.problem = problem;
  }
}

export const wrongly = (text: string): Refused => new Refused('ARGUMENTS', text, 2);

const valued = [
  'account',
  'addresses',
  'at',
  'days',
  'file',
  'firm',
  'invitation-file',
  'key-file',
  'name',
  'password-file',
  'reason',
  'rights',
  'role',
  'session',
  'timeout',
  'url',
  'user',
] as const;
const flagged = ['dry-run', 'force', 'json', 'prune', 'yes'] as const;

export class Asked {
  readonly words: readonly string[];
  private readonly values: Readonly<Record<string, string | boolean | undefined>>;

  /** Throws Refused for an option that there is not. */
  constructor(args: readonly string[]) {
    try {
      const options = Object.fromEntries([
        ...valued.map((name) => [name, { type: 'string' as const }]),
        ...flagged.map((name) => [name, { type: 'boolean' as const }]),
      ]) as Record<string, { readonly type: 'string' | 'boolean' }>;
      const { positionals, values } = parseArgs({ args: [...args], options, allowPositionals: true });
      this.words = positionals;
      this.values = values as Readonly<Record<string, string | boolean | undefined>>;
    } catch (error) {
      throw wrongly((error as Error).message);
    }
  }

  value(name: (typeof valued)[number]): string | undefined {
    return this.values[name] as string | undefined;
  }

  has(name: (typeof flagged)[number]): boolean {
    return this.values[name] === true;
  }

  /** A word of the command's own; throws Refused without it. */
  word(index: number, what: string): string {
    const word = this.words[index];
    if (word === undefined) throw wrongly(`${what} is missing; --help says more`);
    return word;
  }

  needed(name: (typeof valued)[number]): string {
    const value = this.value(name);
    if (value === undefined || value === '') throw wrongly(`--${name} is missing`);
    return value;
  }
}

const sessionFile = z.object({ url: z.url(), token: z.string(), user: z.string() });
export type Session = z.infer<typeof sessionFile>;

const pathOf = (asked: Asked): string =>
  asked.value('session') ?? join(homedir(), '.tidegate', 'session.json');

export function keepSession(asked: Asked, session: Session): void {
  const path = pathOf(asked);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, `${JSON.stringify(session)}\n`, { mode: 0o600 });
  chmodSync(path, 0o600);
}

export class Remote {
  private readonly url: string;
  private readonly token: string | undefined;

  constructor(url: string, token?: string) {
    this.url = url;
    this.token = token;
  }

  /** As whoever has signed in last. */
  static signedIn(asked: Asked): Remote {
    let session: Session;
    try {
      session = sessionFile.parse(JSON.parse(readFileSync(pathOf(asked), 'utf8')));
    } catch {
      throw new Refused('NOT_SIGNED_IN', 'sign in first: tidegate sign-in --url URL --user USER');
    }
    return new Remote(asked.value('url') ?? session.url, session.token);
  }

  async get<T>(path: string): Promise<T> {
    return (await this.call('GET', path)) as T;
  }

  async post<T>(path: string, body: object): Promise<T> {
    return (await this.call('POST', path, body)) as T;
  }

  private async call(method: string, path: string, body?: object): Promise<unknown> {
    const headers: Record<string, string> = {};
    if (this.token !== undefined) headers['authorization'] = `Bearer ${this.token}`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    let answer: Response;
    try {
      answer = await fetch(new URL(`/api/v1/${path}`, this.url), init);
    } catch (error) {
      const { cause } = error as { readonly cause?: Error };
      throw new Refused('NOT_REACHED', `${this.url}: ${cause?.message ?? (error as Error).message}`);
    }
    const text = await answer.text();
    if (answer.ok) return text === '' ? undefined : (JSON.parse(text) as unknown);
    const problem = problemOf(text);
    if (problem === undefined) throw new Refused(`HTTP_${answer.status}`, `${this.url} is not a Tidegate`);
    throw new Refused(problem.code, problem.detail, 1, problem);
  }
}

function problemOf(text: string): Problem | undefined {
  try {
    const parsed = JSON.parse(text) as Problem;
    return typeof parsed.code === 'string' ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/**
 * From the file that the option names, else asked for: unseen on a terminal, a line of standard input else.
 */
export async function secretOf(asked: Asked, option: 'password-file' | 'invitation-file'): Promise<string> {
  const path = asked.value(option);
  if (path !== undefined) return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  const name = option.replace('-file', '');
  if (!process.stdin.isTTY) return lineOfInput(name);
  process.stderr.write(`${name}: `);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await lines.question('');
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}

let inputLines: string[] | undefined;
function lineOfInput(name: string): string {
  inputLines ??= readFileSync(0, 'utf8').split(/\r?\n/);
  const line = inputLines.shift();
  if (line === undefined || line === '') throw wrongly(`the ${name} is missing`);
  return line;
}

/** A question to a person; without a terminal there is none, and the answer is no. */
export async function agreed(asked: Asked, question: string): Promise<boolean> {
  if (asked.has('yes') || !process.stdin.isTTY) return true;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
  } finally {
    lines.close();
  }
}

/** `--json`: the value; else what people read. */
export function answer(asked: Asked, value: unknown, text: () => string): void {
  const shown = asked.has('json') ? JSON.stringify(value, null, 2) : text();
  if (shown !== '') process.stdout.write(`${shown}\n`);
}

export function table(head: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const shown = (cell: unknown): string =>
    (typeof cell === 'string' ? cell : cell === undefined ? '' : JSON.stringify(cell)).replaceAll(
      /\s+/g,
      ' ',
    );
  const cells = [head, ...rows.map((row) => row.map(shown))];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
