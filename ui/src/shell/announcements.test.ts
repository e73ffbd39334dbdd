/** Readers hear of outcomes at most once a second. */
import { expect, it } from 'vitest';
import { Announcements } from './announcements.ts';

function made() {
  const waiting: (() => void)[] = [];
  const heard: string[] = [];
  const announcements = new Announcements((run) => void waiting.push(run));
  announcements.text.watch(() => heard.push(announcements.text.read()));
  return { announcements, heard, second: () => waiting.shift()?.() };
}

it('tells the first at once, and what comes within a second together', () => {
  const { announcements, heard, second } = made();
  announcements.tell('Bought 1M EUR/USD');
  for (const text of ['a', 'b', 'b', 'c', 'd', 'e']) announcements.tell(text);
  expect(heard).toEqual(['Bought 1M EUR/USD']);
  second();
  expect(heard.at(-1)).toBe('c. d. e. And 2 more');
  second();
  expect(heard).toHaveLength(2);
});

it('says the same again, so that it is heard again', () => {
  const { announcements, heard, second } = made();
  announcements.tell('Rejected');
  second();
  announcements.tell('Rejected');
  expect(heard).toEqual(['Rejected', 'Rejected\u00a0']);
});
