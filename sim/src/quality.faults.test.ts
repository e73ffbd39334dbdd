/**
 * Fourteen kinds of faults, one after the other, in a simulated market of a seed: each is found with its
 * bounds to the millisecond, and nothing else is.
 */
import type { ExcuseReason, QualityState, Span } from '@tidegate/core/quality/state';
import { QualityWatch, sessionSilenceMs } from '@tidegate/core/quality/watch';
import { describe, expect, it } from 'vitest';
import { Market } from './market.ts';
import { Random } from './random.ts';

const kinds = [
  'silentInstrument',
  'silentSource',
  'crossed',
  'wide',
  'spike',
  'oneSide',
  'noLevels',
  'zeroQuantity',
  'unsorted',
  'lost',
  'sessionLost',
  'gatewayGone',
  'announced',
  'blind',
] as const;
type Kind = (typeof kinds)[number];

const startMs = 1_800_000_000_000;
const staleAfterMs = 2_000;
const slotMs = 24_000;
const sources = ['alpha', 'bravo', 'charlie'];
const symbols = ['EUR/USD', 'USD/JPY', 'XAU/USD'];
const thresholds = { staleAfterMs, spikeBasisPoints: 100, wideBasisPoints: 50, levelsMin: 1 };

interface Fault {
  readonly kind: Kind;
  readonly source: string;
  readonly symbol: string;
  readonly fromMs: number;
  readonly toMs: number;
}

interface Cell {
  readonly source: string;
  readonly symbol: string;
  sequence: number;
  epoch: number;
  nextMs: number;
  /** Receipts of images that came. */
  readonly cameMs: number[];
}

const isWhole = (kind: Kind): boolean =>
  ['silentSource', 'sessionLost', 'gatewayGone', 'blind'].includes(kind);

/** One fault in each slot, in an order and at instants of the seed. */
function faultsOf(random: Random): Fault[] {
  const order = kinds
    .map((kind) => ({ kind, at: random.unit() }))
    .toSorted((left, right) => left.at - right.at);
  return order.map(({ kind }, slot) => {
    const fromMs = startMs + slot * slotMs + 5_000 + Math.floor(random.unit() * 3_000);
    const drawn = 5_500 + Math.floor(random.unit() * 2_000);
    // Longer than a gateway may be silent; shorter than an instrument may.
    const lengthMs = kind === 'gatewayGone' ? 10_000 : kind === 'lost' ? 1_200 : drawn;
    const [source, symbol] = [sources, symbols].map(
      (names) => names[Math.floor(random.unit() * names.length)]!,
    ) as [string, string];
    const isBySecond = kind === 'announced' || kind === 'blind';
    const whole = (ms: number): number => (isBySecond ? Math.floor(ms / 1_000) * 1_000 : ms);
    return { kind, source, symbol, fromMs: whole(fromMs), toMs: whole(fromMs + lengthMs) };
  });
}

/** What the fault makes of a good image; undefined: it does not come. */
function imageOf(kind: Kind | undefined, mid: number): { bids: number[]; asks: number[] } | undefined {
  const [bid, ask] = [Math.round(mid * 0.99995), Math.round(mid * 1.00005)];
  switch (kind) {
    case undefined:
    case 'announced':
      return { bids: [bid, 100], asks: [ask, 100] };
    case 'crossed':
      return { bids: [ask, 100], asks: [bid, 100] };
    case 'wide':
      return { bids: [Math.round(mid * 0.996), 100], asks: [Math.round(mid * 1.004), 100] };
    case 'spike':
      return { bids: [Math.round(bid * 1.03), 100], asks: [Math.round(ask * 1.03), 100] };
    case 'oneSide':
      return { bids: [bid, 100], asks: [] };
    case 'noLevels':
      return { bids: [], asks: [] };
    case 'zeroQuantity':
      return { bids: [bid, 0], asks: [ask, 100] };
    case 'unsorted':
      return { bids: [bid - 1, 100, bid, 100], asks: [ask, 100] };
    default:
      return undefined;
  }
}

class Day {
  readonly spans: Span[] = [];
  readonly cells: Cell[];
  readonly faults: readonly Fault[];
  readonly heardMs = new Map<string, number[]>(sources.map((source) => [source, []]));
  private readonly random: Random;
  private readonly market: Market;
  private readonly watch: QualityWatch;

