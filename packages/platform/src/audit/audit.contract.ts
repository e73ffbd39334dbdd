/** What every implementation of the audit keeps. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Audit } from './audit.ts';
import { entryOf, type NewAuditEntry } from './entry.ts';
import { leafHash } from './tree.ts';

export const auditEntry = (fields: Partial<NewAuditEntry> = {}): NewAuditEntry => ({
  id: randomUUID(),
  at: '2026-11-28T22:00:00.000Z',
  person: 'ann',
  role: 'risk',
  session: 's1',
  address: '127.0.0.1',
  what: 'tradingState',
  target: 'acme',
  outcome: 'done',
  before: null,
  after: { state: 'halted' },
  why: 'drill',
  requestId: 'r1',
  ...fields,
});

export interface AuditUnderTest {
  readonly audit: Audit;
  stop(): Promise<void>;
}

export function auditContract(name: string, open: () => Promise<AuditUnderTest>): void {
  const withAudit = async (test: (audit: Audit) => Promise<void>): Promise<void> => {
    const { audit, stop } = await open();
    try {
      await test(audit);
    } finally {
      await stop();
    }
  };

  describe(`audit: ${name}`, () => {
    it('numbers and chains, also when many append at once', () =>
      withAudit(async (audit) => {
        expect((await audit.head()).number).toBe(0);
        await Promise.all(
          Array.from({ length: 12 }, (_, at) =>
            audit.append([auditEntry({ target: `a${at}` }), auditEntry({ target: `b${at}` })]),
          ),
        );
        const all = await audit.after(0, 100);
        expect(all.map(({ number }) => number)).toEqual(Array.from({ length: 24 }, (_, at) => at + 1));
        let previous = '0'.repeat(64);
        for (const stored of all) {
          expect(entryOf(stored)).toMatchObject({ number: stored.number, previous, person: 'ann' });
          expect(stored.hash).toEqual(leafHash(stored.body));
          previous = stored.hash.toString('hex');
        }
        expect(await audit.hashesAfter(20, 2)).toEqual(all.slice(20, 22).map(({ hash }) => hash));
        expect(await audit.head()).toMatchObject({ number: 24, hash: all.at(-1)!.hash });
      }));

    it('takes an entry once, however often it is sent', () =>
      withAudit(async (audit) => {
        const entry = auditEntry();
        await audit.append([entry]);
        await audit.append([entry, auditEntry()]);
        expect((await audit.after(0, 10)).map(({ number }) => number)).toEqual([1, 2]);
      }));

    it('keeps what no column takes, and names what is too large by its hash', () =>
      withAudit(async (audit) => {
        const after = 'x'.repeat(70_000);
        await audit.append([auditEntry({ person: 'nul\0 and half \ud800', target: 'y'.repeat(600), after })]);
        const [stored] = await audit.after(0, 1);
        const { person, target, after: kept } = entryOf(stored!);
        expect([person, target.length]).toEqual(['nul\ufffd and half \ufffd', 500]);
        expect(kept).toEqual({ leftOut: 70_002, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
      }));

    it('finds by time, person, kind and target, page by page', () =>
      withAudit(async (audit) => {
        for (let minute = 0; minute < 6; minute += 1)
          await audit.append([
            auditEntry({
              at: `2026-11-28T22:0${minute}:00.000Z`,
              person: minute % 2 === 0 ? 'ann' : 'bob',
              what: minute < 3 ? 'signIn' : 'tradingState',
              target: `t${minute}`,
            }),
          ]);
        const numbers = async (query: object) =>
          (await audit.list({ limit: 10, ...query })).items.map(({ number }) => number);
        expect(await numbers({ who: 'ann' })).toEqual([5, 3, 1]);
        expect(await numbers({ what: 'signIn', who: 'bob' })).toEqual([2]);
        expect(await numbers({ target: 't4' })).toEqual([5]);
        expect(await numbers({ from: '2026-11-28T22:02:00Z', to: '2026-11-28T22:04:00Z' })).toEqual([
          5, 4, 3,
        ]);
        const first = await audit.list({ limit: 4 });
        expect(first.items.map(({ number }) => number)).toEqual([6, 5, 4, 3]);
        expect(await numbers({ before: first.next })).toEqual([2, 1]);
        await expect(audit.list({ limit: 4, before: 'nonsense' })).rejects.toThrow('cursor');
      }));

    it('keeps checkpoints that grow, of whoever has the duty now', () =>
      withAudit(async (audit) => {
        const at = '2026-11-28T22:00:00.000Z';
        const add = (size: number, leaseEpoch: number) =>
          audit.addCheckpoint({ size, at, leaseEpoch, key: 'key', note: `${size} by ${leaseEpoch}` });
        expect(await audit.lastCheckpoint()).toBeUndefined();
        expect([await add(3, 1), await add(5, 2), await add(5, 2), await add(4, 2), await add(9, 1)]).toEqual(
          [...[true, true, false, false, false]],
        );
        expect(await audit.checkpointsAfter(3, 10)).toEqual([
          { size: 5, at, leaseEpoch: 2, key: 'key', note: '5 by 2' },
        ]);
        expect(await audit.lastCheckpoint()).toMatchObject({ size: 5 });
      }));
  });
}
