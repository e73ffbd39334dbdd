/** How a simulated liquidity provider behaves, as data. Three of them make a world worth aggregating. */

export interface Personality {
  /** Venue id; the provider's SenderCompID is its upper case. */
  readonly venue: string;
  /** Multiple of the instrument's tight spread. */
  readonly spreadFactor: number;
  /** Price levels per side. */
  readonly depth: number;
  /** Multiple of the instrument's usual size. */
  readonly sizeFactor: number;
  /** Share of all ticks, against the other providers. */
  readonly tickWeight: number;
  /** Time from the arrival of an order message to its being looked at, [min, max] milliseconds. */
  readonly latencyMs: readonly [number, number];
  /** Absent: quotes are firm. */
  readonly lastLook?: {
    /** How long an order that could trade is held, [min, max] milliseconds. */
    readonly holdMs: readonly [number, number];
    readonly rejectProbability: number;
    /** Refused when the price moved against the provider by more than this many spreads during the hold. */
    readonly toleranceSpreads: number;
  };
  /** Share of new orders refused at once. */
  readonly rejectProbability: number;
  /** Share of trades that fill only a part of what they could. */
  readonly partialProbability: number;
}

/** Tight, small, fast, firm. */
export const alpha: Personality = {
  venue: 'alpha',
  spreadFactor: 1,
  depth: 5,
  sizeFactor: 1,
  tickWeight: 5,
  latencyMs: [0, 0],
  rejectProbability: 0,
  partialProbability: 0,
};

/** Medium, with last look, rejects and partial fills. */
export const bravo: Personality = {
  venue: 'bravo',
  spreadFactor: 2,
  depth: 8,
  sizeFactor: 3,
  tickWeight: 3,
  latencyMs: [0, 2],
  lastLook: { holdMs: [20, 60], rejectProbability: 0.03, toleranceSpreads: 4 },
  rejectProbability: 0,
  partialProbability: 0.25,
};

/** Wide, deep, slower. */
export const charlie: Personality = {
  venue: 'charlie',
  spreadFactor: 5,
  depth: 10,
  sizeFactor: 10,
  tickWeight: 2,
  latencyMs: [5, 15],
  rejectProbability: 0,
  partialProbability: 0,
};

export const personalities: ReadonlyMap<string, Personality> = new Map(
  [alpha, bravo, charlie].map((each) => [each.venue, each]),
);
