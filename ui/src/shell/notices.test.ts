/** Notices: the newest is shown, the same words are one line, the list has an end. */
import { describe, expect, it } from 'vitest';
import { Notices, NOTICES_MAX } from './notices.ts';

describe('Notices', () => {
  it('shows the newest until it is dismissed, and keeps it in the list', () => {
    const notices = new Notices(() => 7);
    notices.tell('info', 'one');
    notices.tell('bad', 'two');
    expect(notices.shown.read()).toEqual({ id: 2, tone: 'bad', text: 'two', atMs: 7, times: 1 });
    notices.dismiss();
    expect(notices.shown.read()).toBeNull();
    expect(notices.list.read().map(({ text }) => text)).toEqual(['two', 'one']);
  });

  it('counts the same words up', () => {
    const notices = new Notices(() => 0);
    for (let at = 0; at < 3; at += 1) notices.tell('warn', 'again');
    expect(notices.list.read()).toMatchObject([{ text: 'again', times: 3 }]);
    notices.tell('bad', 'again');
    expect(notices.list.read()).toHaveLength(2);
  });

  it('has an end', () => {
    const notices = new Notices(() => 0);
    for (let at = 0; at < 2 * NOTICES_MAX; at += 1) notices.tell('info', `${at}`);
    expect(notices.list.read()).toHaveLength(NOTICES_MAX);
    expect(notices.list.read()[0]?.text).toBe(`${2 * NOTICES_MAX - 1}`);
  });
});
