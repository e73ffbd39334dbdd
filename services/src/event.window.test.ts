/** Floods of events by a clock of our own. */
import { describe, expect, it } from 'vitest';
import type { NewSystemEvent } from '@tidegate/platform/observe/system.events';
import { EventWindow, windowMs } from './event.window.ts';

class TestClock {
  ms = 0;
  nowMs = (): number => this.ms;
  monoMs = (): number => this.ms;
}

const refusal = (text: string): NewSystemEvent => ({
  kind: 'logonRefused',
  severity: 'warning',
  subject: 'port-00',
  text,
  details: { sequence: 1 },
});

describe('event window', () => {
  const some = () => {
    const clock = new TestClock();
    const told: NewSystemEvent[] = [];
    const window = new EventWindow({ clock, toldMax: 2, events: { record: (event) => told.push(event) } });
    return { clock, told, window };
  };

  it('tells the first of a key and then how many more there were, also when the flood has ended', () => {
    const { clock, told, window } = some();
    for (let index = 1; index <= 100; index += 1) window.record('a', refusal(`number ${index}`));
    expect(told.map(({ text }) => text)).toEqual(['number 1', 'number 2']);
    window.sweep();
    expect(told).toHaveLength(2);
    clock.ms = windowMs;
    window.sweep();
    expect(told).toHaveLength(3);
    expect(told[2]).toEqual({
      kind: 'logonRefused',
      severity: 'warning',
      subject: 'port-00',
      text: '98 more of this kind within 10 s were not told one by one; the last: number 100',
    });
    window.sweep();
    expect(told).toHaveLength(3);
  });

  it('keeps keys apart and begins again with the next window', () => {
    const { clock, told, window } = some();
    for (const key of ['a', 'b', 'a', 'b', 'a']) window.record(key, refusal(key));
    expect(told.map(({ text }) => text)).toEqual(['a', 'b', 'a', 'b']);
    clock.ms = windowMs;
    window.record('a', refusal('a again'));
    expect(told.slice(4).map(({ text }) => text)).toEqual([
      '1 more of this kind within 10 s were not told one by one; the last: a',
      'a again',
    ]);
  });

  it('tells what is held when it stops, and bounds its keys', () => {
    const { told, window } = some();
    for (let index = 0; index < 3; index += 1) window.record('a', refusal('a'));
    window.stop();
    expect(told).toHaveLength(3);
    for (let index = 0; index < 5_000; index += 1) window.record(`key ${index}`, refusal('many'));
    expect(told.length).toBeLessThan(1_010);
  });
});
