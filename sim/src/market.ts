/**
 * The one market that all simulated providers see: a mid price per instrument, moved by a mean-reverting
 * random walk in fixed time steps. A pure function of (seed, time passed): the same seed and the same number
 * of steps give the same prices. EUR/GBP is not drawn but follows from EUR/USD and GBP/USD, so that no
 * triangle is open.
 */
import { instruments } from './instruments.ts';
import { Random } from './random.ts';

const STEP_MS = 10;
/** After a pause longer than this (a suspended machine) the missing steps are left out. */
const CATCH_UP_STEPS_MAX = 1_000;
const YEAR_SECONDS = 260 * 86_400;
/** Share of the way back to the start price that a second takes: half of it in about an hour. */
const REVERSION_PER_SECOND = 0.0002;

export class Market {
  readonly #random: Random;
  /** Relative distance from the start price, by position in `instruments`. */
  readonly #distance: Float64Array;
  readonly #stepVolatility: Float64Array;
  readonly #mids: Float64Array;
  readonly #positions: ReadonlyMap<string, number>;
  #steppedToMs: number | undefined;
  #steps = 0;

  constructor(seed: number) {
    this.#random = new Random(seed, 'market');
    this.#distance = new Float64Array(instruments.length);
    this.#stepVolatility = Float64Array.from(
      instruments,
      (each) => each.yearlyVolatility * Math.sqrt(STEP_MS / 1000 / YEAR_SECONDS),
    );
    this.#mids = Float64Array.from(instruments, (each) => each.startPoints);
    this.#positions = new Map(instruments.map((each, position) => [each.document.symbol, position]));
    this.#cross();
  }

  /** Steps made so far. */
  get steps(): number {
    return this.#steps;
  }

  /** Moves the market to `nowMs` (any clock that does not go back; the first call sets its origin). */
  advance(nowMs: number): void {
    if (this.#steppedToMs === undefined) this.#steppedToMs = nowMs;
    let due = Math.floor((nowMs - this.#steppedToMs) / STEP_MS);
    if (due <= 0) return;
    this.#steppedToMs += due * STEP_MS;
    due = Math.min(due, CATCH_UP_STEPS_MAX);
    for (let step = 0; step < due; step += 1) this.#step();
    this.#cross();
  }

  /** Mid price in points, with a fraction; `undefined` for a symbol that is not traded here. */
  mid(symbol: string): number | undefined {
    const position = this.#positions.get(symbol);
    return position === undefined ? undefined : this.#mids[position];
  }

  #step(): void {
    this.#steps += 1;
    const reversion = (REVERSION_PER_SECOND * STEP_MS) / 1000;
    for (let position = 0; position < instruments.length; position += 1) {
      const distance = this.#distance[position] as number;
      const moved =
        distance - distance * reversion + (this.#stepVolatility[position] as number) * this.#random.normal();
      // A price never leaves (20 %, 500 %) of its start, whatever the draw.
      this.#distance[position] = Math.min(4, Math.max(-0.8, moved));
      const start = instruments[position]?.startPoints ?? 0;
      this.#mids[position] = start * (1 + (this.#distance[position] as number));
    }
  }

  #cross(): void {
    const euro = this.#mids[this.#positions.get('EUR/USD') ?? -1];
    const sterling = this.#mids[this.#positions.get('GBP/USD') ?? -1];
    const cross = this.#positions.get('EUR/GBP');
    if (euro === undefined || sterling === undefined || cross === undefined) {
      throw new Error('triangle is incomplete');
    }
    this.#mids[cross] = (euro / sterling) * 10 ** (instruments[cross]?.document.priceScale ?? 0);
  }
}
