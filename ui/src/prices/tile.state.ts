/**
 * A tile: its market (may I deal? `market.state.ts`) and its order (what became of my click?), a complete
 * transition table. What is shown is the order while there is one, otherwise the market. An outcome is never
 * guessed: after 30 s without an answer the tile says so and still takes the late outcome.
 */
import type { OrderView } from '@tidegate/wire/orders';
import { noMarket, type Market, type MarketState, type Side } from './market.state.ts';

export const orderStates = [
  'idle',
  'sending',
  'tooLong',
  'timeout',
  'unknown',
  'filled',
  'partiallyFilled',
  'rejected',
] as const;
export type TileOrderState = (typeof orderStates)[number];
export type TileOrderEvent =
  | 'send'
  | 'orderFilled'
  | 'orderPartiallyFilled'
  | 'orderRejected'
  | 'orderUnknown'
  | 'twoSeconds'
  | 'thirtySeconds'
  | 'dismiss';

export type TileState = MarketState | Exclude<TileOrderState, 'idle'>;

const outcomes = {
  orderFilled: 'filled',
  orderPartiallyFilled: 'partiallyFilled',
  orderRejected: 'rejected',
  orderUnknown: 'unknown',
} as const;
/** A closed order's outcome is final. */
const final = (
  state: 'filled' | 'partiallyFilled' | 'rejected',
): Readonly<Record<TileOrderEvent, TileOrderState>> => ({
  send: 'sending',
  orderFilled: state,
  orderPartiallyFilled: state,
  orderRejected: state,
  orderUnknown: state,
  twoSeconds: state,
  thirtySeconds: state,
  dismiss: 'idle',
});

export const orderTable: Readonly<Record<TileOrderState, Readonly<Record<TileOrderEvent, TileOrderState>>>> =
  {
    idle: {
      send: 'sending',
      orderFilled: 'idle',
      orderPartiallyFilled: 'idle',
      orderRejected: 'idle',
      orderUnknown: 'idle',
      twoSeconds: 'idle',
      thirtySeconds: 'idle',
      dismiss: 'idle',
    },
    sending: {
      ...outcomes,
      send: 'sending',
      twoSeconds: 'tooLong',
      thirtySeconds: 'timeout',
      dismiss: 'sending',
    },
    tooLong: {
      ...outcomes,
      send: 'tooLong',
      twoSeconds: 'tooLong',
      thirtySeconds: 'timeout',
      dismiss: 'tooLong',
    },
    timeout: {
      ...outcomes,
      send: 'timeout',
      twoSeconds: 'timeout',
      thirtySeconds: 'timeout',
      dismiss: 'idle',
    },
    // The provider's answer is outstanding: time does not change that.
    unknown: {
      ...outcomes,
      send: 'unknown',
      twoSeconds: 'unknown',
      thirtySeconds: 'unknown',
      dismiss: 'idle',
    },
    filled: final('filled'),
    partiallyFilled: final('partiallyFilled'),
    rejected: final('rejected'),
  };

export interface Tile {
  readonly market: Market;
  readonly order: TileOrderState;
  /** ClOrdID of the order spoken of; empty without one. */
  readonly clOrdId: string;
  /** Refusal code and what to show beside the state. */
  readonly code: string;
  readonly text: string;
}

export type TileAction =
  | { readonly event: 'market'; readonly market: Market }
  | { readonly event: 'send'; readonly side: Side; readonly clOrdId: string; readonly text: string }
  /** After a reload: an order whose outcome is still to be known. */
  | { readonly event: 'resume'; readonly clOrdId: string; readonly text: string }
  | { readonly event: 'dismiss' }
  /** Outcomes and clocks name their order: one of an earlier order changes nothing. */
  | {
      readonly event: Exclude<TileOrderEvent, 'send' | 'dismiss'>;
      readonly clOrdId: string;
      readonly code?: string;
      readonly text?: string;
    };

export const newTile: Tile = { market: noMarket, order: 'idle', clOrdId: '', code: '', text: '' };

export function stepTile(tile: Tile, action: TileAction): Tile {
  switch (action.event) {
    case 'market':
      return isSameMarket(action.market, tile.market) ? tile : { ...tile, market: action.market };
    case 'resume': {
      if (tile.order !== 'idle') return tile;
      return { ...tile, order: 'timeout', clOrdId: action.clOrdId, code: '', text: action.text };
    }
    case 'send': {
      if (!canDeal(tile, action.side)) return tile;
      return {
        ...tile,
        order: orderTable[tile.order].send,
        clOrdId: action.clOrdId,
        code: '',
        text: action.text,
      };
    }
    case 'dismiss': {
      const order = orderTable[tile.order].dismiss;
      return order === tile.order ? tile : { ...tile, order, clOrdId: '', code: '', text: '' };
    }
    default: {
      if (action.clOrdId !== tile.clOrdId) return tile;
      const order = orderTable[tile.order][action.event];
      if (order === tile.order) return tile;
      return { ...tile, order, code: action.code ?? '', text: action.text ?? tile.text };
    }
  }
}

function isSameMarket(left: Market, right: Market): boolean {
  return left.state === right.state && left.buy === right.buy && left.sell === right.sell;
}

/** Only on an open side, and never while an order's outcome is open or a timeout is not acknowledged. */
export function canDeal(tile: Tile, side: Side): boolean {
  return tile.market[side] && orderTable[tile.order].send === 'sending' && tile.order !== 'sending';
}

/** An order is out and its outcome is not known. */
export const isOpenOrder = (tile: Tile): boolean =>
  tile.order === 'sending' ||
  tile.order === 'tooLong' ||
  tile.order === 'timeout' ||
  tile.order === 'unknown';

export const shownState = (tile: Tile): TileState => (tile.order === 'idle' ? tile.market.state : tile.order);

/** What an order view says to the tile that sent it; null while it is working. */
export function outcomeOf(
  order: OrderView,
): { readonly event: keyof typeof outcomes; readonly code: string } | null {
  const filled = /[1-9]/.test(order.filledQuantity);
  switch (order.status) {
    case 'filled':
      return { event: 'orderFilled', code: '' };
    case 'canceled':
    case 'expired':
      return filled
        ? { event: 'orderPartiallyFilled', code: order.code ?? '' }
        : { event: 'orderRejected', code: order.code ?? 'NOT_FILLED' };
    case 'rejected':
      return { event: 'orderRejected', code: order.code ?? 'REJECTED' };
    case 'new':
    case 'partiallyFilled':
    case 'pendingCancel':
      return order.unknown ? { event: 'orderUnknown', code: '' } : null;
  }
}
