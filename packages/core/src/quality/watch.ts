/**
 * Watches every source × instrument: images, sessions and time in, states with exact bounds out. What an
 * image says holds from its receipt to the next one's, silence from the moment at which it was too long,
 * whenever that is noticed. Pure: all times are arguments; work for an image is O(sources of the instrument).
 */
import { inspectImage, medianTwice } from '../market/quality.ts';
import type { VenueQuote } from '../market/quote.ts';
import type { QualityThresholds } from './thresholds.ts';
import { stateOfFlags, WHOLE, type ExcuseReason, type QualityState, type Span } from './state.ts';
import { Timeline } from './timeline.ts';

export interface WatchedSource {
  readonly source: string;
  /** A session is told of every few seconds; without a word for `sessionSilenceMs` it counts as gone. */
  readonly hasSession: boolean;
  readonly instruments: ReadonlyMap<string, QualityThresholds>;
}

/** Why nothing is expected at this second, of the source as a whole (`*`) or of an instrument there. */
export type Excuse = (source: string, instrument: string, atMs: number) => ExcuseReason | undefined;

export interface SessionNews {
  readonly isUp: boolean;
  readonly sinceMs: number;
  readonly heardMs: number;
}

/** What may still be under way to us; what is older than that has come or will not. */
export const graceMs = 500;
export const sessionSilenceMs = 6_000;
/** A monitor that has not looked for so long did not see. */
export const blindAfterMs = 5_000;
/** A first image without levels, and the session still up after so long: it was not withdrawn. */
const withdrawnMs = 3_000;

interface Cell {
  readonly source: Source;
  readonly timeline: Timeline;
  thresholds: QualityThresholds;
  excuse: ExcuseReason | undefined;
  /** Second up to which the excuse is known. */
  excuseMs: number;
  /** False: nothing that still holds has come. */
  hasImage: boolean;
  epoch: number;
  sequence: number;
  atMs: number;
  midTwice: number;
  state: QualityState;
  why: string;
  peak: number;
  /** Without an image: since when one is waited for, and whether the session's start was seen. */
  waitingMs: number;
  sawUp: boolean;
  withdrawnMs: number | undefined;
  isOverdue: boolean;
}

interface Source {
  readonly source: string;
  readonly hasSession: boolean;
  readonly timeline: Timeline;
  readonly cells: Map<string, Cell>;
  channel: 'unknown' | 'up' | 'down';
  sinceMs: number;
  /** What is told of earlier times is not believed: nobody of us saw it. */
  knownMs: number;
  heardMs: number;
  excuse: ExcuseReason | undefined;
  excuseMs: number;
}

export class QualityWatch {
  readonly #excuse: Excuse;
  readonly #sources = new Map<string, Source>();
  readonly #byInstrument = new Map<string, Cell[]>();
  readonly #mids: number[] = [];
  #ended: Timeline[] = [];
  #tickedMs: number;

  constructor(startMs: number, excuse: Excuse) {
    this.#tickedMs = startMs;
    this.#excuse = excuse;
  }

  /** What is to be watched from `atMs` on; of what stays, the thresholds. */
  configure(watched: readonly WatchedSource[], atMs: number): void {
    const wanted = new Map(watched.map((each) => [each.source, each]));
    for (const [id, source] of this.#sources) {
      const now = wanted.get(id);
      for (const [instrument, cell] of source.cells) {
        const thresholds = now?.instruments.get(instrument);
        if (thresholds === undefined) this.#remove(source, instrument, cell, atMs);
        else cell.thresholds = thresholds;
      }
      if (now === undefined) {
        this.#end(source.timeline, atMs);
        this.#sources.delete(id);
      }
    }
    for (const each of watched) {
      const source = this.#sources.get(each.source) ?? this.#addSource(each, atMs);
      for (const [instrument, thresholds] of each.instruments)
        if (!source.cells.has(instrument)) this.#addCell(source, instrument, thresholds, atMs);
    }
  }

