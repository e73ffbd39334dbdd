/** Logs with whatever stands for SOH. */
import { describe, expect, it } from 'vitest';
import { findMessages } from './frames.ts';

const SOH = '\u0001';
const RAW = `8=FIX.4.4${SOH}9=24${SOH}35=1${SOH}34=7${SOH}58=a b; c | d${SOH}`;
const MESSAGE = `${RAW}10=123${SOH}`;

async function found(...lines: string[]): Promise<string[]> {
  async function* input(): AsyncGenerator<string> {
    yield* lines;
  }
  const frames: string[] = [];
  for await (const { raw } of findMessages(input())) frames.push(Buffer.from(raw).toString('latin1'));
  return frames;
}

describe('a log', () => {
  it.each([
    ';',
    ' | ',
    '|',
    '<SOH>',
    '[SOH]',
    '\\001',
    '\\u{1}',
    '\\u0001',
    '\\x01',
    '^A',
    '\t',
    ' ',
    '  ',
    ', ',
    '&#x01;',
    SOH,
  ])('is read with %j between fields', async (delimiter) => {
    const line = MESSAGE.replaceAll(SOH, delimiter);
    expect(await found(`12:00:00 in ${line}`)).toEqual([MESSAGE]);
    expect(await found(`${line}${line}`)).toEqual([MESSAGE, MESSAGE]);
    expect(await found(line.slice(0, line.length - delimiter.length))).toEqual([MESSAGE]);
  });

  it('is read with one delimiter a message', async () => {
    expect(await found(`${MESSAGE.replaceAll(SOH, ';')} ${MESSAGE.replaceAll(SOH, '|')}`)).toEqual([
      MESSAGE,
      MESSAGE,
    ]);
  });
});
