/**
 * The state of every FIX session of this gateway: told on `session.status` at each change and every 2 s,
 * as system events when a session goes up or down, and summed by place for metrics.
 */
import type { Dictionary } from '@tidegate/fix/dictionary/dictionary';
import type { LatencyReading, SessionCounters, SessionHandle } from '@tidegate/fix/session/application';
import type { Bus } from '@tidegate/platform/bus/bus';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { SystemEvents } from '@tidegate/platform/observe/system.events';
import { noCounters, type SessionStatus } from '@tidegate/wire/sessions';
import { sessionTopic } from '@tidegate/wire/topics';
import { isEnabledIn, scheduleIn, type SessionDocuments } from '../../session.place.ts';
import { SessionActions, type KeptNumbers } from './session.actions.ts';
import { SessionMessages } from './session.messages.ts';

export type SessionIdentity = Pick<SessionStatus, 'id' | 'side' | 'counterparty' | 'purpose'> &
  Partial<Pick<SessionStatus, 'listener' | 'port'>> & { readonly firm?: string };

/** Where a session is, as labels of metrics: 28 listeners, two for each venue, however many clients. */
export type Place = Readonly<Record<'listener' | 'venue' | 'purpose', string>>;

/** What the sessions of a place have in all. */
export interface PlaceTotals {
  readonly place: Place;
  readonly counters: SessionStatus['counters'];
  queuedBytes: number;
  /** Of the peer that has not read all it was sent for longest. */
  queuedForMs: number;
  /** Of the slowest session, in microseconds. */
  readonly latencyUs: Record<'received' | 'sent', { p50: number; p99: number }>;
}

/** What a provider's market data session has received so far, and how its instruments stand. */
export interface QuotesReading {
  readonly images: number;
  readonly instruments: number;
  readonly stale: number;
}

/** Beside what the engine says of a session. */
export interface SessionParts {
  /** Of sessions whose numbers are kept. */
  readonly numbers?: KeptNumbers;
  readonly quotes?: () => QuotesReading;
  /** Its own; absent: the standard one. */
  readonly dictionary?: Dictionary | undefined;
}

export interface BoardConfiguration {
  readonly current: SessionDocuments;
  /** Returns what ends it. */
  onChange(listener: () => void): () => void;
}

interface Row extends SessionParts {
  identity: SessionIdentity;
  handle: SessionHandle | undefined;
  state: SessionStatus['state'];
  reason: string;
  sinceMs: number;
  remoteAddress?: string;
  /** At the last repetition. */
  seen: { readonly images: number; readonly monoMs: number; readonly perSecond: number };
}

const repeatMs = 2_000;
const disabledReason = 'disabled by operations';
const counterNames = [
  'messagesIn',
  'messagesOut',
  'bytesIn',
  'bytesOut',
  'gapsDetected',
  'resendsRequested',
  'resendsServed',
  'rejectsIn',
  'rejectsOut',
  'garbledIn',
  'throttledIn',
  'perishablesDropped',
  'applicationErrors',
] as const satisfies readonly (keyof SessionStatus['counters'])[];

export const placeOf = ({ side, listener, counterparty, purpose }: SessionIdentity): Place => ({
  listener: listener ?? '',
  venue: side === 'venue' ? counterparty : '',
  purpose,
});

export class SessionBoard {
  private readonly rows = new Map<string, Row>();
  /** Of sessions that are gone: a counter never goes back. */
  private readonly departed = new Map<string, PlaceTotals>();
  private readonly messages: SessionMessages;
  private readonly actions: SessionActions;
  private readonly bus: Bus;
  private readonly clock: Clock;
  private readonly events: SystemEvents;
  private readonly configuration: BoardConfiguration;
  private stopFollowing: () => void = () => undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(bus: Bus, clock: Clock, events: SystemEvents, configuration: BoardConfiguration) {
    this.bus = bus;
    this.clock = clock;
    this.events = events;
    this.configuration = configuration;
    this.messages = new SessionMessages(bus);
    this.actions = new SessionActions(bus);
  }

  start(): void {
    this.stopFollowing = this.configuration.onChange(() => this.review());
    this.timer = setInterval(() => {
      for (const row of this.rows.values()) {
        this.measure(row);
        this.tell(row);
      }
    }, repeatMs);
  }

  /** A new configuration: what was enabled or disabled is told at once. */
  private review(): void {
    for (const row of this.rows.values()) this.tell(row);
  }

  private measure(row: Row): void {
    const { images = 0 } = row.quotes?.() ?? {};
    const monoMs = this.clock.monoMs();
    const seconds = (monoMs - row.seen.monoMs) / 1_000;
    if (seconds <= 0) return;
    const perSecond = Math.round(((images - row.seen.images) / seconds) * 10) / 10;
    row.seen = { images, monoMs, perSecond };
  }

  stop(): void {
    clearInterval(this.timer);
    this.stopFollowing();
    this.messages.stop();
    this.actions.stop();
  }

