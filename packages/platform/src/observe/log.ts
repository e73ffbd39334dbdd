/**
 * The log: one JSON object a line (pino) or, on a terminal, one readable line each. Secrets are redacted
 * (`redaction.ts`). What others wrote can't forge a line: control characters are escaped in both forms.
 * Writing is asynchronous and bounded; what a stalled reader makes us drop is counted.
 */
import { isatty } from 'node:tty';
import { pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';
import { redactFields, redactText } from './redaction.ts';

export type Log = Logger;
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

export interface LogOptions {
  readonly level: LogLevel;
  /** `auto` is text on a terminal, else JSON. */
  readonly format: 'auto' | 'json' | 'text';
  /** Fields of every line, such as the instance and the version. */
  readonly fields?: Readonly<Record<string, string>>;
  /** File descriptor; 1 is standard output, the default. */
  readonly descriptor?: number;
  /** Takes the lines instead of the descriptor. */
  readonly write?: (line: string) => void;
}

export interface OpenLog {
  readonly log: Log;
  /** Lines dropped because their reader was too slow. */
  readonly dropped: number;
  /**
   * Writes what is buffered, at once: before the process ends. A write that is under way in that moment
   * ends by itself, so its lines may stand after later ones; the times in them tell.
   */
  flush(): void;
}

const bufferedBytesMax = 8_388_608;

export function openLog(options: LogOptions): OpenLog {
  const descriptor = options.descriptor ?? 1;
  const isText =
    options.format === 'text' || (options.format === 'auto' && !options.write && isatty(descriptor));
  const sink = options.write
    ? { write: options.write, flush: () => undefined, dropped: () => 0 }
    : descriptorSink(descriptor);
  const hasColour = isText && !options.write && isatty(descriptor);
  const destination: DestinationStream = {
    write: (line: string) => sink.write(isText ? `${readableLine(line, hasColour)}\n` : line),
  };
  const log = pino(
    {
      level: options.level,
      base: { ...options.fields },
      timestamp: stdTimeFunctions.isoTime,
      messageKey: 'message',
      errorKey: 'err',
      formatters: {
        level: (label) => ({ level: label }),
        bindings: redactFields,
        log: redactFields,
      },
      // The formatter has already made plain objects of errors.
      serializers: { err: (value: unknown) => value },
      hooks: { streamWrite: redactText },
    },
    destination,
  );
  return {
    log: withRedactedChildren(log),
    get dropped() {
      return sink.dropped();
    },
    flush: () => sink.flush(),
  };
}

/** pino does not apply the formatter of bindings to children, which inherit this from the first one. */
function withRedactedChildren(log: Log): Log {
  const child = Reflect.get(log, 'child') as unknown as (
    this: Log,
    bindings: object,
    options?: object,
  ) => Log;
  log.child = function redactedChild(this: Log, bindings: object, options?: object) {
    return child.call(this, redactFields(bindings), options);
  } as unknown as Log['child'];
  return log;
}

interface Sink {
  write(line: string): void;
  flush(): void;
  dropped(): number;
}

function descriptorSink(descriptor: number): Sink {
  let dropped = 0;
  const stream = pino.destination({ fd: descriptor, sync: false, maxLength: bufferedBytesMax });
  stream.on('drop', () => void (dropped += 1));
  // A log whose reader has gone away must not end the platform.
  stream.on('error', () => void (dropped += 1));
  const flush = (): void => {
    try {
      stream.flushSync();
    } catch {
      // Not open yet, or the reader is gone.
    }
  };
  process.on('exit', flush);
  return { write: (line) => void stream.write(line), flush, dropped: () => dropped };
}

const colours: Readonly<Record<string, string>> = {
  trace: '\x1b[90m',
  debug: '\x1b[90m',
  info: '\x1b[32m',
  warn: '\x1b[33m',
  error: '\x1b[31m',
  fatal: '\x1b[35m',
};

/** `12:34:56.789 INFO  message key=value`: one line, whatever the message and the values hold. */
export function readableLine(json: string, hasColour = false): string {
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(json) as Record<string, unknown>;
  } catch {
    return visible(json);
  }
  const { time, level, message, ...fields } = entry;
  const label = String(level).toUpperCase().padEnd(5);
  const shown = hasColour ? `${colours[String(level)] ?? ''}${label}\x1b[0m` : label;
  const clock = typeof time === 'string' ? time.slice(11, 23) : '';
  const rest = Object.entries(fields)
    .map(([name, value]) => ` ${visible(name)}=${readableValue(value)}`)
    .join('');
  return `${clock} ${shown} ${visible(typeof message === 'string' ? message : '')}${rest}`;
}

function readableValue(value: unknown): string {
  if (typeof value === 'string') return /^[\w.:/+-]+$/.test(value) ? value : visible(JSON.stringify(value));
  if (value !== null && typeof value === 'object' && 'stack' in value && typeof value.stack === 'string') {
    const { stack, ...rest } = value;
    // The error itself and where it came from; JSON has the whole of it.
    const [first = '', second = ''] = stack.split('\n').filter((line) => line.trim() !== '');
    const code = 'code' in rest ? ` code=${readableValue(rest.code)}` : '';
    return visible(`${first}${second === '' ? '' : ` (${second.trim()})`}${code}`);
  }
  return visible(JSON.stringify(value) ?? 'undefined');
}

/**
 * Control and direction characters as escapes, so that a text can neither begin a line nor rewrite the
 * terminal.
 */
function visible(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );
}

/**
 * Lets at most one report per `everyMs` through and tells it how many were held back since the last: for
 * what may happen once per message.
 */
export function limitedReport<A extends unknown[]>(
  monoMs: () => number,
  everyMs: number,
  report: (heldBack: number, ...details: A) => void,
): (...details: A) => void {
  let nextMonoMs = -Infinity;
  let heldBack = 0;
  return (...details) => {
    const now = monoMs();
    if (now < nextMonoMs) {
      heldBack += 1;
      return;
    }
    nextMonoMs = now + everyMs;
    const count = heldBack;
    heldBack = 0;
    report(count, ...details);
  };
}
