/**
 * Watches the quality of every source's data: quotes, sessions and time go into `core/quality`, spans of
 * states, problem periods and statistics into SQL, about once a second and under the lease's epoch; then they
 * are told. While SQL is away they wait, within a limit; what is lost beyond it counts as UNKNOWN.
 */
import { holeSpans } from '@tidegate/core/quality/hole';
import { PeriodBook, type Period } from '@tidegate/core/quality/periods';
import type { QualityState, Span } from '@tidegate/core/quality/state';
import { InstrumentStatistics, sumOf, type StatisticsRow } from '@tidegate/core/quality/statistics';
import { graceMs, QualityWatch, type Excuse } from '@tidegate/core/quality/watch';
import type { VenueQuote } from '@tidegate/core/market/quote';
import type { Bus, Subscription } from '@tidegate/platform/bus/bus';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import type { Clock } from '@tidegate/platform/observe/clock';
import { QualityFenced, type Hole, type QualityStore } from '@tidegate/platform/quality/quality.store';
import { qualityStateViewOf } from '@tidegate/wire/quality';
import type { SessionStatus } from '@tidegate/wire/sessions';
import { qualityTopic, quoteTopic, sessionTopic } from '@tidegate/wire/topics';
import { excuseOf, watchedSources } from './quality.sources.ts';

export interface QualityMonitorOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly configuration: Pick<Configuration, 'current' | 'onChange'>;
  readonly store: Pick<QualityStore, 'begin' | 'write' | 'minutes'>;
  /** Under which it watches: what it writes is refused once another has begun under a later one. */
  readonly leaseEpoch: number;
  readonly onError: (error: unknown) => void;
  readonly tickMs?: number;
}

const tickMsDefault = 1_000;
const hourMs = 3_600_000;
/** Minutes of the hour that ended are written by then. */
const hourGraceMs = 5_000;
const waitingMax = 100_000;

interface Waiting {
  spans: Map<string, Span>;
  periods: Map<string, Period>;
  minutes: StatisticsRow[];
  hours: StatisticsRow[];
}

const nothing = (): Waiting => ({ spans: new Map(), periods: new Map(), minutes: [], hours: [] });

export class QualityMonitor {
  readonly #options: QualityMonitorOptions;
  readonly #excuse: Excuse;
  readonly #book = new PeriodBook();
  readonly #statistics = new Map<string, InstrumentStatistics>();
  readonly #undo: (() => void)[] = [];
  #watch: QualityWatch;
  #waiting = nothing();
  #writing: Promise<void> | undefined;
  #quotes: Subscription | undefined;
  #droppedBefore = 0;
  #tickedMs = 0;
  #watchedMs = 0;
  #writtenMs = 0;
  #hourMs = 0;
  #images = 0;
  #lost = 0;
  #isFenced = false;

  constructor(options: QualityMonitorOptions) {
    this.#options = options;
    this.#excuse = excuseOf(() => options.configuration.current);
    this.#watch = new QualityWatch(0, this.#excuse);
  }

