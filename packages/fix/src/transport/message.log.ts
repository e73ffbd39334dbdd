/**
 * The raw messages of sessions for a log, and the text form that `fix decode` and `fix check` read back: one
 * line per message,
 *
 *   2026-03-10T12:00:00.000Z < 8=FIX.4.4|9=57|35=0|…|10=103|
 *   2026-03-10T12:00:00.000Z [FIX.4.4:TIDEGATE->CLIENT] > 8=FIX.4.4|…
 *
 * `<` was received, `>` was sent; the session stands in brackets where a log holds several. In the message
 * SOH is `|`; a `|` of a value is `\|`, a backslash `\\`, and any other byte outside of printable ASCII
 * `\xNN`, so a line gives back every byte. Secrets are masked before an entry gets here (`redaction.ts`).
 */
import { latin1 } from '../codec/values.ts';
import type { Direction } from './recent.ts';

export interface MessageLogEntry {
  readonly sessionId: string;
  readonly direction: Direction;
  /** When its turn began, milliseconds since the epoch. */
  readonly utcMs: number;
  /** The whole frame, masked; valid during the call. */
  readonly raw: Uint8Array;
}

/**
 * Where raw messages go. Called at the end of a turn with what it brought, in the order of the wire for each
 * direction. An error is counted, told as event and otherwise ignored.
 */
export interface MessageLog {
  write(entries: readonly MessageLogEntry[]): void;
}

export interface LogLine {
  readonly direction: Direction;
  readonly utcMs: number;
  readonly sessionId?: string;
  readonly raw: Uint8Array;
}

const SOH = 1;
const LINE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z)(?: \[([^\]]*)\])? ([<>]) (.*?)\r?$/s;

/** Without a line end. `sessionId` may hold anything but `]`. */
export function formatLogLine(line: LogLine): string {
  const session = line.sessionId === undefined ? '' : ` [${line.sessionId.replaceAll(/[\]\r\n]/g, '_')}]`;
  const arrow = line.direction === 'in' ? '<' : '>';
  return `${new Date(line.utcMs).toISOString()}${session} ${arrow} ${frameText(line.raw)}`;
}

/**
 * What `formatLogLine` wrote; SOH may also stand as itself. Undefined when the line is none of a log (a
 * comment, an event, a torn last line).
 */
export function parseLogLine(text: string): LogLine | undefined {
  const match = LINE.exec(text);
  if (match === null) return undefined;
  const [, time, sessionId, arrow, message] = match;
  const raw = unescape(message);
  const utcMs = Date.parse(time);
  if (raw === undefined || Number.isNaN(utcMs)) return undefined;
  return {
    direction: arrow === '<' ? 'in' : 'out',
    utcMs,
    raw,
    ...(sessionId === undefined ? undefined : { sessionId }),
  };
}

/** Printable ASCII and SOH, without what is escaped. */
const plain = /^[\x01\x20-\x5b\x5d-\x7b\x7d\x7e]*$/;

/** A frame as the message of a log line: SOH is `|`, and every byte can be told. */
export function frameText(raw: Uint8Array): string {
  const text = latin1(raw, 0, raw.length);
  return plain.test(text) ? text.replaceAll('\x01', '|') : escapedText(raw);
}

/** Byte by byte: its slow twin, and for what must be escaped. */
export function escapedText(raw: Uint8Array): string {
  let text = '';
  for (const byte of raw) {
    if (byte === SOH) text += '|';
    else if (byte === 0x7c) text += '\\|';
    else if (byte === 0x5c) text += '\\\\';
    else if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    else text += `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return text;
}

/** Undefined when an escape is broken or a character isn't Latin-1. */
function unescape(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code === 0x7c) code = SOH;
    else if (code === 0x5c) {
      i += 1;
      const escaped = text[i];
      if (escaped === 'x') {
        const digits = text.slice(i + 1, i + 3);
        if (!/^[0-9a-f]{2}$/i.test(digits)) return undefined;
        code = Number.parseInt(digits, 16);
        i += 2;
      } else if (escaped === '|' || escaped === '\\') code = escaped.charCodeAt(0);
      else return undefined;
    } else if (code > 0xff) return undefined;
    bytes[length++] = code;
  }
  return bytes.slice(0, length);
}
