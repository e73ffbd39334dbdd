/** What every command of the command line is made of. */
import type { Operator } from './operator.ts';

export interface Command {
  readonly name: string;
  /** With its own arguments. */
  readonly usage: string;
  /** One line. */
  readonly about: string;
  readonly details: string;
  /** Its own arguments, and what is left for the settings. */
  split(args: readonly string[]): { readonly own: Own; readonly rest: readonly string[] };
  run(operator: Operator, own: Own): Promise<void>;
}

/** Its own arguments by name; `''` of those without a value; the one without a name is called `file`. */
export type Own = ReadonlyMap<string, string>;

/** An expected end: told by its code. */
export class CommandRefused extends Error {
  readonly code: 'ARGUMENTS' | 'ARCHIVE_DIR_MISSING' | 'SCHEMA_OLDER';

  constructor(code: CommandRefused['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** `withValue`: names of options that take a value; `flags`: of those that do not. */
export function splitter(
  withValue: readonly string[],
  flags: readonly string[],
  takesFile = false,
): Command['split'] {
  return (args) => {
    const own = new Map<string, string>();
    const rest: string[] = [];
    for (let index = 0; index < args.length; index++) {
      const [argument, value] = [args[index]!, args[index + 1]];
      const name = argument.replace(/^--/, '');
      if (argument.startsWith('--') && flags.includes(name)) own.set(name, '');
      else if (argument.startsWith('--') && withValue.includes(name) && value !== undefined) {
        own.set(name, value);
        index += 1;
      } else if (takesFile && !argument.startsWith('--') && !own.has('file')) own.set('file', argument);
      else {
        rest.push(argument);
        // A setting's value is not the file.
        if (argument.startsWith('--') && !argument.includes('=') && value !== undefined) {
          rest.push(value);
          index += 1;
        }
      }
    }
    return { own, rest };
  };
}

/** One line that is written over on a terminal; elsewhere a line now and then. */
export class Progress {
  private readonly out = process.stderr;
  private readonly startedMs = performance.now();
  private toldMs = this.startedMs;

  /** `done` of `total` events. */
  tell(what: string, done: number, total: number): void {
    const nowMs = performance.now();
    const isLast = done >= total;
    if (!isLast && nowMs - this.toldMs < (this.out.isTTY ? 200 : 5_000)) return;
    this.toldMs = nowMs;
    const rate = done / Math.max(0.001, (nowMs - this.startedMs) / 1_000);
    const left = isLast ? '' : `, ${Math.ceil((total - done) / Math.max(1, rate))} s left`;
    const percent = total === 0 ? 100 : Math.floor((100 * done) / total);
    const text = `${what}: ${done} of ${total} events (${percent} %), ${Math.round(rate)}/s${left}`;
    if (this.out.isTTY) this.out.write(`\r${text}\u001b[K${isLast ? '\n' : ''}`);
    else this.out.write(`${text}\n`);
  }
}
