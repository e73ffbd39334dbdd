import { describe, expect, it } from 'vitest';
import { fieldFilter } from './fields.ts';
import { imageMark, isDelayed } from './market.data.ts';
import { subscriptionEntry } from './subscriptions.ts';
import type { BlpDataEvent, BlpRecord } from './contract.ts';

describe('a subscription', () => {
  it('[SU1] puts its options into the words of the library', () => {
    const request = {
      topic: 'EURUSD BGN Curncy',
      fields: ['BID', 'ASK'],
      interval: 0.5,
      isConflated: true,
      isDelayed: true,
      options: ['bar_size=5'],
    };
    expect(subscriptionEntry(7, request)).toEqual({
      correlationId: 7,
      topic: 'EURUSD BGN Curncy',
      fields: ['BID', 'ASK'],
      options: ['interval=0.5', 'conflate', 'delayed', 'bar_size=5'],
    });
  });

  it('[SU2] is refused where the library would take nonsense', () => {
    const wrong = [
      { topic: '', fields: ['BID'] },
      { topic: 'X', fields: ['BID,ASK'] },
      { topic: 'X', fields: [''] },
      { topic: 'X?fields=BID', fields: ['ASK'] },
      { topic: 'X\0Y', fields: [] },
      { topic: 'X', fields: [], interval: 0 },
      { topic: 'X', fields: [], interval: Number.NaN },
      { topic: 'X', fields: [], options: ['a&b'] },
      { topic: 'X', fields: Array.from({ length: 1001 }, (_, index) => `F${index}`) },
    ];
    for (const request of wrong)
      expect(() => subscriptionEntry(1, request), JSON.stringify(request).slice(0, 60)).toThrow(
        /BAD_REQUEST/,
      );
  });

  it('shares one filter among equal field lists', () => {
    expect(fieldFilter(['BID', 'ASK'])).toBe(fieldFilter(['ASK', 'BID']));
    expect(fieldFilter(['BID']).has('MKTDATA_EVENT_TYPE')).toBe(true);
    expect(fieldFilter(['BID']).has('ASK')).toBe(false);
  });
});

describe('a market data event', () => {
  const event = (fields: BlpRecord, recap: BlpDataEvent['recap'] = 'none'): BlpDataEvent => ({
    kind: 'data',
    correlationId: 1,
    messageType: 'MarketDataEvents',
    recap,
    fragment: 'none',
    fields,
  });

  it('[MD1] says whether it is an image, lost ticks or an update', () => {
    const type = 'MKTDATA_EVENT_TYPE';
    const subtype = 'MKTDATA_EVENT_SUBTYPE';
    expect(imageMark(event({ [type]: 'SUMMARY', [subtype]: 'INITPAINT' }))).toBe('image');
    expect(imageMark(event({ [type]: 'SUMMARY', [subtype]: 'DATALOSS' }))).toBe('dataLoss');
    expect(imageMark(event({ [type]: 'SUMMARY', [subtype]: 'NEWDAY' }))).toBe('summary');
    expect(imageMark(event({ [type]: 'QUOTE', [subtype]: 'BID' }))).toBe('update');
    expect(imageMark(event({}, 'solicited'))).toBe('image');
    expect(isDelayed(event({ IS_DELAYED_STREAM: true }))).toBe(true);
    expect(isDelayed(event({}))).toBeUndefined();
  });
});