  constructor(seed: number) {
    this.random = new Random(seed, 'quality');
    this.market = new Market(seed);
    this.faults = faultsOf(this.random);
    this.cells = sources.flatMap((source) =>
      symbols.map((symbol) => ({ source, symbol, sequence: 0, epoch: 1, nextMs: startMs, cameMs: [] })),
    );
    this.watch = new QualityWatch(startMs, (source, instrument, atMs) =>
      this.excuse(source, instrument, atMs),
    );
    const instruments = new Map(symbols.map((symbol) => [symbol, thresholds]));
    this.watch.configure(
      sources.map((source) => ({ source, hasSession: true, instruments })),
      startMs,
    );
  }

  private excuse(source: string, instrument: string, atMs: number): ExcuseReason | undefined {
    const isMeant = this.faults.some(
      (fault) =>
        fault.kind === 'announced' &&
        fault.source === source &&
        fault.symbol === instrument &&
        atMs >= fault.fromMs &&
        atMs < fault.toMs,
    );
    return isMeant ? 'announced' : undefined;
  }

  run(): void {
    const endMs = startMs + this.faults.length * slotMs;
    for (let ms = startMs; ms < endMs; ms += 1) {
      const fault = this.faults[Math.floor((ms - startMs) / slotMs)]!;
      const isOn = ms >= fault.fromMs && ms < fault.toMs;
      this.market.advance(ms);
      this.sessions(ms, fault, isOn);
      for (const cell of this.cells) if (ms >= cell.nextMs) this.quote(cell, ms, fault, isOn);
      if (ms % 1_000 === 0 && !(fault.kind === 'blind' && isOn && ms !== fault.fromMs)) {
        this.watch.tick(ms);
        this.spans.push(...this.watch.drain());
      }
    }
    this.watch.tick(endMs);
    this.spans.push(...this.watch.drain());
  }

  private sessions(ms: number, fault: Fault, isOn: boolean): void {
    if (fault.kind === 'sessionLost' && ms === fault.fromMs) {
      for (const cell of this.cells) {
        if (cell.source !== fault.source) continue;
        cell.epoch += 1;
        cell.sequence = 0;
        this.send(cell, ms, { bids: [], asks: [] });
        cell.epoch += 1;
        cell.sequence = 0;
      }
      this.watch.session(fault.source, { isUp: false, sinceMs: ms, heardMs: ms });
    }
    if (fault.kind === 'sessionLost' && ms === fault.toMs)
      this.watch.session(fault.source, { isUp: true, sinceMs: ms, heardMs: ms });
    if ((ms - startMs) % 2_000 !== 700) return;
    for (const source of sources) {
      const isAway = isOn && (fault.kind === 'blind' || source === fault.source);
      if (isAway && ['sessionLost', 'gatewayGone', 'blind'].includes(fault.kind)) continue;
      this.heardMs.get(source)!.push(ms);
      this.watch.session(source, { isUp: true, sinceMs: startMs - 1, heardMs: ms });
    }
  }

  private quote(cell: Cell, ms: number, fault: Fault, isOn: boolean): void {
    cell.nextMs = ms + 60 + Math.floor(this.random.unit() * 200);
    const isSource = fault.kind === 'blind' || cell.source === fault.source;
    const isMeant = isOn && isSource && (isWhole(fault.kind) || cell.symbol === fault.symbol);
    if (isMeant && fault.kind === 'lost') {
      // Every image within it is lost on its way.
      cell.sequence += 1;
      return;
    }
    const image = imageOf(isMeant ? fault.kind : undefined, this.market.mid(cell.symbol)!);
    if (image === undefined) return;
    this.send(cell, ms, image);
    cell.cameMs.push(ms);
  }

  private send(cell: Cell, ms: number, image: { bids: number[]; asks: number[] }): void {
    cell.sequence += 1;
    this.watch.quote({
      venue: cell.source,
      instrument: cell.symbol,
      epoch: cell.epoch,
      sequence: cell.sequence,
      ...image,
      receivedAtMs: ms,
      receivedMonoMs: ms,
    });
  }

