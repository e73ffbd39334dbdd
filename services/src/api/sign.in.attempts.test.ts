/** Whose tries count against whom, whatever anybody else does. */
import { MemoryBudgets, type AttemptBudgets } from '@tidegate/platform/identity/attempt.budgets';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressTerms, namedTerms, SignInAttempts } from './sign.in.attempts.ts';

const clock = { monoMs: () => 1_000 };
const log = { warn: () => undefined } as never;
const replica = (shared: AttemptBudgets) =>
  new SignInAttempts({ shared, own: new MemoryBudgets(clock), log, clock });
const away: AttemptBudgets = {
  take: () => Promise.reject(new Error('SQL is away')),
  giveBack: () => Promise.reject(new Error('SQL is away')),
};

describe('tries to sign in', () => {
  it('are counted for a name over all addresses and replicas', async () => {
    const shared = new MemoryBudgets(clock);
    const replicas = [replica(shared), replica(shared), replica(shared)];
    let judged = 0;
    for (let at = 0; at < 40; at += 1) {
      const signIn = { name: 'ann', address: `10.0.0.${at}`, device: undefined };
      if ((await replicas[at % replicas.length]!.begin(signIn)) !== undefined) judged += 1;
    }
    expect(judged).toBe(namedTerms.burst);
  });

  it('of an address that is over its budget use up nobody’s name', async () => {
    const attempts = replica(new MemoryBudgets(clock));
    const from = (address: string, name: string) => attempts.begin({ name, address, device: undefined });
    for (let at = 0; at < addressTerms.burst; at += 1) await from('10.0.0.1', `name ${at}`);
    for (let at = 0; at < 100; at += 1) expect(await from('10.0.0.1', 'ann')).toBeUndefined();
    expect(await from('10.0.0.2', 'ann')).toBeDefined();
  });

  it('never keep out a known device, whoever tries what how often elsewhere', async () => {
    const others = fc.record({
      name: fc.constantFrom('ann', 'bob'),
      address: fc.constantFrom('home', 'away'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(others, { maxLength: 150 }), async (tries) => {
        const shared = new MemoryBudgets(clock);
        const replicas = [replica(shared), replica(shared)];
        for (const [at, { name, address }] of tries.entries())
          await replicas[at % 2]!.begin({ name, address, device: undefined });
        for (const one of replicas) {
          const attempt = await one.begin({ name: 'ann', address: 'home', device: 'hers' });
          expect(attempt).toBeDefined();
          await attempt!.forgive();
        }
      }),
    );
  });

  it('of a stolen device have its budget, and then that of the name', async () => {
    const attempts = replica(new MemoryBudgets(clock));
    let judged = 0;
    for (let at = 0; at < 60; at += 1) {
      const signIn = { name: 'ann', address: `10.0.0.${at}`, device: 'stolen' };
      if ((await attempts.begin(signIn)) !== undefined) judged += 1;
    }
    expect(judged).toBe(2 * namedTerms.burst);
  });

  it('are counted by each process while SQL does not answer, right ones not', async () => {
    const attempts = replica(away);
    const signIn = { name: 'ann', address: '10.0.0.1', device: undefined };
    for (let at = 0; at < 30; at += 1) await (await attempts.begin(signIn))!.forgive();
    let judged = 0;
    for (let at = 0; at < 30; at += 1) if ((await attempts.begin(signIn)) !== undefined) judged += 1;
    expect(judged).toBe(namedTerms.burst);
  });
});
