/** The moment of a click by the server's clock, whatever the computer's says. */
import { describe, expect, it } from 'vitest';
import { ServerClock } from './server.clock.ts';

const serverMs = Date.UTC(2026, 10, 23, 12);
const iso = (ms: number): string => new Date(ms).toISOString();

describe('the server clock', () => {
  it('says nothing before it has heard of it', () => {
    expect(new ServerClock().at(5_000)).toBeUndefined();
  });

  it('believes the quickest message, and is never ahead', () => {
    const clock = new ServerClock();
    clock.heard(serverMs, 1_000 + 300);
    clock.heard(serverMs + 2_000, 3_000 + 20);
    clock.heard(serverMs + 4_000, 5_000 + 4_500);
    expect(clock.at(10_000)).toBe(iso(serverMs + 9_000 - 20));
  });

  it('forgets a difference after two minutes at most', () => {
    const clock = new ServerClock();
    clock.heard(serverMs, 0);
    clock.heard(serverMs + 60_000 - 100, 60_000);
    expect(clock.at(60_000)).toBe(iso(serverMs + 60_000));
    clock.heard(serverMs + 120_000 - 100, 120_000);
    expect(clock.at(120_000)).toBe(iso(serverMs + 120_000 - 100));
    clock.heard(serverMs, 3_600_000);
    expect(clock.at(3_600_000)).toBe(iso(serverMs));
  });
});
