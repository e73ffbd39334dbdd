/** Messages of a session as they are read, filtered and written to files. Pure. */
import { rawFields } from '@tidegate/wire/raw.message';
import type { SessionMessage, SessionMessagesView } from '@tidegate/wire/sessions';
import { csvOf } from '../grid/csv.ts';
import { setColumn, textColumn, timeColumn, type Column } from '../grid/columns.ts';
import { fileTime } from '../time/time.text.ts';

export interface ReadField {
  readonly tag: number;
  readonly name: string;
  readonly value: string;
  /** What the value means; empty: it says so itself. */
  readonly word: string;
}

export interface ReadMessage extends SessionMessage {
  /** Of the dictionary; the code where that has none. */
  readonly type: string;
  readonly sequence: string;
  readonly fields: readonly ReadField[];
}

const MSG_TYPE = 35;
const MSG_SEQ_NUM = 34;

/** With the names that came with them; newest first. */
export function readMessages({
  messages,
  names,
  words,
}: Pick<SessionMessagesView, 'messages' | 'names' | 'words'>): readonly ReadMessage[] {
  return messages.toReversed().map((message) => {
    const fields = rawFields(message.text).map(({ tag, value }) => {
      const known = words[tag];
      const word = known !== undefined && Object.hasOwn(known, value) ? (known[value] ?? '') : '';
      return { tag, name: names[tag] ?? '', value, word };
    });
    const of = (tag: number): ReadField | undefined => fields.find((field) => field.tag === tag);
    const type = of(MSG_TYPE);
    return {
      ...message,
      fields,
      type: type?.word || type?.value || '?',
      sequence: of(MSG_SEQ_NUM)?.value ?? '',
    };
  });
}

export interface MessageFilter {
  readonly direction: 'all' | 'in' | 'out';
  /** Empty: all. */
  readonly type: string;
  readonly text: string;
  /** ISO; empty: no bound. Both are in it. */
  readonly from: string;
  readonly to: string;
}

export const noMessageFilter: MessageFilter = { direction: 'all', type: '', text: '', from: '', to: '' };

export function filtered(
  messages: readonly ReadMessage[],
  { direction, type, text, from, to }: MessageFilter,
): readonly ReadMessage[] {
  const wanted = text.trim().toLowerCase();
  return messages.filter(
    (message) =>
      (direction === 'all' || message.direction === direction) &&
      (type === '' || message.type === type) &&
      (from === '' || message.at >= from) &&
      (to === '' || message.at <= to) &&
      (wanted === '' || searched(message).includes(wanted)),
  );
}

const searched = ({ fields, text }: ReadMessage): string =>
  `${text} ${fields.map(({ name, word }) => `${name} ${word}`).join(' ')}`.toLowerCase();

export const filterWordsOf = ({ direction, type, text, from, to }: MessageFilter): readonly string[] => [
  ...(direction === 'all' ? [] : [direction]),
  ...(type === '' ? [] : [type]),
  ...(text.trim() === '' ? [] : [`with ${text.trim()}`]),
  ...(from === '' ? [] : [`from ${from}`]),
  ...(to === '' ? [] : [`to ${to}`]),
];

const columns: readonly Column<ReadMessage>[] = [
  timeColumn('at', 'Time', ({ at }) => at),
  setColumn('direction', 'Direction', 60, ({ direction }) => direction),
  textColumn('sequence', 'MsgSeqNum', 60, ({ sequence }) => sequence),
  setColumn('type', 'Message', 120, ({ type }) => type),
  textColumn('fields', 'Fields', 400, ({ fields }) => fields.map(fieldText).join('; ')),
  textColumn('raw', 'Raw', 400, ({ text }) => text),
];

const fieldText = ({ tag, name, value, word }: ReadField): string =>
  `${name === '' ? tag : name}=${value}${word === '' ? '' : ` (${word})`}`;

/** Oldest first, as it happened. */
export const messagesCsv = (messages: readonly ReadMessage[]): string =>
  csvOf(columns, messages.toReversed());

/** A message a line: when, which way, and the whole with SOH as `|`. */
export const messagesRaw = (messages: readonly ReadMessage[]): string =>
  messages
    .toReversed()
    .map(({ at, direction, text, isCut }) => `${fileTime(at)} ${direction} ${text}${isCut ? ' (cut)' : ''}\n`)
    .join('');
