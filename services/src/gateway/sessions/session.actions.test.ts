/** What operators do to a session: ends its connection, or begins its numbers anew, when that is right. */
import { describe, expect, it } from 'vitest';
import { actOn, type KeptNumbers } from './session.actions.ts';

function session(isLoggedOn: boolean) {
  const done: string[] = [];
  const handle = {
    isLoggedOn,
    nextInbound: 12,
    nextOutbound: 34,
    logout: (text?: string) => void done.push(`logout ${text}`),
  };
  const act = (what: string): void => {
    if (isLoggedOn) throw new Error('only while disconnected');
    done.push(what);
  };
  const numbers: KeptNumbers = {
    set: (next) => act(`set ${JSON.stringify(next)}`),
    reset: () => act('reset'),
  };
  return { done, handle, numbers };
}

describe('an operator', () => {
  it('ends a connection with a text, where there is one', () => {
    const [up, down] = [session(true), session(false)];
    expect(actOn(up, { kind: 'disconnect' })).toEqual({ result: 'done' });
    expect(up.done).toEqual(['logout SESSION_DISCONNECTED: by operations']);
    expect(actOn(down, { kind: 'disconnect' })).toMatchObject({ code: 'SESSION_NOT_UP' });
    const never = { handle: undefined, numbers: undefined };
    expect(actOn(never, { kind: 'disconnect' })).toMatchObject({ code: 'SESSION_NOT_UP' });
  });

  it.each([
    ['both', ['reset']],
    ['inbound', ['set {"nextInbound":1}']],
    ['outbound', ['reset', 'set {"nextInbound":12}']],
  ] as const)('resets the numbers of %s, and is told what they were', (side, expected) => {
    const away = session(false);
    const was = { nextInbound: 12, nextOutbound: 34 };
    expect(actOn(away, { kind: 'reset', side })).toEqual({ result: 'done', was });
    expect(away.done).toEqual(expected);
  });

  it('resets nothing while somebody is connected, nor what begins at 1 with each logon', () => {
    const up = session(true);
    expect(actOn(up, { kind: 'reset', side: 'both' })).toMatchObject({ code: 'SESSION_IN_USE' });
    const perishable = { handle: session(false).handle, numbers: undefined };
    expect(actOn(perishable, { kind: 'reset', side: 'both' })).toMatchObject({ code: 'NUMBERS_NOT_KEPT' });
    expect(up.done).toEqual([]);
  });
});
