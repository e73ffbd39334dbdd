/**
 * Ready-made requests of the services the platform uses, from plain objects to Bloomberg's words. Anything
 * else can be written as a `BlpRequest` by hand: the library's schema is the judge.
 */
import type { BlpRequest, BlpRequestElements } from './contract.ts';
import { parseDatetime } from './datetime.ts';
import { localError } from './errors.ts';

const referenceData = '//blp/refdata';
const instruments = '//blp/instruments';
const fieldCatalogue = '//blp/apiflds';

export type Overrides = Readonly<Record<string, string | number>>;

export interface ReferenceDataQuery {
  readonly securities: readonly string[];
  readonly fields: readonly string[];
  readonly overrides?: Overrides;
  /** Also answer entitlement ids (`eidData`). */
  readonly isWithEids?: boolean;
}

export interface HistoricalDataQuery extends ReferenceDataQuery {
  /** `2026-11-22`, both included. */
  readonly from: string;
  readonly to: string;
  readonly periodicity?: 'DAILY' | 'WEEKLY' | 'MONTHLY' | 'QUARTERLY' | 'SEMI_ANNUALLY' | 'YEARLY';
  readonly currency?: string;
  readonly pointsMax?: number;
}

export interface IntradayQuery {
  readonly security: string;
  /** ISO date-time in UTC. */
  readonly from: string;
  readonly to: string;
  readonly isWithEids?: boolean;
}

export interface IntradayBarQuery extends IntradayQuery {
  readonly event: string;
  /** Minutes, 1..1440. */
  readonly interval: number;
  readonly isGapFilled?: boolean;
}

export interface IntradayTickQuery extends IntradayQuery {
  readonly events: readonly string[];
  readonly isWithConditionCodes?: boolean;
}

function overrideList(overrides: Overrides | undefined): BlpRequestElements {
  if (overrides === undefined) return {};
  return {
    overrides: Object.entries(overrides).map(([fieldId, value]) => ({ fieldId, value: String(value) })),
  };
}

const eids = (isWanted: boolean | undefined): BlpRequestElements =>
  isWanted === true ? { returnEids: true } : {};

function compactDate(text: string): string {
  if (parseDatetime(text)?.type !== 'date')
    throw localError('date', 'BAD_REQUEST', `${text.slice(0, 40)} is no date (2026-11-22)`);
  return text.replaceAll('-', '');
}

function instant(text: string) {
  const value = parseDatetime(text);
  if (value?.type !== 'datetime')
    throw localError(
      'date-time',
      'BAD_REQUEST',
      `${text.slice(0, 40)} is no date-time (2026-11-22T09:30:00)`,
    );
  return value;
}

export function referenceDataRequest(query: ReferenceDataQuery): BlpRequest {
  const { securities, fields, overrides, isWithEids } = query;
  return {
    service: referenceData,
    operation: 'ReferenceDataRequest',
    elements: { securities, fields, ...overrideList(overrides), ...eids(isWithEids) },
  };
}

export function historicalDataRequest(query: HistoricalDataQuery): BlpRequest {
  const { securities, fields, from, to, periodicity, currency, pointsMax, overrides, isWithEids } = query;
  return {
    service: referenceData,
    operation: 'HistoricalDataRequest',
    elements: {
      securities,
      fields,
      startDate: compactDate(from),
      endDate: compactDate(to),
      periodicitySelection: periodicity,
      currency,
      maxDataPoints: pointsMax,
      ...overrideList(overrides),
      ...eids(isWithEids),
    },
  };
}

export function intradayBarRequest(query: IntradayBarQuery): BlpRequest {
  const { security, event, interval, from, to, isGapFilled, isWithEids } = query;
  return {
    service: referenceData,
    operation: 'IntradayBarRequest',
    elements: {
      security,
      eventType: event,
      interval,
      startDateTime: instant(from),
      endDateTime: instant(to),
      gapFillInitialBar: isGapFilled,
      ...eids(isWithEids),
    },
  };
}

export function intradayTickRequest(query: IntradayTickQuery): BlpRequest {
  const { security, events, from, to, isWithConditionCodes, isWithEids } = query;
  return {
    service: referenceData,
    operation: 'IntradayTickRequest',
    elements: {
      security,
      eventTypes: events,
      startDateTime: instant(from),
      endDateTime: instant(to),
      includeConditionCodes: isWithConditionCodes,
      ...eids(isWithEids),
    },
  };
}

/** `yellowKey`: `YK_FILTER_CURR`, `YK_FILTER_EQTY`, … as Bloomberg spells them. */
export function instrumentListRequest(query: string, resultsMax = 20, yellowKey?: string): BlpRequest {
  return {
    service: instruments,
    operation: 'instrumentListRequest',
    elements: { query, maxResults: resultsMax, yellowKeyFilter: yellowKey },
  };
}

export function fieldInfoRequest(ids: readonly string[], isWithDocumentation = false): BlpRequest {
  return {
    service: fieldCatalogue,
    operation: 'FieldInfoRequest',
    elements: { id: ids, returnFieldDocumentation: isWithDocumentation },
  };
}

export function fieldSearchRequest(searchSpec: string, isWithDocumentation = false): BlpRequest {
  return {
    service: fieldCatalogue,
    operation: 'FieldSearchRequest',
    elements: { searchSpec, returnFieldDocumentation: isWithDocumentation },
  };
}
