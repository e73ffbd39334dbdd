/**
 * Data quality as REST, the stream and the bus tell it: states, availability, problem periods with what
 * people said of them, and statistics of instruments. What each means: docs/data-quality.md.
 */
import { severities } from '@tidegate/core/quality/periods';
import { qualityStates, type Span } from '@tidegate/core/quality/state';
import { z } from 'zod';
import { pageOf } from './rest.ts';

const instant = z.iso.datetime();
const name = z.string().min(1).max(64);

/** One source × instrument in one state; `*` as instrument: the source as a whole. */
export const qualityStateView = z.object({
  source: z.string(),
  instrument: z.string(),
  state: z.enum(qualityStates),
  from: instant,
  /** Null: it holds. */
  to: instant.nullable(),
  why: z.string(),
  peak: z.number(),
  isConflated: z.boolean(),
});
export type QualityStateView = z.infer<typeof qualityStateView>;

export const qualityStateViewOf = (span: Span): QualityStateView => ({
  source: span.source,
  instrument: span.instrument,
  state: span.state,
  from: new Date(span.fromMs).toISOString(),
  to: span.toMs === undefined ? null : new Date(span.toMs).toISOString(),
  why: span.why,
  peak: span.peak,
  isConflated: span.isConflated,
});

export const availabilityGrains = ['hour', 'day', 'all'] as const;

export const availabilityView = z.object({
  source: z.string(),
  instrument: z.string(),
  from: instant,
  to: instant,
  expectedMs: z.int(),
  goodMs: z.int(),
  excusedMs: z.int(),
  msByState: z.record(z.enum(qualityStates), z.int()),
  /** good / expected; null: nothing was expected. */
  raw: z.number().nullable(),
  /** good / (expected − excused). */
  excused: z.number().nullable(),
});
export type AvailabilityView = z.infer<typeof availabilityView>;

const mark = z.object({ by: z.string(), at: instant });

export const qualityPeriodView = z.object({
  id: z.string(),
  source: z.string(),
  instrument: z.string(),
  state: z.enum(qualityStates),
  severity: z.enum(severities),
  from: instant,
  /** Null: it goes on. */
  to: instant.nullable(),
  /** In trouble between the two, of episodes that ended. */
  troubledMs: z.int(),
  episodes: z.int(),
  peak: z.number(),
  why: z.string(),
  /** Id of the incident that it is part of. */
  cause: z.string().nullable(),
  /** Of how many periods it is the cause. */
  children: z.int(),
  acknowledged: mark.nullable(),
  excused: mark.nullable(),
});
export type QualityPeriodView = z.infer<typeof qualityPeriodView>;

export const qualityMarkActions = ['acknowledge', 'annotate', 'excuse', 'withdrawExcuse'] as const;
export type QualityMarkAction = (typeof qualityMarkActions)[number];

export const qualityPeriodDetail = z.object({
  period: qualityPeriodView,
  /** All that people said of it, oldest first. */
  marks: z.array(mark.extend({ action: z.enum(qualityMarkActions), reason: z.string() })),
  children: z.array(qualityPeriodView),
  /** Orders of the instrument that lived within it, and executions there by the source. */
  orders: z.array(
    z.object({
      firm: z.string(),
      orderId: z.string(),
      clOrdId: z.string(),
      instrument: z.string(),
      side: z.string(),
      quantity: z.string(),
      status: z.string(),
      createdAt: instant,
      /** Within the period, by this source. */
      executions: z.int(),
    }),
  ),
  /** There are more than are listed. */
  hasMoreOrders: z.boolean(),
});
export type QualityPeriodDetail = z.infer<typeof qualityPeriodDetail>;

export const qualityMarkRequest = z.strictObject({ reason: z.string().trim().min(1).max(500) });
export const qualityExcuseRequest = qualityMarkRequest.extend({
  /** False: it counts again. */
  isExcused: z.boolean().default(true),
  /** Its children too. */
  withChildren: z.boolean().default(true),
});
export type QualityExcuseRequest = z.infer<typeof qualityExcuseRequest>;

export const statisticsGrains = ['minute', 'hour', 'day'] as const;

/** Prices and spreads are decimal text in the instrument's own decimals; null: nothing was quoted. */
export const statisticsView = z.object({
  instrument: z.string(),
  /** `*`: all together. */
  source: z.string(),
  from: instant,
  lengthMs: z.int(),
  ticks: z.int(),
  ticksPerSecond: z.number(),
  quotedMs: z.int(),
  spreadMedian: z.string().nullable(),
  spreadP95: z.string().nullable(),
  /** Weighted by the time for which each held. */
  spreadMean: z.string().nullable(),
  /** At the best bid, the best ask; and the share of the instrument's quoted time, of both. */
  bidTopMs: z.int(),
  askTopMs: z.int(),
  topShare: z.number().nullable(),
  silenceMsMax: z.int(),
  open: z.string().nullable(),
  high: z.string().nullable(),
  low: z.string().nullable(),
  close: z.string().nullable(),
  /** Of this time, not of a year: root of the summed squared returns from second to second. */
  volatilityBasisPoints: z.number(),
});
export type StatisticsView = z.infer<typeof statisticsView>;

const range = { from: instant.optional(), to: instant.optional() };
const filters = { source: name.optional(), instrument: name.optional() };
const paging = {
  limit: z.coerce.number().int().min(1).max(500).default(100),
  before: z.string().max(300).optional(),
};

export const qualityStatesQuery = z.object({ ...range, ...filters, ...paging });
export type QualityStatesQuery = z.infer<typeof qualityStatesQuery>;
export const availabilityQuery = z.object({
  ...range,
  ...filters,
  ...paging,
  grain: z.enum(availabilityGrains).default('all'),
});
export type AvailabilityQuery = z.infer<typeof availabilityQuery>;
export const qualityPeriodsQuery = z.object({
  ...range,
  ...filters,
  ...paging,
  state: z.enum(qualityStates).optional(),
  open: z.enum(['true', 'false']).optional(),
  /** Those within which this order lived. */
  order: z.string().max(64).optional(),
});
export type QualityPeriodsQuery = z.infer<typeof qualityPeriodsQuery>;
export const statisticsQuery = z.object({
  ...range,
  ...filters,
  ...paging,
  grain: z.enum(statisticsGrains).default('minute'),
});
export type StatisticsQuery = z.infer<typeof statisticsQuery>;

export const qualityPages = {
  states: pageOf(qualityStateView),
  availability: pageOf(availabilityView),
  periods: pageOf(qualityPeriodView),
  statistics: pageOf(statisticsView),
} as const;
