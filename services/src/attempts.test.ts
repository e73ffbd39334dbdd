/** Refused tries by a clock of our own. */
import { describe, expect, it } from 'vitest';
import { Attempts } from './attempts.ts';

class TestClock {
  ms = 0;
  nowMs = (): number => this.ms;
  monoMs = (): number => this.ms;
}

describe('attempts', () => {
  const some = () => {
    const clock = new TestClock();
    return { clock, attempts: new Attempts({ clock, perNameMax: 3, perAddressMax: 5 }) };
  };

  it('counts tries under way, so that many at once do not slip through', () => {
    const { attempts } = some();
    const begun = Array.from({ length: 10 }, () => attempts.begin('1.2.3.4', 'ann'));
    expect(begun.filter((attempt) => attempt !== undefined)).toHaveLength(3);
  });

  it('forgives good tries and those that were not judged', () => {
    const { attempts } = some();
    for (let time = 0; time < 100; time += 1) attempts.begin('1.2.3.4', 'ann')!.forgive();
    expect(attempts.begin('1.2.3.4', 'ann')).toBeDefined();
  });

  it('counts by address and name, and by address over all names', () => {
    const { attempts } = some();
    for (let time = 0; time < 3; time += 1) attempts.begin('1.2.3.4', 'ann');
    expect(attempts.begin('1.2.3.4', 'ann')).toBeUndefined();
    expect(attempts.begin('5.6.7.8', 'ann')).toBeDefined();
    expect([attempts.begin('1.2.3.4', 'bob'), attempts.begin('1.2.3.4', 'eve')]).not.toContain(undefined);
    expect(attempts.begin('1.2.3.4', 'ian')).toBeUndefined();
  });

  it('forgets after a minute', () => {
    const { clock, attempts } = some();
    for (let time = 0; time < 3; time += 1) attempts.begin('1.2.3.4', 'ann');
    clock.ms = 59_999;
    expect(attempts.begin('1.2.3.4', 'ann')).toBeUndefined();
    clock.ms = 60_000;
    expect(attempts.begin('1.2.3.4', 'ann')).toBeDefined();
  });
});
