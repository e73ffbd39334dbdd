/** The recorder while the audit is away: bounded, counted, in order, and not waited for. */
import { describe, expect, it } from 'vitest';
import { silentLog } from '../testing/database.ts';
import { systemClock } from '../observe/clock.ts';
import { until } from '../testing/until.ts';
import { auditEntry } from './audit.contract.ts';
import { MemoryAudit } from './audit.memory.ts';
import { entryOf, type NewAuditEntry } from './entry.ts';
import { AuditRecorder } from './recorder.ts';

class AwayAudit extends MemoryAudit {
  isAway = false;
  override async append(entries: readonly NewAuditEntry[]): Promise<void> {
    if (this.isAway) throw new Error('away');
    await super.append(entries);
  }
  override async head() {
    if (this.isAway) throw new Error('away');
    return super.head();
  }
}

const about = (target: string) => {
  const { id: _id, at: _at, ...decision } = auditEntry({ target });
  return decision;
};

describe('the recorder', () => {
  it('has written what it was told before, and is available', async () => {
    const audit = new AwayAudit();
    const recorder = new AuditRecorder({ audit, clock: systemClock, log: silentLog });
    recorder.record(about('one'));
    expect(await recorder.isAvailable()).toBe(true);
    expect((await audit.head()).number).toBe(1);
    await recorder.stop();
  });

  it('keeps decisions in order while the audit is away, and says how many were lost', async () => {
    const audit = new AwayAudit();
    const recorder = new AuditRecorder({
      ...{ audit, clock: systemClock, log: silentLog },
      ...{ queueLimit: 3, answerMs: 20 },
    });
    audit.isAway = true;
    for (const target of ['a', 'b', 'c', 'd', 'e']) recorder.record(about(target));
    expect([recorder.waiting, recorder.dropped]).toEqual([3, 2]);
    expect([await recorder.written(), await recorder.isAvailable()]).toEqual([false, false]);
    audit.isAway = false;
    await until(async () => recorder.waiting === 0);
    const entries = (await audit.after(0, 10)).map(entryOf);
    expect(entries.map(({ what, target, after }) => [what, target, after])).toEqual([
      ...['a', 'b', 'c'].map((target) => ['tradingState', target, { state: 'halted' }]),
      ['entriesLost', 'audit', { entries: 2 }],
    ]);
    expect(await recorder.isAvailable()).toBe(true);
  });
});