  /** @returns what the image is by itself; undefined: it is not watched, or older than what came. */
  quote(quote: VenueQuote): QualityState | undefined {
    const cell = this.#sources.get(quote.venue)?.cells.get(quote.instrument);
    if (cell === undefined) return undefined;
    const isSameEpoch = quote.epoch === cell.epoch;
    if (quote.epoch < cell.epoch || (isSameEpoch && quote.sequence <= cell.sequence)) return undefined;
    const atMs = Math.max(quote.receivedAtMs, cell.atMs);
    this.#pass(cell, atMs);
    const missing = isSameEpoch && cell.hasImage ? quote.sequence - cell.sequence - 1 : 0;
    if (missing > 0) cell.timeline.lost(cell.atMs, atMs, missing);
    const isEmpty = quote.bids.length === 0 && quote.asks.length === 0;
    const isWithdrawn = isEmpty && !isSameEpoch;
    cell.epoch = quote.epoch;
    cell.sequence = quote.sequence;
    cell.atMs = atMs;
    cell.isOverdue = false;
    cell.hasImage = !isWithdrawn;
    cell.withdrawnMs = isWithdrawn ? atMs : undefined;
    if (isWithdrawn) cell.sawUp = true;
    this.#inspect(cell, quote);
    const { source } = cell;
    // Who quotes is there, whatever its session says or does not say.
    if (!isEmpty && atMs > source.heardMs) source.heardMs = atMs;
    if (!isEmpty && source.channel !== 'up' && atMs > source.sinceMs) this.#heard(source, atMs);
    this.#settle(cell, atMs);
    return cell.state;
  }

  session(id: string, { isUp, sinceMs: saidMs, heardMs }: SessionNews): void {
    const source = this.#sources.get(id);
    if (source === undefined) return;
    source.heardMs = heardMs;
    // Up since before it went down here: nobody had heard of it, and that ends now.
    const wasSilent = isUp && source.channel === 'down' && saidMs <= source.sinceMs;
    const sinceMs = wasSilent ? heardMs : saidMs;
    const fromMs = Math.max(sinceMs, source.knownMs);
    if (!isUp) {
      if (source.channel !== 'down') this.#down(source, fromMs);
      return;
    }
    if (source.channel !== 'up' || sinceMs > source.sinceMs) {
      for (const cell of source.cells.values()) this.#pass(cell, fromMs);
      for (const cell of source.cells.values()) if (cell.atMs < sinceMs) awaitImage(cell, fromMs, sinceMs);
      this.#up(source, fromMs);
      for (const cell of source.cells.values()) this.#settle(cell, fromMs);
      return;
    }
    for (const cell of source.cells.values()) {
      if (cell.withdrawnMs === undefined || heardMs < cell.withdrawnMs + withdrawnMs) continue;
      cell.withdrawnMs = undefined;
      cell.hasImage = true;
      this.#settle(cell, heardMs);
    }
  }

  /** Time has passed: about once a second. */
  tick(nowMs: number): void {
    if (nowMs - this.#tickedMs > blindAfterMs) this.blind(this.#tickedMs, nowMs);
    this.#tickedMs = nowMs;
    const horizonMs = nowMs - graceMs;
    for (const source of this.#sources.values()) {
      const silentMs = source.heardMs + sessionSilenceMs;
      if (source.hasSession && source.channel !== 'down' && silentMs <= horizonMs)
        this.#down(source, silentMs);
      for (const cell of source.cells.values()) {
        this.#pass(cell, horizonMs);
        if (cell.timeline.isConflated) this.#settle(cell, horizonMs);
      }
      this.#settleSource(source, horizonMs);
    }
  }

  /** Nothing was seen in between; what was known before is not known any more. */
  blind(fromMs: number, toMs: number): void {
    for (const source of this.#sources.values()) {
      source.channel = 'unknown';
      source.heardMs = toMs;
      source.knownMs = toMs;
      source.excuseMs = seconds(toMs);
      if (source.excuse === undefined) source.timeline.become('UNKNOWN', fromMs, 'monitor');
      for (const cell of source.cells.values()) {
        awaitImage(cell, toMs, 0);
        cell.sawUp = false;
        cell.excuseMs = seconds(toMs);
        if (cell.excuse === undefined) cell.timeline.become('UNKNOWN', fromMs, 'monitor');
      }
    }
  }

  /** Spans that closed since the last time, and those that opened; sources before their instruments. */
  drain(): readonly Span[] {
    const spans: Span[] = [];
    for (const timeline of this.#ended.splice(0)) spans.push(...timeline.drainEnded());
    for (const { timeline, cells } of this.#sources.values()) {
      spans.push(...timeline.drain());
      for (const cell of cells.values()) spans.push(...cell.timeline.drain());
    }
    return spans;
  }

  /** What holds now. */
  *open(): Iterable<Span> {
    for (const { timeline, cells } of this.#sources.values()) {
      yield timeline.span;
      for (const cell of cells.values()) yield cell.timeline.span;
    }
  }

  #addSource({ source: id, hasSession }: WatchedSource, atMs: number): Source {
    const excuse = this.#excuse(id, WHOLE, seconds(atMs));
    const source: Source = {
      source: id,
      hasSession,
      timeline: new Timeline(id, WHOLE, excuse === undefined ? 'UNKNOWN' : 'EXCUSED', atMs, excuse),
      cells: new Map(),
      channel: 'unknown',
      sinceMs: 0,
      knownMs: atMs,
      heardMs: atMs,
      excuse,
      excuseMs: seconds(atMs),
    };
    this.#sources.set(id, source);
    return source;
  }

  #addCell(source: Source, instrument: string, thresholds: QualityThresholds, atMs: number): void {
    const { source: id } = source;
    const excuse = this.#excuse(id, instrument, seconds(atMs));
    const state = excuse === undefined ? 'UNKNOWN' : 'EXCUSED';
    const cell: Cell = {
      source,
      timeline: new Timeline(id, instrument, state, atMs, excuse),
      thresholds,
      excuse,
      excuseMs: seconds(atMs),
      hasImage: false,
      epoch: 0,
      sequence: 0,
      atMs: 0,
      midTwice: 0,
      state: 'UNKNOWN',
      why: '',
      peak: 0,
      waitingMs: atMs,
      sawUp: false,
      withdrawnMs: undefined,
      isOverdue: false,
    };
    source.cells.set(instrument, cell);
    const others = this.#byInstrument.get(instrument);
    if (others === undefined) this.#byInstrument.set(instrument, [cell]);
    else others.push(cell);
  }

