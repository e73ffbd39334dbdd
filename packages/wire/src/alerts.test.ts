/** Alerts as their events say them: what is one, when it ends, and what people did about it. */
import { describe, expect, it } from 'vitest';
import { alertsOf } from './alerts.ts';
import type { SystemEvent } from './monitoring.ts';

const venues = new Set(['alpha', 'bravo']);
let made = 0;
const event = (
  seconds: number,
  kind: SystemEvent['kind'],
  change: Partial<SystemEvent> = {},
): SystemEvent => {
  made += 1;
  return {
    id: `00000000-0000-4000-8000-${String(made).padStart(12, '0')}`,
    at: new Date(1_800_000_000_000 + seconds * 1_000).toISOString(),
    kind,
    severity: 'warning',
    subject: 'alpha',
    text: kind,
    ...change,
  };
};
const info = { severity: 'info' } as const;
const after = (first: SystemEvent, last: SystemEvent): number =>
  (Date.parse(last.at) - Date.parse(first.at)) / 1_000;

describe('an outage', () => {
  const down = event(0, 'sessionDown', { subject: 'alpha-orders' });
  const stale = event(2, 'venueStale', { severity: 'critical' });
  const unknown = event(3, 'routeUnknown', { severity: 'critical' });
  const up = event(60, 'sessionUp', { ...info, subject: 'alpha-orders' });
  const live = event(90, 'venueLive', info);
  it('is one alert of the provider and its sessions, until all that caused it has ended', () => {
    const [open] = alertsOf([down, stale, unknown, up], venues);
    expect(open).toMatchObject({ id: down.id, about: 'alpha', severity: 'critical', endedAt: null });
    const [ended, ...others] = alertsOf([down, stale, unknown, up, live], venues);
    expect(ended).toMatchObject({ count: 5, endedAt: live.at });
    expect(ended?.children.map(({ kind }) => kind)).toEqual([
      'sessionDown',
      'venueStale',
      'routeUnknown',
      'sessionUp',
      'venueLive',
    ]);
    expect([others, after(down, live)]).toEqual([[], 90]);
  });

  it('goes on when it returns at once, and is another one later', () => {
    const again = event(120, 'venueStale');
    expect(alertsOf([down, stale, up, live, again], venues)).toHaveLength(1);
    const later = event(600, 'venueStale');
    const [second, first] = alertsOf([down, stale, up, live, later], venues);
    expect([second?.id, first?.id]).toEqual([later.id, down.id]);
  });

  it('is not one with another provider, nor with another firm', () => {
    const other = event(1, 'venueStale', { subject: 'bravo' });
    const client = event(1, 'sessionThrottled', { subject: 'alpha', firm: 'acme' });
    expect(alertsOf([down, other, client], venues)).toHaveLength(3);
  });
});

it('keeps apart what does not belong together, and tells nothing of what only informs', () => {
  const one = event(0, 'riskRefusal', { subject: 'acme' });
  const soon = event(300, 'riskRefusal', { subject: 'acme' });
  const late = event(2_000, 'riskRefusal', { subject: 'acme' });
  const alerts = alertsOf(
    [one, soon, event(400, 'signIn', info), event(500, 'sessionUp', info), late],
    venues,
  );
  expect(alerts.map(({ count, endedAt }) => [count, endedAt])).toEqual([
    [1, late.at],
    [2, soon.at],
  ]);
});

describe('what people did', () => {
  const first = event(0, 'venueStale');
  const marked = (seconds: number, details: object): SystemEvent =>
    event(seconds, 'alertMarked', { ...info, details: { alert: first.id, by: 'ann', ...details } });
  it('says who and when', () => {
    const until = new Date(1_800_000_600_000).toISOString();
    const [alert] = alertsOf(
      [
        first,
        marked(1, { action: 'acknowledge' }),
        marked(2, { action: 'assign', user: 'bob' }),
        marked(3, { action: 'mute', until }),
      ],
      venues,
    );
    expect(alert).toMatchObject({
      acknowledged: { by: 'ann', at: new Date(1_800_000_001_000).toISOString() },
      assigned: { user: 'bob', by: 'ann' },
      muted: { by: 'ann', until },
      count: 1,
    });
  });

  it('does not hold for what became worse, and a mute holds for the next of the same', () => {
    const until = new Date(1_800_009_000_000).toISOString();
    const acknowledged = marked(1, { action: 'acknowledge' });
    const worse = event(2, 'routeUnknown', { severity: 'critical' });
    expect(alertsOf([first, acknowledged, worse], venues)[0]?.acknowledged).toBeNull();
    const live = event(3, 'venueLive', info);
    const later = event(900, 'venueStale');
    const [next] = alertsOf([first, marked(1, { action: 'mute', until }), live, later], venues);
    expect(next).toMatchObject({ id: later.id, muted: { until } });
  });

  it('is nothing when it can’t be read, or is about nothing', () => {
    const odd = event(1, 'alertMarked', { ...info, details: { action: 'acknowledge' } });
    expect(alertsOf([first, odd, event(2, 'alertMarked', info)], venues)[0]?.acknowledged).toBeNull();
  });
});
