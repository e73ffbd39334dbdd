/** Signing in while things change, by real password hashes; the running platform's tests show the rest. */
import { Credentials, hashPassword } from '@tidegate/platform/identity/credentials';
import { describe, expect, it } from 'vitest';
import { MemoryBudgets } from '@tidegate/platform/identity/attempt.budgets';
import type { ApiProblem } from './problem.ts';
import { SignInAttempts } from './sign.in.attempts.ts';
import { SessionController } from './session.controller.ts';

const clock = { nowMs: () => 1_800_000_000_000, monoMs: () => 1_000 };

describe('signing in', () => {
  const desk = (passwordHash: string) => {
    const user = { id: 'trader1', role: 'trader', firm: 'demo1', passwordHash, disabled: false };
    const configuration = { current: { users: new Map([[user.id, user]]) } };
    const controller = new SessionController(
      configuration as never,
      new Credentials({ clock }),
      {
        issue: async () => ({
          token: 'token',
          id: '1',
          expiresAtMs: 1_800_000_000_000,
          endsAtMs: 1_800_000_000_000,
        }),
      } as never,
      { record: () => undefined } as never,
      { profile: 'demo' } as never,
      '1.0.0',
      new SignInAttempts({
        shared: new MemoryBudgets(clock),
        own: new MemoryBudgets(clock),
        log: { warn: () => undefined } as never,
        clock,
      }),
      { shown: async () => undefined, isKnown: () => false, cookie: async () => 'a=b' } as never,
      { record: () => undefined } as never,
      {} as never,
      clock,
    );
    const change = (to: object): void => {
      configuration.current = { users: new Map([[user.id, { ...user, ...to }]]) };
    };
    const codeOf = (password: string, address = '192.0.2.7'): Promise<string> =>
      controller
        .login({ user: user.id, password }, address, undefined, { header: () => undefined } as never)
        .then(
          () => 'signed in',
          (error: unknown) => (error as ApiProblem).code,
        );
    return { change, codeOf };
  };

  it('refuses what was changed, or a user who was disabled, during the verification', async () => {
    const [before, after] = await Promise.all([hashPassword('the old one'), hashPassword('the new one')]);
    const { change, codeOf } = desk(before);
    expect(await codeOf('the old one')).toBe('signed in');
    const late = codeOf('the old one');
    change({ passwordHash: after });
    expect(await late).toBe('SIGN_IN_REFUSED');
    const disabled = codeOf('the new one');
    change({ passwordHash: after, disabled: true });
    expect(await disabled).toBe('SIGN_IN_REFUSED');
  });

  it('counts guesses from all addresses of an IPv6 network together', async () => {
    const { codeOf } = desk('no hash: refuses everything');
    const guesses = Array.from({ length: 11 }, (_, index) => codeOf('guess', `2001:db8::${index}`));
    expect((await Promise.all(guesses)).slice(-1)).toEqual(['SIGN_IN_THROTTLED']);
  });
});
