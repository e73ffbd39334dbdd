/** Who is shown indicative prices, by the feed document's rights. */
import type { StreamMessage } from '@tidegate/wire/stream';
import { describe, expect, it } from 'vitest';
import type { StreamClient } from './client.ts';
import { IndicativeChannel } from './indicative.ts';

describe('the channel of indicative prices', () => {
  const shownWith = (fields: readonly string[]): readonly string[] => {
    const feed = { id: 'bloomberg', rights: [{ roles: ['trader'], services: ['mktdata'], fields }] };
    const said: string[] = [];
    const client = {
      identity: { user: { id: 'trader1', role: 'trader', firm: 'demo1' } },
      indicative: new Map(),
      error: (_id: string, code: string) => said.push(code),
      sendText: (text: string) => said.push((JSON.parse(text) as StreamMessage).op),
    } as unknown as StreamClient;
    const current = {
      feeds: new Map([[feed.id, feed]]),
      firms: new Map([['demo1', { instruments: ['*'] }]]),
      instruments: new Map([['EURUSD', {}]]),
    };
    const feeds = { keys: () => [['bloomberg EURUSD']], view: () => ({ bid: '1.08500', ask: '1.08520' }) };
    const options = { configuration: { current }, feeds, clients: () => [client] };
    const request = { op: 'subscribe', id: 'i', channel: 'indicative' } as const;
    new IndicativeChannel(options as never).subscribe(client, request);
    return said;
  };

  it('shows both sides only to who may read both', () => {
    expect(shownWith(['BID', 'ASK'])).toEqual(['snapshot']);
    expect(shownWith(['*'])).toEqual(['snapshot']);
    expect(shownWith(['BID'])).toEqual(['FEED_NOT_PERMITTED']);
    expect(shownWith(['ASK'])).toEqual(['FEED_NOT_PERMITTED']);
  });
});