  #remove(source: Source, instrument: string, cell: Cell, atMs: number): void {
    source.cells.delete(instrument);
    const others = this.#byInstrument.get(instrument)!;
    others.splice(others.indexOf(cell), 1);
    this.#end(cell.timeline, atMs);
  }

  #end(timeline: Timeline, atMs: number): void {
    timeline.end(atMs);
    this.#ended.push(timeline);
  }

  #inspect(cell: Cell, quote: VenueQuote): void {
    const { thresholds } = cell;
    const bid = quote.bids[0] ?? 0;
    const ask = quote.asks[0] ?? 0;
    const reference = thresholds.spikeBasisPoints === 0 ? undefined : this.#medianOfOthers(cell, bid + ask);
    const flags = inspectImage(quote, limitsOf(thresholds), reference);
    cell.midTwice = bid > 0 && ask > 0 ? bid + ask : 0;
    const levels = Math.min(quote.bids.length, quote.asks.length) / 2;
    cell.state = stateOfFlags(flags);
    if (levels < thresholds.levelsMin && (cell.state !== 'PARTIAL' || flags.length === 0)) {
      cell.state = 'PARTIAL';
      cell.why = 'levels';
    } else cell.why = flags.length === 0 ? '' : flags.join(' ');
    cell.peak = cell.state === 'GOOD' ? 0 : peakOf(cell.state, { bid, ask, reference, levels, thresholds });
  }

  #medianOfOthers(cell: Cell, ownTwice: number): number | undefined {
    const mids = this.#mids;
    mids.length = 0;
    for (const other of this.#byInstrument.get(cell.timeline.instrument)!) {
      if (other === cell || !other.hasImage || other.midTwice === 0) continue;
      if (cell.atMs - other.atMs <= other.thresholds.staleAfterMs) mids.push(other.midTwice);
    }
    return medianTwice(mids, ownTwice);
  }

  /** Brings a cell up to an instant: hours that opened or closed, silence that became too long. */
  #pass(cell: Cell, toMs: number): void {
    while (cell.excuseMs + 1_000 <= toMs) {
      const nextMs = cell.excuseMs + 1_000;
      this.#overdue(cell, nextMs - 1);
      cell.excuseMs = nextMs;
      const excuse = this.#excuse(cell.timeline.source, cell.timeline.instrument, nextMs);
      if (excuse === cell.excuse) continue;
      cell.excuse = excuse;
      this.#settle(cell, nextMs);
    }
    this.#overdue(cell, toMs);
  }

  #overdue(cell: Cell, toMs: number): void {
    if (cell.isOverdue) return;
    const dueMs = (cell.hasImage ? cell.atMs : cell.waitingMs) + cell.thresholds.staleAfterMs;
    if (dueMs > toMs) return;
    cell.isOverdue = true;
    this.#settle(cell, dueMs);
  }

  /** An image says that the session is up before the session does. */
  #heard(source: Source, atMs: number): void {
    if (source.channel === 'down')
      for (const cell of source.cells.values()) {
        this.#pass(cell, atMs);
        if (!cell.hasImage) awaitImage(cell, atMs, atMs);
      }
    this.#up(source, atMs);
  }

  #up(source: Source, atMs: number): void {
    source.channel = 'up';
    source.sinceMs = atMs;
    this.#settleSource(source, atMs);
  }

  #down(source: Source, atMs: number): void {
    for (const cell of source.cells.values()) this.#pass(cell, atMs);
    source.channel = 'down';
    source.sinceMs = atMs;
    for (const cell of source.cells.values()) {
      awaitImage(cell, atMs, atMs);
      this.#settle(cell, atMs);
    }
    this.#settleSource(source, atMs);
  }

  #settle(cell: Cell, atMs: number): void {
    const { timeline, excuse } = cell;
    if (excuse !== undefined) timeline.become('EXCUSED', atMs, excuse);
    else if (cell.source.channel === 'down') timeline.become('DOWN', atMs, 'session');
    else if (cell.withdrawnMs !== undefined) timeline.become('DOWN', atMs, 'withdrawn');
    else if (cell.hasImage)
      if (cell.isOverdue) timeline.become('STALE', atMs, 'silence');
      else timeline.become(cell.state, atMs, cell.why, cell.peak);
    else if (cell.isOverdue)
      if (cell.sawUp) timeline.become('PARTIAL', atMs, 'neverQuoted');
      else timeline.become('STALE', atMs, 'silence');
    else if (cell.sawUp) timeline.become('DOWN', atMs, 'session');
  }

  /** Its channel; and when each of its instruments is silent, it is. */
  #settleSource(source: Source, toMs: number): void {
    while (source.excuseMs + 1_000 <= toMs) {
      source.excuseMs += 1_000;
      const excuse = this.#excuse(source.source, WHOLE, source.excuseMs);
      if (excuse === source.excuse) continue;
      source.excuse = excuse;
      this.#tellSource(source, source.excuseMs);
    }
    this.#tellSource(source, source.channel === 'up' ? toMs : source.sinceMs);
  }

  #tellSource(source: Source, atMs: number): void {
    const { timeline, channel, excuse } = source;
    if (excuse !== undefined) return timeline.become('EXCUSED', atMs, excuse);
    if (channel === 'unknown') return undefined;
    if (channel === 'down') return timeline.become('DOWN', atMs, 'session');
    let silentMs = 0;
    let heardMs = Infinity;
    let silent = 0;
    for (const { timeline: cell } of source.cells.values()) {
      if (cell.state === 'EXCUSED') continue;
      if (cell.state === 'STALE') {
        silent += 1;
        silentMs = Math.max(silentMs, cell.fromMs);
      } else heardMs = Math.min(heardMs, cell.fromMs);
    }
    // The end of an excuse is one; all else is known from the session and the instruments.
    const sinceMs = timeline.state === 'EXCUSED' ? atMs : 0;
    if (heardMs === Infinity && silent > 1)
      return timeline.become('STALE', Math.max(silentMs, sinceMs), 'silence');
    const upMs = Math.max(source.sinceMs, source.knownMs);
    // The first that was heard again has ended its silence: exactly then.
    return timeline.become('GOOD', Math.max(sinceMs, timeline.state === 'STALE' ? heardMs : upMs));
  }
}

