/** For tests of limits: a scenario with some, and amounts as people write them. */
import { parseBigDecimal } from '../number/decimal.ts';
import { Scenario, USDJPY } from '../order/desk.fixture.ts';
import { BASE_SCALE, termsOf, VALUE_SCALE, type Limit, type Measure } from './limit.ts';
import { Rates } from './rates.ts';

/** `maximum`: decimal text. */
export function limit(
  id: string,
  measure: Measure,
  maximum: string,
  rest: Partial<Omit<Limit, 'maximum'>> = {},
): Limit {
  const { unit } = termsOf(measure);
  const scale = unit === 'money' ? VALUE_SCALE : unit === 'quantity' ? BASE_SCALE : 0;
  return {
    id,
    measure,
    scope: {},
    currency: unit === 'money' ? 'USD' : '',
    windowMs: 0,
    maximum: parseBigDecimal(maximum, scale) as bigint,
    warnPercents: [75, 90],
    action: 'refuse',
    ...rest,
  };
}

export class LimitScenario extends Scenario {
  readonly rates = new Rates();
  #limits: readonly Limit[] = [];

  constructor(limits: readonly Limit[] = []) {
    super();
    this.quotes();
    this.firm = { ...this.firm, mayTrade: () => true };
    this.with(limits);
  }

  /** Other limits from now on. */
  with(limits: readonly Limit[]): void {
    this.#limits = limits;
    this.market = { ...this.market, risk: { limits, rates: this.rates } };
    const firm = (): Scenario['firm'] => this.firm;
    Object.defineProperty(this.market, 'firm', { get: firm });
  }

  get configured(): readonly Limit[] {
    return this.#limits;
  }

  /** EUR/USD and USD/JPY, two-sided; a mid moved by so many points. */
  quotes(eur = 0, jpy = 0): void {
    this.quote('alpha', [108_000 + eur, 5_000_000], [108_010 + eur, 5_000_000]);
    this.quote('beta', [107_999 + eur, 5_000_000], [108_011 + eur, 5_000_000]);
    this.quote('alpha', [150_000 + jpy, 5_000_000], [150_010 + jpy, 5_000_000], USDJPY);
  }

  refusal(change: Parameters<Scenario['submit']>[0] = {}): string | undefined {
    const refusal = this.submit(change).reply.refusal;
    return refusal === undefined ? undefined : `${refusal.code}: ${refusal.text}`;
  }
}

export const resting = { price: 107_000, timeInForce: 'gtc' } as const;
