/**
 * The WebSocket stream `/api/v1/stream`. The client's first message is `auth`; then it subscribes to
 * channels under ids of its choice. Each subscription gets one `snapshot`, then `update`s. A snapshot of
 * orders, executions or events has the newest; `next` is the cursor by which REST reads on from it. Prices
 * are conflated per client; orders, executions and positions carry journal sequences, so a reader drops what
 * is older than what it has. A client whose queue of non-price messages is full is closed with code 1013 and
 * comes back to a new snapshot.
 */
import { z } from 'zod';
import type { IndicativeView } from './bloomberg.ts';
import type { CaseSignal } from './cases.ts';
import type { SystemEvent } from './monitoring.ts';
import type { ExecutionView, OrderView, PositionView } from './orders.ts';
import type { PriceView } from './prices.ts';
import type { QualityStateView } from './quality.ts';
import type { SessionStatus } from './sessions.ts';

const subscription = z.string().min(1).max(32);

export const streamRequest = z.discriminatedUnion('op', [
  z.object({ op: z.literal('auth'), token: z.string().max(4096) }),
  z.object({
    op: z.literal('subscribe'),
    id: subscription,
    channel: z.enum([
      'prices',
      'indicative',
      'orders',
      'executions',
      'positions',
      'sessions',
      'events',
      'cases',
      'quality',
    ]),
    /** For prices and indicative: instrument ids (absent: all permitted). `depth`, for prices: levels. */
    instruments: z.array(z.string().max(64)).max(200).optional(),
    depth: z.int().min(1).max(10).optional(),
    /** For prices and indicative: least milliseconds between two updates. Absent: as often as there are. */
    everyMs: z.int().min(1).max(60_000).optional(),
  }),
  z.object({ op: z.literal('unsubscribe'), id: subscription }),
  z.object({ op: z.literal('ping'), at: z.number() }),
]);
export type StreamRequest = z.infer<typeof streamRequest>;
export type StreamChannel = Extract<StreamRequest, { op: 'subscribe' }>['channel'];

export interface StreamData {
  readonly prices: readonly PriceView[];
  /** Prices of indicative feeds (Bloomberg), one row per feed and instrument; never tradable. */
  readonly indicative: readonly IndicativeView[];
  readonly orders: readonly OrderView[];
  readonly executions: readonly ExecutionView[];
  readonly positions: readonly PositionView[];
  readonly sessions: readonly SessionStatus[];
  readonly events: readonly SystemEvent[];
  /** For operators: cases that were opened or answered; the snapshot has the open ones. */
  readonly cases: readonly CaseSignal[];
  /** States of providers' data: the snapshot has those that hold; one that ended comes with its end. */
  readonly quality: readonly QualityStateView[];
}

export type StreamMessage =
  | { readonly op: 'ready'; readonly serverTimeMs: number }
  | {
      [C in StreamChannel]: {
        readonly op: 'snapshot' | 'update';
        readonly id: string;
        readonly channel: C;
        readonly data: StreamData[C];
        /** Of a snapshot that does not have all: `before` of the page that follows; null: it has all. */
        readonly next?: string | null;
        /** Of a snapshot: how many rows there are, counted to 20,000. */
        readonly total?: number;
      };
    }[StreamChannel]
  | { readonly op: 'error'; readonly id: string | null; readonly code: string; readonly text: string }
  | { readonly op: 'pong'; readonly at: number; readonly serverTimeMs: number };
