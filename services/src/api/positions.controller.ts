/** Positions, and how the trading day found them: for the profit and loss of the day. */
import { Controller, Get, Inject } from '@nestjs/common';
import { formatDecimal } from '@tidegate/core/number/decimal';
import { isoDate, tradeDay, tradingDayEndMs, tradingDayStartMs } from '@tidegate/core/number/time';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import type { Projection } from '@tidegate/platform/journal/projection';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { QualityReading } from '@tidegate/platform/quality/quality.reading';
import type { ClosingMark, PositionOpenings, PositionView } from '@tidegate/wire/orders';
import { CLOCK, CONFIGURATION, PROJECTION, QUALITY } from '../ports.ts';
import { Caller, firmOf, type Identity } from './identity.ts';

@Controller('api/v1')
export class PositionsController {
  private readonly clock: Clock;
  private readonly configuration: Configuration;
  private readonly projection: Projection;
  private readonly quality: QualityReading;

  constructor(
    @Inject(CLOCK) clock: Clock,
    @Inject(CONFIGURATION) configuration: Configuration,
    @Inject(PROJECTION) projection: Projection,
    @Inject(QUALITY) quality: QualityReading,
  ) {
    this.clock = clock;
    this.configuration = configuration;
    this.projection = projection;
    this.quality = quality;
  }

  @Get('positions')
  positions(@Caller() caller: Identity): Promise<readonly PositionView[]> {
    const firm = firmOf(caller);
    return this.projection.positions(firm === undefined ? {} : { firm });
  }

  @Get('positions/openings')
  async openings(@Caller() caller: Identity): Promise<PositionOpenings> {
    const nowMs = this.clock.nowMs();
    const fromMs = tradingDayStartMs(nowMs);
    const [positions, closes] = await Promise.all([
      this.projection.openings(nowMs, firmOf(caller)),
      this.quality.closesBefore(fromMs),
    ]);
    const marks: Record<string, ClosingMark> = {};
    for (const { instrument, midTwice, atMs } of closes) {
      const scale = this.configuration.current.instruments.get(instrument)?.priceScale;
      // A mid may lie between two points: a half is five tenths.
      if (scale !== undefined)
        marks[instrument] = {
          price: formatDecimal(midTwice * 5, scale + 1),
          at: new Date(atMs).toISOString(),
        };
    }
    const day = {
      tradeDate: isoDate(tradeDay(nowMs)),
      from: new Date(fromMs).toISOString(),
      to: new Date(tradingDayEndMs(nowMs)).toISOString(),
    };
    return { day, positions: [...positions], marks };
  }
}
