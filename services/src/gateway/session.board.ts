/**
 * The state of every FIX session of this gateway: told on `session.status` at each change and every 2 s,
 * and as system events when a session goes up or down.
 */
import type { SessionHandle } from '@tidegate/fix/session/application';
import type { Bus } from '@tidegate/platform/bus';
import type { Clock } from '@tidegate/platform/clock';
import type { SystemEvents } from '@tidegate/platform/system.events';
import type { SessionStatus } from '@tidegate/wire/sessions';
import { sessionTopic } from '@tidegate/wire/topics';

export type SessionIdentity = Pick<SessionStatus, 'id' | 'side' | 'counterparty' | 'purpose'> &
  Partial<Pick<SessionStatus, 'listener' | 'port'>> & { readonly firm?: string };

interface Row {
  identity: SessionIdentity;
  handle: SessionHandle | undefined;
  state: SessionStatus['state'];
  reason: string;
  sinceMs: number;
  remoteAddress?: string;
}

const repeatMs = 2_000;
const noCounters: SessionStatus['counters'] = {
  messagesIn: 0,
  messagesOut: 0,
  bytesIn: 0,
  bytesOut: 0,
  gapsDetected: 0,
  resendsServed: 0,
  rejectsIn: 0,
  rejectsOut: 0,
  garbledIn: 0,
};

export class SessionBoard {
  private readonly rows = new Map<string, Row>();
  private readonly bus: Bus;
  private readonly clock: Clock;
  private readonly events: SystemEvents;
  private timer: NodeJS.Timeout | undefined;

  constructor(bus: Bus, clock: Clock, events: SystemEvents) {
    this.bus = bus;
    this.clock = clock;
    this.events = events;
  }

  start(): void {
    this.timer = setInterval(() => {
      for (const row of this.rows.values()) this.tell(row);
    }, repeatMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  add(identity: SessionIdentity, handle?: SessionHandle): void {
    const row: Row = {
      identity,
      handle,
      state: 'down',
      reason: 'not connected yet',
      sinceMs: this.clock.nowMs(),
    };
    this.rows.set(identity.id, row);
    this.tell(row);
  }

  /** The system chose the port of a listener. */
  listening(listener: string, port: number): void {
    for (const row of this.rows.values()) {
      if (row.identity.listener !== listener || row.identity.port === port) continue;
      row.identity = { ...row.identity, port };
      this.tell(row);
    }
  }

  /** Its client is no longer configured. */
  remove(id: string): void {
    this.rows.delete(id);
  }

  /** Where the logon comes from that is about to be bound to the session. */
  calledFrom(id: string, remoteAddress: string): void {
    const row = this.rows.get(id);
    if (row !== undefined) row.remoteAddress = remoteAddress;
  }

  /** Where the session's client last logged on from. */
  remoteAddressOf(id: string): string | undefined {
    return this.rows.get(id)?.remoteAddress;
  }

  /** Counters of every session, for metrics. */
  *counters(): Iterable<readonly [id: string, counters: SessionStatus['counters']]> {
    for (const [id, { handle }] of this.rows) if (handle !== undefined) yield [id, handle.counters];
  }

  /** Sessions up now, by side and purpose. */
  *upCounts(): Iterable<
    readonly [labels: { readonly side: string; readonly purpose: string }, count: number]
  > {
    const counts = new Map<string, number>();
    for (const { identity, state } of this.rows.values()) {
      const key = `${identity.side} ${identity.purpose}`;
      counts.set(key, (counts.get(key) ?? 0) + (state === 'up' ? 1 : 0));
    }
    for (const [key, count] of counts) {
      const [side, purpose] = key.split(' ') as [string, string];
      yield [{ side, purpose }, count];
    }
  }

  up(id: string, handle: SessionHandle): void {
    const row = this.change(id, 'up', 'logged on', handle);
    if (row !== undefined) this.record(row, 'sessionUp', 'info');
  }

  down(id: string, reason: string): void {
    const row = this.change(id, 'down', reason);
    if (row !== undefined)
      this.record(row, 'sessionDown', row.identity.side === 'venue' ? 'critical' : 'warning');
  }

  private change(id: string, state: Row['state'], reason: string, handle?: SessionHandle): Row | undefined {
    const row = this.rows.get(id);
    if (row === undefined || row.state === state) return undefined;
    row.state = state;
    row.reason = reason;
    row.sinceMs = this.clock.nowMs();
    if (handle !== undefined) row.handle = handle;
    this.tell(row);
    return row;
  }

  private record(
    { identity, reason }: Row,
    kind: 'sessionUp' | 'sessionDown',
    severity: 'info' | 'warning' | 'critical',
  ): void {
    this.events.record({
      kind,
      severity,
      subject: identity.id,
      text: `${identity.purpose} session of ${identity.counterparty}: ${reason}`,
      ...(identity.firm === undefined ? {} : { firm: identity.firm }),
    });
  }

  private tell({ identity, handle, state, reason, sinceMs, remoteAddress }: Row): void {
    const { firm: _firm, ...shown } = identity;
    this.bus.publish(sessionTopic(), {
      ...shown,
      state,
      reason,
      since: new Date(sinceMs).toISOString(),
      ...(state !== 'up' || remoteAddress === undefined ? {} : { remoteAddress }),
      counters: handle === undefined ? noCounters : { ...handle.counters },
    });
  }
}
