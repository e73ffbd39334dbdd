/**
 * Finds FIX messages in logs and captures: whatever stands before them on the line, whatever stands for SOH
 * (SOH itself, `|`, ` | `, `;`, `^A`, `<SOH>`, `\x01`, blanks and the like), one or several on a line. First
 * station of `fix decode` and `fix check`.
 */
import { parseLogLine } from '@tidegate/fix/transport/message.log';

export interface Found {
  /** Of the input, from 1. */
  readonly line: number;
  /** What stands before the message on its line: a time, a direction, a thread. */
  readonly prefix: string;
  /** With SOH. Ends behind the CheckSum, or where the input does. */
  readonly raw: Uint8Array;
}

const SOH = '\u0001';
/** What stands between the digits of BodyLength and MsgType; without them, what is usual. */
const BEGIN = /8=FIXT?\.\d\.\d(?:(.{1,8}?)(?=9=\d{1,9}\1(?:35=))|(\u0001|\||\^A|\\x01|\\u0001))/;
/** A value may hold line ends; a message does not go on for ever. */
const MESSAGE_CHARACTERS_MAX = 1 << 20;
const LEADING_ARROW = /^(.*?)([<>])\s*$/;

/** `lines` in Latin-1, without their line ends. */
export async function* findMessages(lines: AsyncIterable<string>): AsyncGenerator<Found> {
  let number = 0;
  let open: { readonly line: number; text: string } | undefined;
  for await (const line of lines) {
    number += 1;
    if (open !== undefined) {
      const joined = `${open.text}\n${line}`;
      if (BEGIN.test(line) || joined.length > MESSAGE_CHARACTERS_MAX) {
        yield* messagesOf(open.text, open.line);
      } else if (isOpen(joined)) {
        open.text = joined;
        continue;
      } else {
        yield* messagesOf(joined, open.line);
        open = undefined;
        continue;
      }
      open = undefined;
    }
    if (isOpen(line)) open = { line: number, text: line };
    else yield* messagesOf(line, number);
  }
  if (open !== undefined) yield* messagesOf(open.text, open.line);
}

/** The last message on the line says that it is longer than the line. */
function isOpen(text: string): boolean {
  const at = text.lastIndexOf('8=FIX');
  const begin = at < 0 ? null : BEGIN.exec(text.slice(at));
  if (begin === null || parseLogLine(text) !== undefined) return false;
  const { frame, isWhole } = cut(withSoh(text.slice(at + begin.index), delimiterOf(begin)));
  const length = bodyLength(frame);
  return !isWhole && length !== undefined && frame.length < length.start + length.bytes;
}

function* messagesOf(text: string, line: number): Generator<Found> {
  const own = parseLogLine(text);
  if (own !== undefined) {
    const prefix = text.slice(0, text.indexOf('8=FIX')).trim();
    yield { line, prefix: prefix.replace(LEADING_ARROW, '$1$2'), raw: own.raw };
    return;
  }
  let rest = text;
  for (let begin; (begin = BEGIN.exec(rest)) !== null;) {
    const delimiter = delimiterOf(begin);
    const replaced = withSoh(rest.slice(begin.index), delimiter);
    const { frame, taken } = cut(replaced);
    yield { line, prefix: rest.slice(0, begin.index).trim(), raw: Buffer.from(frame, 'latin1') };
    const delimiters = replaced.slice(0, taken).split(SOH).length - 1;
    rest = rest.slice(begin.index + taken + delimiters * (delimiter.length - 1));
  }
}

const delimiterOf = (begin: RegExpExecArray): string => begin[1] ?? begin[2] ?? SOH;

/** A delimiter stands before a tag, at the end, or behind the CheckSum: elsewhere it belongs to a value. */
function withSoh(text: string, delimiter: string): string {
  if (delimiter === SOH) return text;
  const escaped = delimiter.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const between = new RegExp(`${escaped}(?=\\d{1,9}=|\\s*$)|(?<=10=\\d{3})${escaped}`, 'g');
  return text.replaceAll(between, SOH);
}

interface Cut {
  readonly frame: string;
  /** Characters of the text. */
  readonly taken: number;
  readonly isWhole: boolean;
}

/** The first message of the text: by its BodyLength when that is right, else by the next CheckSum. */
function cut(text: string): Cut {
  const length = bodyLength(text);
  if (length !== undefined) {
    const trailer = length.start + length.bytes;
    const found = /^10=\d{3}(\u0001|$|(?=\s))/.exec(text.slice(trailer));
    if (found !== null && text[trailer - 1] === SOH) {
      return whole(text.slice(0, trailer + found[0].length));
    }
  }
  const found = /\u000110=\d{1,3}(\u0001|$|(?=\s))/.exec(text);
  if (found !== null) return whole(text.slice(0, found.index + found[0].length));
  return { frame: text.trimEnd(), taken: text.length, isWhole: false };
}

function whole(frame: string): Cut {
  return { frame: frame.endsWith(SOH) ? frame : frame + SOH, taken: frame.length, isWhole: true };
}

/** Where the body begins and how long it says it is. */
function bodyLength(text: string): { readonly start: number; readonly bytes: number } | undefined {
  const found = /^8=[^\u0001]*\u00019=(\d{1,9})\u0001/.exec(text);
  return found === null ? undefined : { start: found[0].length, bytes: Number(found[1]) };
}
