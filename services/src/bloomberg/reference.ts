/**
 * Reference data of an instrument for the platform's own screens: a fixed list of fields, asked of Bloomberg
 * once a minute at most, charged to the user who looked.
 */
import type { BlpRecord, BlpValue } from '@tidegate/blpapi/contract';
import { decimalText } from '@tidegate/blpapi/decimal';
import { referenceDataRequest } from '@tidegate/blpapi/request';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { ReferenceAnswer, ReferenceView } from '@tidegate/wire/bloomberg';
import type { MarketRequests } from './market.requests.ts';
import { problemOf } from './refusal.ts';
import { jsonOf } from './values.ts';

const labels = {
  NAME: 'Name',
  TICKER: 'Ticker',
  MARKET_SECTOR_DES: 'Market sector',
  EXCH_CODE: 'Exchange',
  CRNCY: 'Currency',
  ID_BB_GLOBAL: 'FIGI',
  PX_LAST: 'Last price',
  PX_BID: 'Bid',
  PX_ASK: 'Ask',
  PX_MID: 'Mid',
  PX_OPEN: 'Open',
  PX_HIGH: 'High',
  PX_LOW: 'Low',
  PX_VOLUME: 'Volume',
  LAST_UPDATE_DT: 'Last update',
} as const;
const names = Object.keys(labels) as (keyof typeof labels)[];

export interface ReferenceDataOptions {
  readonly clock: Clock;
  readonly requests: MarketRequests;
  readonly securityOf: (instrument: string) => string | undefined;
  readonly isEmulated: () => boolean;
  readonly onError: (error: unknown) => void;
}

const keptMs = 60_000;
const keptMax = 1_000;

export class ReferenceData {
  private readonly options: ReferenceDataOptions;
  private readonly kept = new Map<string, { readonly atMonoMs: number; readonly view: ReferenceView }>();
  private readonly asking = new Map<string, Promise<ReferenceView>>();

  constructor(options: ReferenceDataOptions) {
    this.options = options;
  }

  async answer(instrument: string, user: string): Promise<ReferenceAnswer> {
    const security = this.options.securityOf(instrument);
    if (security === undefined)
      return {
        result: 'refused',
        code: 'UNKNOWN_INSTRUMENT',
        text: `the feed has no security for ${instrument}`,
      };
    const known = this.kept.get(security);
    if (known !== undefined && this.options.clock.monoMs() - known.atMonoMs < keptMs)
      return { result: 'done', view: { ...known.view, instrument } };
    try {
      let asking = this.asking.get(security);
      if (asking === undefined) {
        asking = this.ask(instrument, security, user).finally(() => this.asking.delete(security));
        this.asking.set(security, asking);
      }
      return { result: 'done', view: { ...(await asking), instrument } };
    } catch (error) {
      const { status, code, detail: text } = problemOf(error, '');
      if (status === 500) this.options.onError(error);
      return { result: 'refused', code, text };
    }
  }

  private async ask(instrument: string, security: string, user: string): Promise<ReferenceView> {
    const { clock, requests, isEmulated } = this.options;
    const fields: string[] = [...names];
    const request = {
      ...referenceDataRequest({ securities: [security], fields }),
      securities: [security],
      fields,
    };
    const values = new Map<string, BlpValue>();
    const exceptions: ReferenceView['exceptions'] = [];
    for await (const { elements } of requests.askAs(user, request)) {
      for (const row of records(elements.securityData)) {
        const data = row.fieldData;
        if (isRecord(data)) for (const [name, value] of Object.entries(data)) values.set(name, value);
        if (isRecord(row.securityError)) exceptions.push(exceptionOf('*', row.securityError));
        for (const one of records(row.fieldExceptions))
          exceptions.push(exceptionOf(text(one.fieldId), isRecord(one.errorInfo) ? one.errorInfo : {}));
      }
    }
    const view: ReferenceView = {
      instrument,
      security,
      isEmulated: isEmulated(),
      at: new Date(clock.nowMs()).toISOString(),
      fields: names.map((field) => ({ field, label: labels[field], value: shown(values.get(field)) })),
      exceptions,
    };
    if (this.kept.size >= keptMax) this.kept.delete(this.kept.keys().next().value!);
    this.kept.set(security, { atMonoMs: clock.monoMs(), view });
    return view;
  }
}

const isRecord = (value: BlpValue | undefined): value is BlpRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

const records = (value: BlpValue | undefined): BlpRecord[] =>
  Array.isArray(value) ? (value as readonly BlpValue[]).filter(isRecord) : isRecord(value) ? [value] : [];

const text = (value: BlpValue | undefined): string => (typeof value === 'string' ? value : '');

const exceptionOf = (field: string, error: BlpRecord): ReferenceView['exceptions'][number] => ({
  field,
  category: text(error.category),
  text: text(error.message),
});

function shown(value: BlpValue | undefined): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number') return decimalText(value) ?? null;
  const json = jsonOf(value);
  return typeof json === 'string' ? json : JSON.stringify(json);
}
