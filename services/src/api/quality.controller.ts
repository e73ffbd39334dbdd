/**
 * Quality of providers' data: states, availability, problem periods with what people say of them, statistics.
 */
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { formatDecimal } from '@tidegate/core/number/decimal';
import { WHOLE } from '@tidegate/core/quality/state';
import { spreadMean, spreadQuantile, type StatisticsRow } from '@tidegate/core/quality/statistics';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import type { Clock } from '@tidegate/platform/observe/clock';
import { QualityTooLong, type QualityReading } from '@tidegate/platform/quality/quality.reading';
import type { Page } from '@tidegate/platform/sql/page';
import {
  availabilityQuery,
  qualityExcuseRequest,
  qualityMarkRequest,
  qualityPeriodsQuery,
  qualityStatesQuery,
  qualityStateViewOf,
  statisticsQuery,
  type AvailabilityQuery,
  type AvailabilityView,
  type QualityExcuseRequest,
  type QualityMarkAction,
  type QualityPeriodDetail,
  type QualityPeriodsQuery,
  type QualityPeriodView,
  type QualityStatesQuery,
  type QualityStateView,
  type StatisticsQuery,
  type StatisticsView,
} from '@tidegate/wire/quality';
import { CLOCK, CONFIGURATION, QUALITY } from '../ports.ts';
import { Caller, firmOf, Needs, type Identity } from './identity.ts';
import { ApiProblem } from './problem.ts';

const hourMs = 3_600_000;
const bucketsMs = { hour: hourMs, day: 24 * hourMs, all: undefined } as const;
const rangeMsMax = 100 * 24 * hourMs;

@Controller('api/v1')
export class QualityController {
  private readonly reading: QualityReading;
  private readonly clock: Clock;
  private readonly configuration: Configuration;

  constructor(
    @Inject(QUALITY) reading: QualityReading,
    @Inject(CLOCK) clock: Clock,
    @Inject(CONFIGURATION) configuration: Configuration,
  ) {
    this.reading = reading;
    this.clock = clock;
    this.configuration = configuration;
  }

  @Get('quality/states')
  @Needs('seeQuality')
  async states(
    @Query({ schema: qualityStatesQuery }) query: QualityStatesQuery,
  ): Promise<Page<QualityStateView>> {
    const { items, next } = await this.reading.states({ ...query, ...rangeOf(query) });
    return { items: items.map(qualityStateViewOf), next };
  }

  /** Without a time: the 24 hours up to the end of this one, of which only what is over counts. */
  @Get('quality/availability')
  @Needs('seeQuality')
  async availability(
    @Query({ schema: availabilityQuery }) { grain, ...query }: AvailabilityQuery,
  ): Promise<Page<AvailabilityView>> {
    const bucketMs = bucketsMs[grain];
    const asked = rangeOf(query);
    const toMs = asked.toMs ?? Math.ceil(this.clock.nowMs() / hourMs) * hourMs;
    const from = asked.fromMs ?? toMs - 24 * hourMs;
    const fromMs = bucketMs === undefined ? from : Math.floor(from / bucketMs) * bucketMs;
    if (fromMs >= toMs || toMs - fromMs > rangeMsMax)
      throw new ApiProblem(422, 'QUALITY_RANGE', 'from is before to, by 100 days at most');
    try {
      const { items, next } = await this.reading.availability({ ...query, fromMs, toMs, bucketMs });
      const views = items.map(({ fromMs: start, toMs: end, ...row }) => ({
        ...row,
        from: new Date(start).toISOString(),
        to: new Date(end).toISOString(),
      }));
      return { items: views, next };
    } catch (error) {
      if (!(error instanceof QualityTooLong)) throw error;
      throw new ApiProblem(422, 'QUALITY_TOO_LONG', `${error.message}: a shorter time, or one source`);
    }
  }

  @Get('quality/periods')
  @Needs('seeQuality')
  periods(
    @Query({ schema: qualityPeriodsQuery }) { open, ...query }: QualityPeriodsQuery,
  ): Promise<Page<QualityPeriodView>> {
    return this.reading.periods({
      ...query,
      ...rangeOf(query),
      open: open === undefined ? undefined : open === 'true',
    });
  }

  @Get('quality/periods/:id')
  @Needs('seeQuality')
  async period(@Caller() caller: Identity, @Param('id') id: string): Promise<QualityPeriodDetail> {
    const found = await this.reading.period(id.slice(0, 300), firmOf(caller));
    if (found === undefined) throw unknown(id);
    return found;
  }

