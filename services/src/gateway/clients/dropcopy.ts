/**
 * Drop copy: a read-only session that is told every execution report of its firm, whatever channel the
 * order came by. Reports are the clients' own (same ExecID), stored with their source like theirs, so
 * nothing is lost or told twice.
 */
import { numberOf } from '@tidegate/core/order/numbering';
import type { SessionHandle } from '@tidegate/fix/session/application';
import type { SequencedEvent } from '@tidegate/wire/commands';
import { NotStored } from './client.orders.ts';
import { reportOf } from './client.reports.ts';
import type { Beginnings } from '../sessions/beginnings.ts';
import { symbolIn, type InstrumentIndex } from '../instruments.ts';

export class DropCopy {
  private readonly symbolOf: (id: string) => string;
  private readonly sessions = new Map<string, Map<string, SessionHandle>>();

  private readonly beginnings: Beginnings;
  private readonly isBehind: (session: string) => boolean;

  /** `isBehind`: the session is told later, from where its store failed. */
  constructor(instruments: InstrumentIndex, beginnings: Beginnings, isBehind: (session: string) => boolean) {
    this.beginnings = beginnings;
    this.isBehind = isBehind;
    this.symbolOf = symbolIn(instruments);
  }

  register(partition: string, handle: SessionHandle): void {
    const sessions = this.sessions.get(partition) ?? new Map<string, SessionHandle>();
    sessions.set(handle.id, handle);
    this.sessions.set(partition, sessions);
  }

  unregister(id: string): void {
    for (const sessions of this.sessions.values()) sessions.delete(id);
  }

  handles(partition: string): Iterable<SessionHandle> {
    return this.sessions.get(partition)?.values() ?? [];
  }

  /** `only`: that session alone, which is behind the others. */
  report(partition: string, events: readonly SequencedEvent[], only?: string): void {
    const sessions = this.sessions.get(partition);
    if (sessions === undefined) return;
    for (const sequenced of events) {
      const report = reportOf(partition, sequenced, this.symbolOf);
      if (report === undefined) continue;
      const source = { partition, sequence: numberOf(sequenced) };
      for (const handle of sessions.values()) {
        if (only === undefined ? this.isBehind(handle.id) : handle.id !== only) continue;
        if (handle.cursor(partition) >= source.sequence) continue;
        if (this.beginnings.isBefore(handle, partition, sequenced)) continue;
        if (handle.send(report.msgType, report.write, { source }) === 0)
          throw new NotStored(handle.id, partition, sequenced.sequence);
      }
    }
  }
}