  add(identity: SessionIdentity, handle?: SessionHandle, parts: SessionParts = {}): void {
    const row: Row = {
      ...parts,
      identity,
      handle,
      state: 'down',
      reason: 'not connected yet',
      sinceMs: this.clock.nowMs(),
      seen: { images: parts.quotes?.().images ?? 0, monoMs: this.clock.monoMs(), perSecond: 0 },
    };
    this.rows.set(identity.id, row);
    if (handle !== undefined) this.messages.serve(identity.id, handle, parts.dictionary);
    this.actions.serve(identity.id, () => row);
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
    const row = this.rows.get(id);
    if (row === undefined) return;
    addTo(this.departed, row);
    this.rows.delete(id);
    this.messages.withdraw(id);
    this.actions.withdraw(id);
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

  isUp(id: string): boolean {
    return this.rows.get(id)?.state === 'up';
  }

  /** Of every place, for metrics. */
  totals(): Iterable<PlaceTotals> {
    const totals = new Map<string, PlaceTotals>();
    for (const [key, { place, counters }] of this.departed)
      addCounters(totalsAt(totals, key, place), counters);
    for (const row of this.rows.values()) addTo(totals, row);
    return totals.values();
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
    this.messages.serve(id, handle, this.rows.get(id)?.dictionary);
    const row = this.change(id, 'up', 'logged on', handle);
    if (row !== undefined) this.record(row, 'sessionUp', 'info');
  }

  down(id: string, reason: string): void {
    const row = this.change(id, 'down', reason);
    if (row !== undefined) this.record(row, 'sessionDown', this.isMissed(row) ? 'critical' : 'warning');
  }

  /** A provider that nobody has disabled. */
  private isMissed({ identity }: Row): boolean {
    return identity.side === 'venue' && isEnabledIn(this.configuration.current, identity);
  }

  /** Why it is still down; told when it is another reason than before. */
  stillDown(id: string, reason: string): void {
    const row = this.rows.get(id);
    if (row === undefined || row.state === 'up' || row.reason === reason) return;
    row.reason = reason;
    this.tell(row);
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

  private tell(row: Row): void {
    const { identity, handle, state, reason, sinceMs, remoteAddress, seen } = row;
    const { current } = this.configuration;
    const isEnabled = isEnabledIn(current, identity);
    const quotes = row.quotes?.();
    const schedule = scheduleIn(current, identity);
    const { firm: _firm, ...shown } = identity;
    const counters = noCounters();
    if (handle !== undefined) for (const name of counterNames) counters[name] = handle.counters[name];
    const latency = handle?.latency;
    this.bus.publish(sessionTopic(), {
      ...shown,
      state,
      reason: isEnabled || state === 'up' ? reason : disabledReason,
      isEnabled,
      ...engineFacts(handle),
      areNumbersKept: row.numbers !== undefined,
      ...(quotes === undefined ? {} : { quotes: quotesShown(quotes, state === 'up' ? seen.perSecond : 0) }),
      ...(schedule === undefined ? {} : { schedule }),
      since: new Date(sinceMs).toISOString(),
      ...(state !== 'up' || remoteAddress === undefined ? {} : { remoteAddress }),
      counters,
      queuedBytes: handle?.queuedBytes ?? 0,
      latencyUs: { received: quantiles(latency?.received), sent: quantiles(latency?.sent) },
    });
  }
}

const quotesShown = ({ instruments, stale }: QuotesReading, perSecond: number) => ({
  perSecond,
  instruments,
  stale,
});

/** What the engine says of a session that was open. */
function engineFacts(handle: SessionHandle | undefined): Partial<SessionStatus> {
  if (handle === undefined) return {};
  const { senderCompId, targetCompId, nextInbound, nextOutbound, lastReceivedAtMs, lastSentAtMs } = handle;
  const at = (ms: number): string => new Date(ms).toISOString();
  return {
    senderCompId,
    targetCompId,
    nextInbound,
    nextOutbound,
    ...(lastReceivedAtMs === 0 ? {} : { lastReceivedAt: at(lastReceivedAtMs) }),
    ...(lastSentAtMs === 0 ? {} : { lastSentAt: at(lastSentAtMs) }),
  };
}

const quantiles = (reading: LatencyReading | undefined): { p50: number; p99: number } => ({
  p50: Math.round(reading?.p50 ?? 0),
  p99: Math.round(reading?.p99 ?? 0),
});

function totalsAt(totals: Map<string, PlaceTotals>, key: string, place: Place): PlaceTotals {
  let found = totals.get(key);
  if (found === undefined) {
    const latencyUs = { received: { p50: 0, p99: 0 }, sent: { p50: 0, p99: 0 } };
    found = { place, counters: noCounters(), queuedBytes: 0, queuedForMs: 0, latencyUs };
    totals.set(key, found);
  }
  return found;
}

function addCounters(
  total: PlaceTotals,
  counters: Pick<SessionCounters, (typeof counterNames)[number]>,
): void {
  for (const name of counterNames) total.counters[name] += counters[name];
}

function addTo(totals: Map<string, PlaceTotals>, { identity, handle }: Row): void {
  if (handle === undefined) return;
  const place = placeOf(identity);
  const total = totalsAt(totals, Object.values(place).join(' '), place);
  addCounters(total, handle.counters);
  total.queuedBytes += handle.queuedBytes;
  total.queuedForMs = Math.max(total.queuedForMs, handle.queuedForMs);
  const { latency } = handle;
  for (const way of ['received', 'sent'] as const) {
    const { p50, p99 } = quantiles(latency[way]);
    const worst = total.latencyUs[way];
    worst.p50 = Math.max(worst.p50, p50);
    worst.p99 = Math.max(worst.p99, p99);
  }
}
