/** Which sessions the configuration has, which of them are disabled, and what makes them so. */
import type { FixClientDocument, ListenerDocument, VenueDocument } from '@tidegate/wire/configuration';
import { describe, expect, it } from 'vitest';
import { disabledIn, enablingIn, isEnabledIn, placeIn, type SessionDocuments } from './session.place.ts';

const listeners = new Map(
  ['port-01', 'port-02'].map((id) => [id, { id, purpose: 'both' } as ListenerDocument]),
);
const documents = (venue: Partial<VenueDocument>, client: Partial<FixClientDocument>): SessionDocuments => ({
  venues: new Map([['alpha', { id: 'alpha', ...venue } as VenueDocument]]),
  fixClients: new Map([['demo1', { id: 'demo1', ...client } as FixClientDocument]]),
});
const none = documents({}, {});

describe('a session of the configuration', () => {
  it('is found by its id, and nothing else is', () => {
    expect(placeIn(none, listeners, 'alpha-orders')).toMatchObject({ side: 'venue', purpose: 'trading' });
    expect(placeIn(none, listeners, 'demo1@port-02')).toMatchObject({ side: 'client', listener: 'port-02' });
    for (const id of ['beta-orders', 'demo1@port-09', 'demo2@port-02', '@port-02', 'demo1', ''])
      expect(placeIn(none, listeners, id)).toBeUndefined();
  });

  it('is disabled by itself, and leaves no trace when it is enabled again', () => {
    for (const id of ['alpha-orders', 'alpha-quotes', 'demo1@port-02']) {
      const place = placeIn(none, listeners, id)!;
      const { kind, body } = enablingIn(none, place, false)!;
      const after = kind === 'venue' ? documents(body as VenueDocument, {}) : documents({}, body as never);
      expect(isEnabledIn(after, place)).toBe(false);
      expect(disabledIn(after, listeners).map((one) => one.id)).toEqual([id]);
      expect(enablingIn(after, place, false)).toBeUndefined();
      expect(enablingIn(after, place, true)!.body).toEqual({ id: kind === 'venue' ? 'alpha' : 'demo1' });
    }
    expect(enablingIn(none, placeIn(none, listeners, 'alpha-quotes')!, true)).toBeUndefined();
  });

  it('is not told of when its listener is gone', () => {
    expect(disabledIn(documents({}, { disabledSessions: ['port-77'] }), listeners)).toEqual([]);
  });
});
