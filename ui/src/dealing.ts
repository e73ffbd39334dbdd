/**
 * What dealing needs beside prices and rows, for as long as the user is signed in: the tiles, the arming of
 * one click, the dealer's own sizes, the account dealt for, orders without a known outcome, and the beat by
 * which the page's own clock closes buttons.
 */
import type { OrderView, PositionView } from '@tidegate/wire/orders';
import type { InstrumentView, MeView, TradingStateView } from '@tidegate/wire/rest';
import type { Api } from './api/client.ts';
import { Cell } from './cell.ts';
import { UnresolvedOrders } from './orders/unresolved.ts';
import { DealingTile } from './prices/dealing.tile.ts';
import { keptSizes, readOwnSizes, usualSizes, type OwnSizes, type TypedSizes } from './prices/own.sizes.ts';
import type { Prices } from './prices/prices.state.ts';
import { Arming } from './shell/arming.ts';
import type { Notices } from './shell/notices.ts';
import type { StreamPhase } from './stream/protocol.ts';
import type { LiveRows } from './stream/rows.ts';
import type { ServerClock } from './stream/server.clock.ts';

const BEAT_MS = 250;
/** The first connection of a desk may take so long before it is said that there is none. */
const FIRST_CONNECTION_MS = 3_000;

/** What is asked before an order is sent. */
export interface Question {
  readonly title: string;
  readonly reasons: readonly string[];
  readonly yes: string;
  readonly side: 'buy' | 'sell';
  readonly onYes: () => void;
}

export interface DealingAround {
  readonly api: Api;
  readonly me: MeView;
  readonly instruments: readonly InstrumentView[];
  readonly prices: Prices;
  readonly orders: LiveRows<OrderView>;
  readonly positions: LiveRows<PositionView>;
  readonly phase: Cell<StreamPhase>;
  readonly tradingStates: Cell<readonly TradingStateView[]>;
  readonly serverClock: ServerClock;
  readonly notices: Notices;
  readonly isSilent: (nowMs: number) => boolean;
}

export class Dealing {
  readonly arming = new Arming();
  readonly unresolved: UnresolvedOrders;
  readonly question = new Cell<Question | null>(null);
  /** Account dealt for. */
  readonly account: Cell<string>;
  /** UTC milliseconds since when there is no connection; null while there is. */
  readonly lostAtMs = new Cell<number | null>(null);
  /** Grows with each change of the dealer's own sizes. */
  readonly sizesVersion = new Cell(0);
  /** Instrument whose sizes are shown in a dialog; empty: none. */
  readonly sizesOf = new Cell('');
  readonly tiles: ReadonlyMap<string, DealingTile>;
  readonly #around: DealingAround;
  readonly #openedAtMs = Date.now();
  readonly #sizes = new Map<string, OwnSizes>();
  readonly #stops: (() => void)[];

  constructor(around: DealingAround) {
    this.#around = around;
    const { me, instruments, orders, phase } = around;
    this.account = new Cell(me.account);
    this.#readSizes();
    const key = `tidegate.unresolved.${me.user}`;
    this.unresolved = new UnresolvedOrders({
      api: around.api,
      store: {
        read: () => localStorage.getItem(key),
        write: (text) => localStorage.setItem(key, text),
      },
      nowMs: Date.now,
      found: (order) => orders.apply({ op: 'update', rows: [order] }, performance.now()),
      neverTaken: ({ clOrdId, instrument, text }) => {
        this.tiles.get(instrument)?.neverTaken(clOrdId);
        around.notices.tell('warn', `${text}: it never arrived, nothing was dealt`);
      },
    });
    this.tiles = new Map(instruments.map((each) => [each.id, this.#tile(each)]));
    const beat = setInterval(() => this.#beat(performance.now()), BEAT_MS);
    this.#stops = [
      () => clearInterval(beat),
      orders.listen((order) => this.unresolved.hear(order)),
      phase.watch(() => this.#phase()),
      this.#listenToUser(),
    ];
  }

  close(): void {
    for (const stop of this.#stops) stop();
    for (const tile of this.tiles.values()) tile.close();
  }

  ownSizes = (instrument: InstrumentView): OwnSizes =>
    this.#sizes.get(instrument.id) ?? usualSizes(instrument);

  /** What was typed is kept as it was typed; null brings the usual ones back. */
  setOwnSizes(instrument: InstrumentView, typed: TypedSizes | null): void {
    const kept = new Map(keptSizes(localStorage.getItem(this.#sizesKey)));
    if (typed === null) kept.delete(instrument.id);
    else kept.set(instrument.id, typed);
    localStorage.setItem(this.#sizesKey, JSON.stringify(Object.fromEntries(kept)));
    this.#readSizes();
    this.sizesVersion.set(this.sizesVersion.read() + 1);
  }

  /** The user's own firm's. */
  tradingState = (): TradingStateView['state'] =>
    this.#around.tradingStates.read().find(({ firm }) => firm === this.#around.me.firm)?.state ?? 'active';

  get #sizesKey(): string {
    return `tidegate.sizes.${this.#around.me.user}`;
  }

  #readSizes(): void {
    this.#sizes.clear();
    const kept = keptSizes(localStorage.getItem(this.#sizesKey));
    for (const instrument of this.#around.instruments) {
      const typed = kept.get(instrument.id);
      const read = typed === undefined ? undefined : readOwnSizes(typed, instrument);
      if (read?.ok === true) this.#sizes.set(instrument.id, read.sizes);
    }
  }

  #tile(instrument: InstrumentView): DealingTile {
    const { api, prices, orders, phase, serverClock, isSilent, me, positions } = this.#around;
    return new DealingTile(instrument, {
      api,
      prices,
      orders,
      phase,
      serverClock,
      isSilent,
      tradingState: this.tradingState,
      position: (id) => positions.get(`${me.firm}/${this.account.read()}/${id}`)?.quantity ?? '0',
      ownSizes: this.ownSizes,
      account: () => (this.account.read() === me.account ? undefined : this.account.read()),
      unresolved: this.unresolved,
    });
  }

  #beat(nowMs: number): void {
    for (const tile of this.tiles.values()) tile.look(nowMs);
    this.arming.tick(nowMs);
    this.unresolved.tick();
    const isLate = Date.now() - this.#openedAtMs > FIRST_CONNECTION_MS;
    if (isLate && this.#around.phase.read() !== 'live' && this.lostAtMs.read() === null)
      this.lostAtMs.set(this.#openedAtMs);
  }

  #phase(): void {
    const phase = this.#around.phase.read();
    if (phase === 'live') this.lostAtMs.set(null);
    else if (phase === 'waiting' && this.lostAtMs.read() === null) this.lostAtMs.set(Date.now());
  }

  #listenToUser(): () => void {
    const touch = (): void => this.arming.touch(performance.now());
    const names = ['pointerdown', 'pointermove', 'keydown', 'wheel'] as const;
    for (const name of names) window.addEventListener(name, touch, { passive: true });
    return () => {
      for (const name of names) window.removeEventListener(name, touch);
    };
  }
}