  @Post('quality/periods/:id/acknowledge')
  @HttpCode(200)
  @Needs('judgeQuality')
  acknowledge(
    @Caller() caller: Identity,
    @Param('id') id: string,
    @Body({ schema: qualityMarkRequest }) { reason }: { readonly reason: string },
  ): Promise<QualityPeriodDetail> {
    return this.mark(caller, id, 'acknowledge', reason, true);
  }

  @Post('quality/periods/:id/annotate')
  @HttpCode(200)
  @Needs('judgeQuality')
  annotate(
    @Caller() caller: Identity,
    @Param('id') id: string,
    @Body({ schema: qualityMarkRequest }) { reason }: { readonly reason: string },
  ): Promise<QualityPeriodDetail> {
    return this.mark(caller, id, 'annotate', reason, false);
  }

  @Post('quality/periods/:id/excuse')
  @HttpCode(200)
  @Needs('judgeQuality')
  excuse(
    @Caller() caller: Identity,
    @Param('id') id: string,
    @Body({ schema: qualityExcuseRequest }) { reason, isExcused, withChildren }: QualityExcuseRequest,
  ): Promise<QualityPeriodDetail> {
    return this.mark(caller, id, isExcused ? 'excuse' : 'withdrawExcuse', reason, withChildren);
  }

  @Get('statistics/instruments')
  @Needs('seeQuality')
  async statistics(
    @Query({ schema: statisticsQuery }) { grain, ...query }: StatisticsQuery,
  ): Promise<Page<StatisticsView>> {
    const asked = { ...query, ...rangeOf(query) };
    const { items, next } =
      grain === 'day'
        ? await this.reading.dailyStatistics(asked)
        : await this.reading.statistics({ ...asked, grain });
    return { items: items.map((row) => this.statisticsView(row)), next };
  }

  private async mark(
    { user }: Identity,
    id: string,
    action: QualityMarkAction,
    reason: string,
    withChildren: boolean,
  ): Promise<QualityPeriodDetail> {
    const atMs = this.clock.nowMs();
    const isThere = await this.reading.mark(id.slice(0, 300), action, {
      by: user.id,
      reason,
      atMs,
      withChildren,
    });
    const found = isThere ? await this.reading.period(id) : undefined;
    if (found === undefined) throw unknown(id);
    return found;
  }

  private statisticsView(row: StatisticsRow): StatisticsView {
    const scale = this.configuration.current.instruments.get(row.instrument)?.priceScale ?? 0;
    const points = (value: number | undefined): string | null =>
      value === undefined ? null : formatDecimal(value, scale);
    // Half points and means have more decimals than a price: to a tenth of a point.
    const tenths = (value: number | undefined): string | null =>
      value === undefined ? null : formatDecimal(Math.round(value * 10), scale + 1);
    const half = (twice: number | undefined): string | null =>
      tenths(twice === undefined ? undefined : twice / 2);
    return {
      instrument: row.instrument,
      source: row.source,
      from: new Date(row.fromMs).toISOString(),
      lengthMs: row.lengthMs,
      ticks: row.ticks,
      ticksPerSecond: (1_000 * row.ticks) / row.lengthMs,
      quotedMs: row.quotedMs,
      spreadMedian: points(spreadQuantile(row.spreads, 0.5)),
      spreadP95: points(spreadQuantile(row.spreads, 0.95)),
      spreadMean: tenths(spreadMean(row.spreads)),
      bidTopMs: row.bidTopMs,
      askTopMs: row.askTopMs,
      topShare:
        row.source === WHOLE || row.quotedMs === 0
          ? null
          : (row.bidTopMs + row.askTopMs) / (2 * row.quotedMs),
      silenceMsMax: row.silenceMsMax,
      open: half(row.openTwice),
      high: half(row.highTwice),
      low: half(row.lowTwice),
      close: half(row.closeTwice),
      volatilityBasisPoints: 10_000 * Math.sqrt(row.variance),
    };
  }
}

const unknown = (id: string): ApiProblem =>
  new ApiProblem(404, 'UNKNOWN_PERIOD', `no problem period ${id.slice(0, 100)}`);

const rangeOf = ({ from, to }: { readonly from?: string | undefined; readonly to?: string | undefined }) => ({
  ...(from === undefined ? {} : { fromMs: Date.parse(from) }),
  ...(to === undefined ? {} : { toMs: Date.parse(to) }),
});
