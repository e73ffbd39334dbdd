/**
 * Sending an order. The ClOrdID is the idempotency key, so an unanswered request is sent once more with the
 * same one; still unanswered it is reported as such, never as a rejection.
 */
import { formatDecimal, parseDecimal } from '@tidegate/core/number/decimal';
import type { OrderView, SubmitOrderRequest } from '@tidegate/wire/orders';
import type { InstrumentView } from '@tidegate/wire/rest';
import type { Api } from '../api/client.ts';
import { ApiProblem, problemText } from '../api/problems.ts';
import type { ServerClock } from '../stream/server.clock.ts';

/** A repeat later than this could meet another market; the stream then tells the outcome. */
const REPEAT_WITHIN_MS = 2_000;
const REPEAT_AFTER_MS = 250;

export type Submission =
  | { readonly kind: 'accepted'; readonly orderId: string }
  | { readonly kind: 'refused'; readonly code: string; readonly text: string }
  | { readonly kind: 'noAnswer'; readonly text: string };

/** What it takes to send an order, and to say when the user clicked. */
export interface OrderDesk {
  readonly api: Pick<Api, 'submit'>;
  readonly serverClock: Pick<ServerClock, 'at'>;
}

/** Called by the click: both attempts say when that was. */
export async function submitOrder(
  { api, serverClock }: OrderDesk,
  request: SubmitOrderRequest,
): Promise<Submission> {
  const startedMs = performance.now();
  const sentAt = serverClock.at(startedMs);
  const first = await attempt(api, request, sentAt);
  if (first.kind !== 'noAnswer' || performance.now() - startedMs > REPEAT_WITHIN_MS) return first;
  await new Promise((resolve) => {
    setTimeout(resolve, REPEAT_AFTER_MS);
  });
  return attempt(api, request, sentAt);
}

async function attempt(
  api: Pick<Api, 'submit'>,
  request: SubmitOrderRequest,
  sentAt: string | undefined,
): Promise<Submission> {
  try {
    const result = await api.submit(request, sentAt);
    return { kind: 'accepted', orderId: result.orderId };
  } catch (error) {
    if (error instanceof ApiProblem && isRefusal(error)) {
      return { kind: 'refused', code: error.code, text: error.message };
    }
    return { kind: 'noAnswer', text: problemText(error) };
  }
}

/** A 503 of the API was not journaled. After any other 5xx the order may live: that is no refusal. */
const isRefusal = ({ status }: ApiProblem): boolean => status < 500 || status === 503;

/** A ClOrdID no other order of this user has: 96 random bits, 27 characters. */
export function newClOrdId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `ui-${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** A one-click order: limit, immediate or cancel, at the price the user saw. */
export function clickOrder(
  instrument: Pick<InstrumentView, 'id' | 'priceScale' | 'pipScale'>,
  side: OrderView['side'],
  quantity: string,
  shownPrice: string,
  tolerancePips = '0',
): SubmitOrderRequest {
  return {
    clOrdId: newClOrdId(),
    instrument: instrument.id,
    side,
    type: 'limit',
    quantity,
    price: limitWithin(instrument, side, shownPrice, tolerancePips),
    timeInForce: 'ioc',
    shownPrice,
  };
}

/**
 * The worst price that a click takes: the one shown, and a tolerance for what moves while the click travels.
 */
export function limitWithin(
  { priceScale, pipScale }: Pick<InstrumentView, 'priceScale' | 'pipScale'>,
  side: OrderView['side'],
  shownPrice: string,
  tolerancePips: string,
): string {
  const shown = parseDecimal(shownPrice, priceScale);
  const points = parseDecimal(tolerancePips, priceScale - pipScale);
  if (shown === undefined || points === undefined || points === 0) return shownPrice;
  return formatDecimal(side === 'buy' ? shown + points : Math.max(1, shown - points), priceScale);
}
