/** When a gateway does its own work, and which providers it can do without. */
import type { ListenerDocument, VenueDocument } from '@tidegate/wire/configuration';
import { describe, expect, it } from 'vitest';
import { gatewayStanding } from './gateway.standing.ts';

/** Saturday. */
const weekend = Date.UTC(2026, 10, 28, 12);
const week = { startDay: 1, startTime: '00:00:00', endDay: 5, endTime: '22:00:00' };
const venue = (id: string, more: Partial<VenueDocument> = {}) =>
  ({ id, enabled: true, ...more }) as VenueDocument;

function standing(venues: readonly VenueDocument[], up: readonly string[], closed: readonly string[] = []) {
  const listeners = new Map<string, ListenerDocument>();
  return gatewayStanding({
    configuration: { listeners, venues: new Map(venues.map((one) => [one.id, one])) },
    closedPorts: new Map(closed.map((id) => [id, 'EADDRINUSE'])),
    isUp: (session) => up.includes(session),
    nowMs: weekend,
  });
}

describe('a gateway', () => {
  it('does its work when one provider has both sessions, and says which are away', () => {
    const venues = [venue('a'), venue('b')];
    expect(standing(venues, ['a-quotes', 'a-orders'])).toEqual({
      ports: undefined,
      providers: undefined,
      away: 'without a session: b',
    });
    expect(standing(venues, ['a-quotes', 'a-orders', 'b-quotes', 'b-orders']).away).toBeUndefined();
  });

  it('does not when no provider takes orders, or none gives prices', () => {
    const venues = [venue('a'), venue('b')];
    expect(standing(venues, ['a-quotes', 'b-quotes']).providers).toMatch(/for orders \(a, b\)/);
    expect(standing(venues, ['a-orders', 'b-orders']).providers).toMatch(/for prices \(a, b\)/);
    // Each has something: orders can be sent, and there are prices.
    expect(standing(venues, ['a-orders', 'b-quotes'])).toMatchObject({
      providers: undefined,
      away: 'without a session: a, b',
    });
  });

  it('misses nobody who is disabled, or whose schedule says closed', () => {
    const closed = venue('a', { schedule: week });
    expect(standing([closed, venue('b', { enabled: false })], [])).toEqual({});
    expect(standing([closed, venue('c')], []).providers).toMatch(/\(c\)/);
  });

  it('misses no session that operators have disabled, but says when there is no other', () => {
    const venues = [venue('a'), venue('b', { disabledSessions: ['orders'] })];
    expect(standing(venues, ['a-quotes', 'a-orders', 'b-quotes'])).toEqual({});
    expect(standing(venues, ['a-quotes', 'a-orders']).away).toBe('without a session: b');
    expect(standing([venues[1]!], ['b-quotes']).providers).toMatch(/for orders \(b\)/);
  });

  it('does not when a port is not open, and names a few of many', () => {
    expect(standing([], [], ['p1']).ports).toBe('not open: p1 (EADDRINUSE)');
    const many = Array.from({ length: 28 }, (_, index) => `p${index}`);
    expect(standing([], [], many).ports).toMatch(/p4 \(EADDRINUSE\) and 23 more$/);
  });
});
