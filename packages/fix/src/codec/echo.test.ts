import { describe, expect, it } from 'vitest';
import { loadDictionary } from '../dictionary/load.ts';
import { decodeFrame } from './decoder.ts';
import { copyBody } from './echo.ts';
import { Encoder } from './encoder.ts';
import { latin1Bytes, naiveFrame } from './naive.ts';
import type { NaiveField } from './naive.ts';
import { latin1 } from './values.ts';

const HEADER: readonly NaiveField[] = [
  [34, '5'],
  [49, 'A'],
  [50, 'desk'],
  [52, '20260310-12:00:00'],
  [56, 'B'],
  [115, 'firm'],
];

/** Body of the echo of a message with these fields. */
function echo(msgType: string, body: readonly NaiveField[]): string {
  const dictionary = loadDictionary('FIX.4.4');
  const frame = naiveFrame(msgType, [...HEADER, ...body], dictionary.beginString);
  const encoder = new Encoder();
  encoder.begin({
    beginString: 'FIX.4.4',
    msgType,
    seqNum: 1,
    senderCompId: 'B',
    targetCompId: 'A',
    sendingTimeMs: 0,
  });
  copyBody(decodeFrame(latin1Bytes(frame), dictionary), encoder);
  const bytes = encoder.end();
  return /\|56=A\|(.*)10=\d{3}\|$/.exec(latin1(bytes, 0, bytes.length).replaceAll('\x01', '|'))![1]!;
}

describe('a copied body', () => {
  it('goes up by tag, without header and trailer, values as they were', () => {
    const body: NaiveField[] = [
      [60, '20260310-12:00:00'],
      [11, 'id'],
      [38, '002000.00'],
      [9001, 'own'],
      [44, '0'],
      [93, '1'],
      [89, 'x'],
    ];
    expect(echo('D', body)).toBe('11=id|38=002000.00|44=0|60=20260310-12:00:00|9001=own|');
  });

  it('keeps groups in place, nested ones too, and a count of zero', () => {
    const parties: NaiveField[] = [
      [453, '2'],
      [448, 'a'],
      [452, '1'],
      [802, '2'],
      [523, 'x'],
      [803, '1'],
      [523, 'y'],
      [448, 'b'],
      [447, 'D'],
    ];
    expect(echo('D', [[55, 'EUR/USD'], ...parties, [78, '0'], [11, 'id']])).toBe(
      '11=id|55=EUR/USD|78=0|453=2|448=a|452=1|802=2|523=x|803=1|523=y|448=b|447=D|',
    );
  });

  it('keeps data of any bytes behind its length', () => {
    const body: NaiveField[] = [
      [148, 'news'],
      [33, '2'],
      [58, 'a'],
      [354, '3'],
      [355, 'a\x01b'],
      [58, 'b'],
      [95, '5'],
      [42, '20260310-12:00:00'],
      [96, '\x0158=\x01'],
    ];
    expect(echo('B', body)).toBe('33=2|58=a|354=3|355=a|b|58=b|42=20260310-12:00:00|95=5|96=|58=||148=news|');
  });

  it('keeps fields without a value', () => {
    const body: NaiveField[] = [
      [112, ''],
      [58, ''],
    ];
    expect(echo('1', body)).toBe('58=|112=|');
  });
});
