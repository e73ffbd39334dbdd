/** Messages of a session: read with the dictionary's names, filtered, and as files. */
import { describe, expect, it } from 'vitest';
import {
  filtered,
  filterWordsOf,
  messagesCsv,
  messagesRaw,
  noMessageFilter,
  readMessages,
} from './message.list.ts';

const view = {
  messages: [
    {
      id: '0.0',
      at: '2026-11-29T06:00:00.000Z',
      direction: 'in' as const,
      text: '8=FIX.4.4|35=A|34=1|554=***|',
      isCut: false,
    },
    {
      id: '1.0',
      at: '2026-11-29T06:00:01.000Z',
      direction: 'out' as const,
      text: String.raw`8=FIX.4.4|35=8|34=2|39=1|5001=x\|y|`,
      isCut: true,
    },
  ],
  names: { 8: 'BeginString', 34: 'MsgSeqNum', 35: 'MsgType', 39: 'OrdStatus', 554: 'Password' },
  words: { 35: { A: 'Logon', 8: 'ExecutionReport' }, 39: { 1: 'PARTIALLY_FILLED' } },
};
const read = readMessages(view);

describe('messages', () => {
  it('are read newest first, with names, meanings, and fields that nobody knows', () => {
    expect(read.map(({ type, sequence }) => `${type} ${sequence}`)).toEqual(['ExecutionReport 2', 'Logon 1']);
    expect(read[0]!.fields.slice(-2)).toEqual([
      { tag: 39, name: 'OrdStatus', value: '1', word: 'PARTIALLY_FILLED' },
      { tag: 5001, name: '', value: 'x|y', word: '' },
    ]);
  });

  it.each([
    [{ direction: 'in' as const }, ['0.0']],
    [{ type: 'ExecutionReport' }, ['1.0']],
    [{ text: 'partially' }, ['1.0']],
    [{ text: 'password' }, ['0.0']],
    [{ text: '|34=2|' }, ['1.0']],
    [{ from: '2026-11-29T06:00:01.000Z' }, ['1.0']],
    [{ to: '2026-11-29T06:00:00.000Z' }, ['0.0']],
    [{}, ['1.0', '0.0']],
  ])('are filtered by %j', (filter, expected) => {
    expect(filtered(read, { ...noMessageFilter, ...filter }).map(({ id }) => id)).toEqual(expected);
  });

  it('are files oldest first, in UTC, with SOH shown', () => {
    expect(messagesRaw(read)).toBe(
      '2026-11-29T06:00:00.000Z in 8=FIX.4.4|35=A|34=1|554=***|\n' +
        String.raw`2026-11-29T06:00:01.000Z out 8=FIX.4.4|35=8|34=2|39=1|5001=x\|y| (cut)` +
        '\n',
    );
    expect(messagesCsv(read).split('\r\n').slice(0, 2)).toEqual([
      'Time UTC,Direction,MsgSeqNum,Message,Fields,Raw',
      '2026-11-29T06:00:00.000Z,in,1,Logon,' +
        'BeginString=FIX.4.4; MsgType=A (Logon); MsgSeqNum=1; Password=***,8=FIX.4.4|35=A|34=1|554=***|',
    ]);
  });

  it('say in a name of a file what was left out', () => {
    expect(filterWordsOf(noMessageFilter)).toEqual([]);
    expect(filterWordsOf({ ...noMessageFilter, direction: 'in', text: ' x ' })).toEqual(['in', 'with x']);
  });
});
