/** Keys that are good, and the ways in which one is not, by a store of our own. */
import { MemoryBudgets } from '@tidegate/platform/identity/attempt.budgets';
import { newApiKey } from '@tidegate/platform/identity/api.key.text';
import type { ApiKey } from '@tidegate/platform/identity/api.keys';
import { describe, expect, it } from 'vitest';
import { ApiKeyCheck, refusedTerms } from './api.key.check.ts';
import type { ApiProblem } from './problem.ts';

const { text, id, secretHash } = newApiKey();
const other = newApiKey();
const address = '192.0.2.7';

function desk(change: Partial<ApiKey> = {}) {
  const time = { ms: 1_000_000 };
  const clock = { nowMs: () => time.ms, monoMs: () => time.ms };
  const kept: ApiKey = {
    ...{ id, secretHash, user: 'engine', rights: ['cancel'], addresses: [] },
    ...{ createdAtMs: 0, expiresAtMs: 2_000_000, isRevoked: false, ...change },
  };
  const state = { isAway: false, asked: 0, uses: [] as string[], told: [] as string[], revoked: false };
  const find = async (wanted: string): Promise<ApiKey | undefined> => {
    state.asked += 1;
    if (state.isAway) throw new Error('SQL is away');
    return wanted === id ? kept : undefined;
  };
  const check = new ApiKeyCheck({
    keys: { find, used: (used, { from }) => void state.uses.push(`${used} ${from}`) },
    budgets: new MemoryBudgets(clock),
    clock,
    window: { record: (_key, { text: told }) => void state.told.push(told) },
  });
  const outcome = (key = text, from = address, how: 'asked' | 'remembered' = 'asked'): Promise<string> =>
    check
      .find(key, from, how, () => state.revoked)
      .then(
        ({ signInId }) => signInId,
        (error: unknown) => (error as ApiProblem).code,
      );
  return { state, time, outcome };
}

describe('a key', () => {
  it('is good until its time, and its use is kept', async () => {
    const { state, time, outcome } = desk();
    expect(await outcome()).toBe(`key:${id}`);
    expect(state.uses).toEqual([`${id} ${address}`]);
    time.ms = 2_000_000;
    expect(await outcome()).toBe('TOKEN_INVALID');
    expect(state.uses).toHaveLength(1);
  });

  it('is refused when SQL has it revoked, or when the bus has said so', async () => {
    expect(await desk({ isRevoked: true }).outcome()).toBe('TOKEN_INVALID');
    const { state, outcome } = desk();
    await outcome();
    state.revoked = true;
    expect(await outcome(text, address, 'remembered')).toBe('TOKEN_INVALID');
  });

  it('is refused with the id of a good one and another secret', async () => {
    const { outcome } = desk();
    await outcome();
    const forged = desk({ secretHash: other.secretHash });
    expect(await forged.outcome()).toBe('TOKEN_INVALID');
    expect(await forged.outcome(text, address, 'remembered')).toBe('TOKEN_INVALID');
    expect(await outcome(other.text, address, 'remembered')).toBe('TOKEN_INVALID');
  });

  it('is good from its networks only', async () => {
    const { state, outcome } = desk({ addresses: ['10.0.0.0/8'] });
    expect(await outcome(text, '10.1.2.3')).toBe(`key:${id}`);
    expect(await outcome(text, address)).toBe('KEY_ADDRESS');
    expect(await outcome(text, address, 'remembered')).toBe('KEY_ADDRESS');
    expect(state.told).toHaveLength(2);
  });

  it('cancels without SQL once it was good here, and does nothing else then', async () => {
    const { state, outcome } = desk();
    state.isAway = true;
    expect(await outcome(text, address, 'remembered')).toBe('IDENTITY_UNKNOWN');
    state.isAway = false;
    await outcome();
    state.isAway = true;
    const { asked } = state;
    expect(await outcome(text, address, 'remembered')).toBe(`key:${id}`);
    expect(state.asked).toBe(asked);
    expect(await outcome()).toBe('IDENTITY_UNKNOWN');
  });

  it('that is wrong counts for its network, which keeps out no key that was good before', async () => {
    const { state, outcome } = desk();
    await outcome();
    for (let at = 0; at < refusedTerms.burst; at += 1) expect(await outcome('tgk_x')).toBe('TOKEN_INVALID');
    // A slip of the pen costs no question to SQL.
    expect(state.asked).toBe(1);
    expect(await outcome(other.text)).toBe('KEY_THROTTLED');
    expect(await outcome()).toBe(`key:${id}`);
    expect(await outcome(other.text, '198.51.100.1')).toBe('TOKEN_INVALID');
  });
});