  async start(): Promise<void> {
    const { bus, clock, configuration, leaseEpoch, store, tickMs } = this.#options;
    const nowMs = clock.nowMs();
    await store.begin(leaseEpoch, nowMs, (hole) => this.#fill(hole));
    this.#watch = new QualityWatch(nowMs, this.#excuse);
    this.#watch.configure(watchedSources(configuration.current), nowMs);
    this.#tickedMs = nowMs;
    this.#watchedMs = nowMs;
    this.#writtenMs = nowMs;
    this.#hourMs = Math.floor(nowMs / hourMs) * hourMs - hourMs;
    // Not conflated: what is missing between two images is a finding.
    this.#quotes = bus.subscribe(quoteTopic(), (quote) => this.#quote(quote));
    const sessions = bus.subscribe(sessionTopic(), (status) => this.#session(status));
    const timer = setInterval(() => this.tick(), tickMs ?? tickMsDefault).unref();
    this.#undo.push(
      () => this.#quotes?.unsubscribe(),
      () => sessions.unsubscribe(),
      () => clearInterval(timer),
      configuration.onChange((current) =>
        this.#watch.configure(watchedSources(current), this.#options.clock.nowMs()),
      ),
    );
    this.tick();
  }

  /** What was seen is written; from then on nobody watches. */
  async stop(): Promise<void> {
    for (const one of this.#undo.splice(0)) one();
    await this.#writing;
    this.#look();
    await this.#write();
  }

  /** One look, and what came of it on its way to SQL. */
  tick(): void {
    this.#look();
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
  }

  /** How many instruments of a source are in each state, for metrics. */
  *counts(): Iterable<readonly [{ readonly source: string; readonly state: QualityState }, number]> {
    const counts = new Map<string, { source: string; state: QualityState; count: number }>();
    for (const { source, instrument, state } of this.#watch.open()) {
      if (instrument === '*') continue;
      const key = `${source} ${state}`;
      const known = counts.get(key);
      if (known === undefined) counts.set(key, { source, state, count: 1 });
      else known.count += 1;
    }
    for (const { source, state, count } of counts.values()) yield [{ source, state }, count];
  }

  /** Images that were looked at, and spans that could not wait any longer for SQL. */
  get counters(): { readonly images: number; readonly lost: number } {
    return { images: this.#images, lost: this.#lost };
  }

  /** How far what is written is behind the present. */
  get lagMs(): number {
    return Math.max(0, this.#options.clock.nowMs() - this.#writtenMs);
  }

  #quote(quote: VenueQuote): void {
    this.#images += 1;
    const state = this.#watch.quote(quote);
    const { current } = this.#options.configuration;
    // What is only indicative is at no top.
    const venue = state === undefined ? undefined : current.venues.get(quote.venue);
    if (venue === undefined) return;
    let statistics = this.#statistics.get(quote.instrument);
    if (statistics === undefined) {
      statistics = new InstrumentStatistics(quote.instrument, this.#watchedMs);
      this.#statistics.set(quote.instrument, statistics);
    }
    statistics.take({
      source: quote.venue,
      atMs: quote.receivedAtMs,
      bid: quote.bids[0] ?? 0,
      ask: quote.asks[0] ?? 0,
      isGood: state === 'GOOD',
      staleAfterMs: venue.staleAfterMs,
    });
  }

  #session({ side, purpose, counterparty, state, since }: SessionStatus): void {
    if (side !== 'venue' || purpose !== 'marketData') return;
    this.#watch.session(counterparty, {
      isUp: state === 'up',
      sinceMs: Date.parse(since),
      heardMs: this.#options.clock.nowMs(),
    });
  }

  #look(): void {
    const nowMs = this.#options.clock.nowMs();
    const dropped = this.#quotes?.dropped ?? 0;
    // Our own queue was full: what is missing is missing with us.
    if (dropped > this.#droppedBefore) this.#watch.blind(this.#tickedMs, nowMs);
    this.#droppedBefore = dropped;
    this.#watch.tick(nowMs);
    this.#tickedMs = nowMs;
    this.#watchedMs = Math.max(this.#watchedMs, nowMs - graceMs);
    const spans = this.#watch.drain();
    for (const span of spans) this.#waiting.spans.set(spanKey(span), span);
    for (const period of this.#book.take(spans)) this.#waiting.periods.set(period.id, period);
    for (const statistics of this.#statistics.values()) {
      statistics.advance(this.#watchedMs);
      this.#waiting.minutes.push(...statistics.drain());
    }
    this.#shed();
  }

  #shed(): void {
    const { spans, periods, minutes } = this.#waiting;
    for (const map of [spans, periods])
      for (const key of map.keys()) {
        if (map.size <= waitingMax) break;
        map.delete(key);
        this.#lost += 1;
      }
    if (minutes.length > waitingMax) minutes.splice(0, minutes.length - waitingMax);
  }

  async #write(): Promise<void> {
    if (this.#isFenced) return;
    const { bus, leaseEpoch, onError, store } = this.#options;
    const taken = this.#waiting;
    const watchedToMs = this.#watchedMs;
    this.#waiting = nothing();
    try {
      await store.write(leaseEpoch, {
        watchedToMs,
        spans: [...taken.spans.values()],
        periods: [...taken.periods.values()],
        minutes: taken.minutes,
        hours: taken.hours,
      });
    } catch (error) {
      this.#isFenced = error instanceof QualityFenced;
      this.#restore(taken);
      onError(error);
      return;
    }
    this.#writtenMs = watchedToMs;
    if (taken.spans.size > 0) bus.publish(qualityTopic(), [...taken.spans.values()].map(qualityStateViewOf));
    await this.#sumHour(watchedToMs);
  }

  /** What came meanwhile is newer. */
  #restore(taken: Waiting): void {
    const { spans, periods, minutes, hours } = this.#waiting;
    this.#waiting = {
      spans: new Map([...taken.spans, ...spans]),
      periods: new Map([...taken.periods, ...periods]),
      minutes: [...taken.minutes, ...minutes],
      hours: [...taken.hours, ...hours],
    };
  }

  /** From the minutes in SQL, so that an hour that two monitors have watched is whole. */
  async #sumHour(watchedToMs: number): Promise<void> {
    if (watchedToMs < this.#hourMs + hourMs + hourGraceMs) return;
    const fromMs = this.#hourMs;
    try {
      const rows = await this.#options.store.minutes(fromMs, fromMs + hourMs);
      const groups = Map.groupBy(rows, ({ instrument, source }) => `${instrument} ${source}`);
      this.#waiting.hours.push(...[...groups.values()].map((group) => sumOf(group, fromMs, hourMs)));
      this.#hourMs = fromMs + hourMs;
    } catch (error) {
      this.#options.onError(error);
    }
  }

  #fill({ toMs, cells }: Hole): { spans: readonly Span[]; periods: readonly Period[] } {
    const spans = cells.flatMap(({ source, instrument, fromMs }) =>
      holeSpans(source, instrument, { fromMs, toMs }, this.#excuse),
    );
    return { spans, periods: this.#book.take(spans) };
  }
}

const spanKey = ({ source, instrument, fromMs }: Span): string => `${source} ${instrument} ${fromMs}`;