/** The image that was there is none any more. `upMs`: when the session for the next one came up, 0 unseen. */
function awaitImage(cell: Cell, atMs: number, upMs: number): void {
  cell.hasImage = false;
  cell.isOverdue = false;
  cell.withdrawnMs = undefined;
  cell.midTwice = 0;
  cell.waitingMs = atMs;
  cell.sawUp = upMs >= atMs && upMs > 0;
}

const seconds = (ms: number): number => Math.floor(ms / 1_000) * 1_000;

/** Made once for each thresholds object, which changes with the configuration only. */
const limits = new WeakMap<QualityThresholds, { spikeBasisPoints?: number; wideBasisPoints?: number }>();

function limitsOf(thresholds: QualityThresholds) {
  const known = limits.get(thresholds);
  if (known !== undefined) return known;
  const { spikeBasisPoints, wideBasisPoints } = thresholds;
  const made = {
    ...(spikeBasisPoints === 0 ? {} : { spikeBasisPoints }),
    ...(wideBasisPoints === 0 ? {} : { wideBasisPoints }),
  };
  limits.set(thresholds, made);
  return made;
}

interface Seen {
  readonly bid: number;
  readonly ask: number;
  readonly reference: number | undefined;
  readonly levels: number;
  readonly thresholds: QualityThresholds;
}

function peakOf(state: QualityState, { bid, ask, reference, levels, thresholds }: Seen): number {
  if (state === 'PARTIAL') return Math.max(0, thresholds.levelsMin - Math.floor(levels));
  if (state === 'SPIKE') return (10_000 * Math.abs(bid + ask - reference!)) / reference!;
  return (20_000 * Math.abs(ask - bid)) / (bid + ask);
}
