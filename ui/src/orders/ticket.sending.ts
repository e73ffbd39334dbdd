/**
 * From a checked ticket to an order on its way: the price shown goes with it, and it is known before it
 * leaves.
 */
import type { SubmitOrderRequest } from '@tidegate/wire/orders';
import type { InstrumentView } from '@tidegate/wire/rest';
import type { Desk } from '../desk.ts';
import { shortSize } from '../prices/price.format.ts';
import { newClOrdId, submitOrder, type Submission } from './submission.ts';

/** Best price of the side taken from, as the page has it now; null without one. */
export function bestOf({ prices }: Pick<Desk, 'prices'>, instrument: string, side: 'buy' | 'sell') {
  const price = prices.get(instrument)?.price;
  return (side === 'buy' ? price?.asks[0] : price?.bids[0])?.[0] ?? null;
}

export function ticketRequest(
  desk: Pick<Desk, 'prices' | 'dealing' | 'me'>,
  order: Omit<SubmitOrderRequest, 'clOrdId'>,
): SubmitOrderRequest {
  const shownPrice = bestOf(desk, order.instrument, order.side);
  const account = desk.dealing.account.read();
  return {
    clOrdId: newClOrdId(),
    ...order,
    ...(shownPrice === null ? {} : { shownPrice }),
    ...(account === desk.me.account ? {} : { account }),
  };
}

export async function sendTicket(
  desk: Pick<Desk, 'api' | 'serverClock' | 'dealing'>,
  { symbol }: Pick<InstrumentView, 'symbol'>,
  request: SubmitOrderRequest,
): Promise<Submission> {
  const { unresolved } = desk.dealing;
  const verb = request.side === 'buy' ? 'Buying' : 'Selling';
  const price = request.price === undefined ? 'at market' : `@ ${request.price}`;
  unresolved.sent({
    clOrdId: request.clOrdId,
    instrument: request.instrument,
    text: `${verb} ${shortSize(request.quantity)} ${symbol} ${price}`,
    sentAtMs: Date.now(),
    isClick: false,
    mayRest: request.timeInForce === 'day' || request.timeInForce === 'gtc',
  });
  const submission = await submitOrder(desk, request);
  if (submission.kind === 'refused') unresolved.resolved(request.clOrdId);
  return submission;
}
