/** For tests of a provider: a desk under the test's clock, and its usual orders and quotes. */
import type {
  ExecutionReport,
  Fill,
  NewOrder,
  ProviderInput,
  ProviderOutput,
  ReplaceOrder,
} from './provider.messages.ts';
import { Provider } from './provider.ts';
import { alpha, type Personality } from './personality.ts';

export const EURUSD = 'EUR/USD';

export class Desk {
  readonly provider: Provider;
  readonly out: ProviderOutput[] = [];
  nowMs = 1_000;

  constructor(personality: Personality, seed = 1) {
    this.provider = new Provider({ personality, seed, idPrefix: 'T-' });
  }

  do(input: ProviderInput): readonly ProviderOutput[] {
    const outputs = this.provider.decide(input, this.nowMs);
    this.out.push(...outputs);
    return outputs;
  }

  /** Lets time pass until nothing is due within it. */
  pass(ms: number): void {
    const endMs = this.nowMs + ms;
    for (;;) {
      const due = this.provider.nextDueMs;
      if (due === undefined || due > endMs) break;
      this.nowMs = Math.max(this.nowMs, due);
      this.do({ kind: 'wake' });
    }
    this.nowMs = endMs;
  }

  reports(clOrdId?: string): ExecutionReport[] {
    return this.out.filter(
      (each): each is ExecutionReport =>
        each.kind === 'execution' && (clOrdId === undefined || each.clOrdId === clOrdId),
    );
  }

  get fills(): Fill[] {
    return this.out.filter((each): each is Fill => each.kind === 'fill');
  }

  types(clOrdId: string): string {
    return this.reports(clOrdId)
      .map((each) => each.execType + each.status)
      .join(' ');
  }
}

export function order(clOrdId: string, change: Partial<NewOrder> = {}): NewOrder {
  return {
    kind: 'order',
    client: 'C',
    clOrdId,
    symbol: EURUSD,
    side: 'buy',
    type: 'limit',
    price: 108_510,
    quantity: 1_000,
    timeInForce: 'ioc',
    possResend: false,
    ...change,
  };
}

export function market(clOrdId: string, change: Partial<NewOrder> = {}): NewOrder {
  const { price: _price, ...rest } = order(clOrdId, change);
  return { ...rest, type: 'market' };
}

export function cancel(clOrdId: string, origClOrdId: string): ProviderInput {
  return { kind: 'cancel', client: 'C', clOrdId, origClOrdId, symbol: EURUSD, side: 'buy' };
}

export function replace(
  clOrdId: string,
  origClOrdId: string,
  change: Partial<ReplaceOrder> = {},
): ReplaceOrder {
  return {
    kind: 'replace',
    client: 'C',
    clOrdId,
    origClOrdId,
    symbol: EURUSD,
    side: 'buy',
    quantity: 1_000,
    ...change,
  };
}

/** Alpha with asks 108505 × 600, 108510 × 1000 and bids 108500 × 600, 108495 × 1000. */
export function quoted(personality: Personality = alpha): Desk {
  const desk = new Desk(personality);
  push(desk);
  return desk;
}

export function push(
  desk: Desk,
  asks: number[] = [108_505, 600, 108_510, 1_000],
  bids = [108_500, 600, 108_495, 1_000],
): void {
  desk.do({ kind: 'push', symbol: EURUSD, bids, asks });
}
