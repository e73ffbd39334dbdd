/** Instruments and last prices of the caller's tier. */
import { Controller, Get, Inject } from '@nestjs/common';
import { formatDecimal } from '@tidegate/core/number/decimal';
import { CacheUnavailable, type Cache } from '@tidegate/platform/cache/cache';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import type { TierPrice } from '@tidegate/core/market/quote';
import type { PriceView } from '@tidegate/wire/prices';
import type { InstrumentView } from '@tidegate/wire/rest';
import { priceTopic } from '@tidegate/wire/topics';
import { priceView } from '@tidegate/wire/views';
import { CACHE, CLOCK, CONFIGURATION } from '../ports.ts';
import { eyesOf, mayTrade, priceFor } from './entitlement.ts';
import { Caller, firmOf, type Identity } from './identity.ts';
import { ApiProblem } from './problem.ts';
import { withSilence } from './silence.ts';

const levelsShown = 10;

@Controller('api/v1')
export class MarketController {
  private readonly cache: Cache;
  private readonly clock: Clock;
  private readonly configuration: Configuration;

  constructor(
    @Inject(CACHE) cache: Cache,
    @Inject(CLOCK) clock: Clock,
    @Inject(CONFIGURATION) configuration: Configuration,
  ) {
    this.cache = cache;
    this.clock = clock;
    this.configuration = configuration;
  }

  /** Those the caller's firm may trade; an administrator, who sees all firms' orders, all. */
  @Get('instruments')
  instruments(@Caller() caller: Identity): readonly InstrumentView[] {
    const { instruments, firms } = this.configuration.current;
    const firm = firmOf(caller);
    const shown = [...instruments.values()].filter(
      ({ id }) => firm === undefined || mayTrade(firms.get(firm), id),
    );
    return shown.map((instrument) => ({
      id: instrument.id,
      symbol: instrument.symbol,
      baseCurrency: instrument.baseCurrency,
      quoteCurrency: instrument.quoteCurrency,
      priceScale: instrument.priceScale,
      quantityScale: instrument.quantityScale,
      pipScale: instrument.pipScale,
      quantityMin: formatDecimal(instrument.quantityMin, instrument.quantityScale),
      quantityMax: formatDecimal(instrument.quantityMax, instrument.quantityScale),
      quantityStep: formatDecimal(instrument.quantityStep, instrument.quantityScale),
    }));
  }

  /** Last prices from the cache; what nobody has priced yet is left out. */
  @Get('prices')
  async prices(@Caller() caller: Identity): Promise<readonly PriceView[]> {
    const { user } = caller;
    const eyes = eyesOf(caller);
    const { current } = this.configuration;
    const { instruments, firms } = current;
    const firm = firms.get(user.firm);
    if (firm === undefined) return [];
    const { tier } = firm;
    const shown = [...instruments.values()].filter(({ id }) => mayTrade(firm, id));
    const texts = await this.read(shown.map(({ id }) => priceTopic(tier, id).subject));
    const now = this.clock.nowMs();
    return shown.flatMap((instrument, index) => {
      const text = texts[index];
      if (text === undefined) return [];
      const price = withSilence(JSON.parse(text) as TierPrice, current, now);
      return [priceFor(eyes, priceView(price, instrument, levelsShown, now))];
    });
  }

  private async read(keys: readonly string[]): Promise<readonly (string | undefined)[]> {
    try {
      return await this.cache.getMany(keys);
    } catch (error) {
      if (error instanceof CacheUnavailable)
        throw new ApiProblem(
          503,
          'PRICES_UNAVAILABLE',
          'last prices can not be read now; the stream has them',
        );
      throw error;
    }
  }
}