  /** What was not good after the first second, as text. */
  found(): string[] {
    const last = new Map(
      this.spans.map((span) => [`${span.source} ${span.instrument} ${span.fromMs}`, span]),
    );
    return [...last.values()]
      .filter(({ state, fromMs }) => state !== 'GOOD' && fromMs > startMs + 1_000)
      .map(({ source, instrument, state, fromMs, toMs }) => line(source, instrument, state, fromMs, toMs!));
  }
}

const line = (
  source: string,
  instrument: string,
  state: QualityState,
  fromMs: number,
  toMs: number,
): string => `${source} ${instrument} ${state} ${fromMs - startMs} ${toMs - startMs}`;

const stateOf: Readonly<Partial<Record<Kind, QualityState>>> = {
  crossed: 'CROSSED',
  wide: 'WIDE',
  spike: 'SPIKE',
  oneSide: 'PARTIAL',
  noLevels: 'PARTIAL',
  zeroQuantity: 'PARTIAL',
  unsorted: 'PARTIAL',
  announced: 'EXCUSED',
};

/** From what the injector knows alone: when images came, and when the fault was on. */
function expectedOf(fault: Fault, day: Day): string[] {
  const { kind, source, symbol, fromMs, toMs } = fault;
  const meant = day.cells.filter(
    (cell) => (kind === 'blind' || cell.source === source) && (isWhole(kind) || cell.symbol === symbol),
  );
  const before = ({ cameMs }: Cell): number => cameMs.findLast((ms) => ms < fromMs)!;
  const after = ({ cameMs }: Cell): number => cameMs.find((ms) => ms >= toMs)!;
  const first = Math.min(...meant.map(after));
  const silent = Math.max(...meant.map(before)) + staleAfterMs;
  const each = (state: QualityState, from: (cell: Cell) => number, to = after): string[] =>
    meant.map((cell) => line(cell.source, cell.symbol, state, from(cell), to(cell)));
  switch (kind) {
    case 'silentInstrument':
      return each('STALE', (cell) => before(cell) + staleAfterMs);
    case 'silentSource':
      return [
        ...each('STALE', (cell) => before(cell) + staleAfterMs),
        line(source, '*', 'STALE', silent, first),
      ];
    case 'lost':
      return each('GAP', before);
    case 'sessionLost':
      return [...each('DOWN', () => fromMs), line(source, '*', 'DOWN', fromMs, toMs)];
    case 'gatewayGone': {
      const heard = day.heardMs.get(source)!;
      const goneMs =
        Math.max(
          ...meant.map(before),
          heard.findLast((ms) => ms < fromMs)!,
        ) + sessionSilenceMs;
      const backMs = Math.min(
        first,
        heard.find((ms) => ms >= toMs)!,
      );
      return [
        ...each(
          'STALE',
          (cell) => before(cell) + staleAfterMs,
          () => goneMs,
        ),
        ...each('DOWN', () => goneMs),
        line(source, '*', 'STALE', silent, goneMs),
        line(source, '*', 'DOWN', goneMs, backMs),
      ];
    }
    case 'announced':
      return [line(source, symbol, 'EXCUSED', fromMs, toMs)];
    case 'blind':
      return [];
    default:
      return each(stateOf[kind]!, ({ cameMs }) => cameMs.find((ms) => ms >= fromMs)!);
  }
}

describe('faults of a day', () => {
  it.each([1, 2, 3, 4, 5, 6])('are found with exact bounds, and nothing else is: seed %i', (seed) => {
    const day = new Day(seed);
    day.run();
    const blind = day.faults.find(({ kind }) => kind === 'blind')!;
    const isBlind = (text: string): boolean => text.includes('UNKNOWN');
    const found = day.found();
    const expected = day.faults.flatMap((fault) => expectedOf(fault, day));
    expect(found.filter((text) => !isBlind(text)).toSorted()).toEqual(expected.toSorted());
    // While the monitor did not look, each source and each instrument is UNKNOWN, to the first that it heard.
    const unknown = found.filter(isBlind);
    expect(unknown).toHaveLength(sources.length * (symbols.length + 1));
    for (const text of unknown) {
      const [fromMs, toMs] = text.split(' ').slice(-2).map(Number) as [number, number];
      expect(fromMs).toBe(blind.fromMs - startMs);
      expect(toMs).toBeGreaterThanOrEqual(blind.toMs - startMs);
      expect(toMs).toBeLessThan(blind.toMs - startMs + 2_000);
    }
  });
});
