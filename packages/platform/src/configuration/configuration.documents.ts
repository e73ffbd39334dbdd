/**
 * Configuration, the pure part: from the newest body of every document to one immutable snapshot, or to the
 * reason why these documents do not make sense together. The same check runs before a change is stored and
 * when it is loaded.
 */
import type { QuoteTerms } from '@tidegate/core/market/book';
import { parseDecimal } from '@tidegate/core/number/decimal';
import type { Instrument } from '@tidegate/core/market/instrument';
import {
  documents,
  type DocumentKind,
  type DocumentOf,
  type FeedDocument,
  type FirmDocument,
  type FixClientDocument,
  type InstrumentDocument,
  type LimitDocument,
  type ListenerDocument,
  type TierDocument,
  type UserDocument,
  type VenueDocument,
} from '@tidegate/wire/configuration';
import { freezeMessage } from '../bus/freeze.ts';

/** All configuration at one version; every change makes a new object. */
export interface ConfigurationSnapshot {
  /** Of the newest change in it; 0 when there is none. */
  readonly version: number;
  readonly instruments: ReadonlyMap<string, Instrument>;
  readonly venues: ReadonlyMap<string, VenueDocument>;
  readonly feeds: ReadonlyMap<string, FeedDocument>;
  /** How to take the quotes of a venue or an indicative feed, by its id. */
  readonly quoteTerms: ReadonlyMap<string, QuoteTerms>;
  readonly tiers: ReadonlyMap<string, TierDocument>;
  readonly firms: ReadonlyMap<string, FirmDocument>;
  readonly fixClients: ReadonlyMap<string, FixClientDocument>;
  readonly listeners: ReadonlyMap<string, ListenerDocument>;
  readonly users: ReadonlyMap<string, UserDocument>;
  readonly limits: ReadonlyMap<string, LimitDocument>;
  /** Version of each document's last change, by `kind/id`: what an editor gives back as `expectedVersion`. */
  readonly versions: ReadonlyMap<string, number>;
}

/** A document's newest row; `body` is null when it was removed. */
export interface DocumentRow {
  readonly version: number;
  readonly kind: string;
  readonly id: string;
  readonly body: unknown;
}

export type ConfigurationRefusalCode =
  | 'INVALID_DOCUMENT'
  | 'INSTRUMENT_SCALE'
  | 'INSTRUMENT_QUANTITIES'
  | 'DANGLING_REFERENCE'
  | 'DUPLICATE'
  | 'UNKNOWN_DOCUMENT'
  /** It has open orders or routes: retire it, let them end, remove it then. */
  | 'IN_USE'
  /** Who knows what is open does not answer. */
  | 'OWNER_SILENT'
  /** Scales, currencies or type of an instrument that has history: a new id instead. */
  | 'INSTRUMENT_TERMS'
  /** Nobody with the role admin could sign in any more. */
  | 'LAST_ADMINISTRATOR'
  | 'VERSION_CONFLICT';

export interface ConfigurationRefusal {
  readonly code: ConfigurationRefusalCode;
  readonly text: string;
}

/**
 * Levels that may be summed, and orders that a position may hold, before an exact sum of quantities could be
 * lost.
 */
export const aggregationMax = 10_000;

type Parsed = { readonly [K in DocumentKind]: Map<string, DocumentOf<K>> };

export function buildSnapshot(
  rows: readonly DocumentRow[],
): { readonly snapshot: ConfigurationSnapshot } | { readonly refusal: ConfigurationRefusal } {
  const parsed: Parsed = {
    instrument: new Map(),
    venue: new Map(),
    feed: new Map(),
    tier: new Map(),
    firm: new Map(),
    fixClient: new Map(),
    listener: new Map(),
    user: new Map(),
    limit: new Map(),
  };
  const versions = new Map<string, number>();
  const instruments = new Map<string, Instrument>();
  let version = 0;
  for (const row of rows) {
    version = Math.max(version, row.version);
    versions.set(`${row.kind}/${row.id}`, row.version);
    if (row.body === null) continue;
    const refusal = parseInto(parsed, row);
    if (refusal !== undefined) return { refusal };
  }
  for (const document of parsed.instrument.values()) {
    const known = convertedInstruments.get(document);
    const converted = known === undefined ? instrumentOf(document) : { instrument: known };
    if ('refusal' in converted) return converted;
    convertedInstruments.set(document, converted.instrument);
    instruments.set(document.id, converted.instrument);
  }
  const refusal = referenceRefusal(parsed) ?? duplicateRefusal(parsed);
  if (refusal !== undefined) return { refusal };
  return {
    snapshot: Object.freeze({
      version,
      versions,
      instruments,
      venues: parsed.venue,
      feeds: parsed.feed,
      quoteTerms: quoteTerms(parsed),
      tiers: parsed.tier,
      firms: parsed.firm,
      fixClients: parsed.fixClient,
      listeners: parsed.listener,
      users: parsed.user,
      limits: parsed.limit,
    }),
  };
}

function quoteTerms({ venue, feed }: Parsed): ReadonlyMap<string, QuoteTerms> {
  const terms = new Map<string, QuoteTerms>(venue);
  for (const { id, enabled, staleAfterMs } of feed.values()) {
    terms.set(id, { enabled, staleAfterMs, indicative: true });
  }
  return terms;
}

export function isDocumentKind(kind: string): kind is DocumentKind {
  return Object.hasOwn(documents, kind);
}

/** What a row was parsed to; rows are kept from version to version. */
const parsedRows = new WeakMap<DocumentRow, unknown>();
const convertedInstruments = new WeakMap<InstrumentDocument, Instrument>();

function parseInto(parsed: Parsed, row: DocumentRow): ConfigurationRefusal | undefined {
  const { kind, id, body } = row;
  if (!isDocumentKind(kind))
    return { code: 'INVALID_DOCUMENT', text: `no kind of document is called ${kind}` };
  const known = parsedRows.get(row);
  if (known !== undefined) {
    (parsed[kind] as Map<string, unknown>).set(id, known);
    return undefined;
  }
  const result = documents[kind].safeParse(body);
  if (!result.success) {
    const issues = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
    return { code: 'INVALID_DOCUMENT', text: `${kind} ${id}: ${issues}` };
  }
  if (result.data.id !== id)
    return { code: 'INVALID_DOCUMENT', text: `${kind} ${id} holds the id ${result.data.id}` };
  freezeMessage(result.data);
  parsedRows.set(row, result.data);
  (parsed[kind] as Map<string, unknown>).set(id, result.data);
  return undefined;
}

function instrumentOf(
  document: InstrumentDocument,
): { readonly instrument: Instrument } | { readonly refusal: ConfigurationRefusal } {
  const { id, symbol, type, baseCurrency, quoteCurrency, priceScale, quantityScale, pipScale } = document;
  const [quantityMin, quantityMax, quantityStep] = [
    document.quantityMin,
    document.quantityMax,
    document.quantityStep,
  ].map((text) => parseDecimal(text, quantityScale));
  if (
    quantityMin === undefined ||
    quantityMax === undefined ||
    quantityStep === undefined ||
    !Number.isSafeInteger(quantityMax * aggregationMax)
  ) {
    return {
      refusal: {
        code: 'INSTRUMENT_SCALE',
        text:
          `instrument ${id}: its quantities must be whole lots of ` +
          `${quantityScale} decimals, and ${aggregationMax} times the largest below 2^53`,
      },
    };
  }
  if (quantityMin > quantityMax || quantityMin % quantityStep !== 0 || pipScale > priceScale) {
    return {
      refusal: {
        code: 'INSTRUMENT_QUANTITIES',
        text:
          `instrument ${id}: the smallest quantity must be a multiple of the ` +
          'step and not above the largest, and a pip not finer than a point',
      },
    };
  }
  return {
    instrument: Object.freeze({
      id,
      symbol,
      type,
      baseCurrency,
      quoteCurrency,
      priceScale,
      quantityScale,
      pipScale,
      quantityMin,
      quantityMax,
      quantityStep,
      ...(document.settlement === undefined ? {} : { settlement: document.settlement }),
      ...(document.tradingHours === undefined ? {} : { tradingHours: document.tradingHours }),
      ...(document.quality === undefined ? {} : { quality: document.quality }),
    }),
  };
}

function referenceRefusal(parsed: Parsed): ConfigurationRefusal | undefined {
  const text = danglingReference(parsed);
  return text === undefined ? undefined : { code: 'DANGLING_REFERENCE', text };
}

const instrumentsOfQuality = ({ quality }: Pick<VenueDocument, 'quality'>): readonly string[] => [
  ...Object.keys(quality?.instruments ?? {}),
  ...(quality?.announced ?? []).flatMap((each) => each.instruments ?? []),
];

/** What names a document that is not there. */
function danglingReference({
  instrument,
  venue,
  feed,
  tier,
  firm,
  fixClient,
  listener,
  user,
  limit,
}: Parsed): string | undefined {
  const instruments = (ids: Iterable<string>) => [...ids].find((id) => id !== '*' && !instrument.has(id));
  for (const one of venue.values()) {
    const missing = instruments([...(one.instruments ?? []), ...instrumentsOfQuality(one)]);
    if (missing !== undefined) return `venue ${one.id} names instrument ${missing}`;
  }
  for (const one of feed.values()) {
    const missing = instruments([...Object.keys(one.securities), ...instrumentsOfQuality(one)]);
    if (missing !== undefined) return `feed ${one.id} names instrument ${missing}`;
  }
  for (const one of tier.values()) {
    const missing = instruments(Object.keys(one.markupPoints));
    if (missing !== undefined) return `tier ${one.id} names instrument ${missing}`;
  }
  for (const one of firm.values()) {
    if (!tier.has(one.tier)) return `firm ${one.id} names tier ${one.tier}`;
    const missing = instruments(one.instruments);
    if (missing !== undefined) return `firm ${one.id} names instrument ${missing}`;
  }
  for (const [kind, rows] of [
    ['fixClient', fixClient],
    ['user', user],
  ] as const) {
    for (const one of rows.values()) {
      const accounts = firm.get(one.firm)?.accounts;
      if (accounts === undefined) return `${kind} ${one.id} names firm ${one.firm}`;
      if (!accounts.some(({ id }) => id === one.account))
        return `${kind} ${one.id} names account ${one.account} of ${one.firm}`;
    }
  }
  for (const one of limit.values()) {
    const missing = danglingScope(one, instruments, venue, firm);
    if (missing !== undefined) return `limit ${one.id} names ${missing}`;
  }
  for (const one of fixClient.values()) {
    const missing = one.listeners.find((id) => id !== '*' && !listener.has(id));
    if (missing !== undefined) return `fixClient ${one.id} names listener ${missing}`;
  }
  for (const one of listener.values()) {
    if (one.venue !== undefined && !venue.has(one.venue))
      return `listener ${one.id} names venue ${one.venue}`;
  }
  return undefined;
}

function danglingScope(
  { scope, instruments = [] }: LimitDocument,
  unknown: (ids: Iterable<string>) => string | undefined,
  venues: Parsed['venue'],
  firms: Parsed['firm'],
): string | undefined {
  const { firm, account, instrument, provider } = scope;
  const missing = unknown([
    ...instruments,
    ...(scope.instruments ?? []),
    ...(instrument ? [instrument] : []),
  ]);
  if (missing !== undefined) return `instrument ${missing}`;
  if (provider !== undefined && provider !== '*' && !venues.has(provider)) return `venue ${provider}`;
  if (firm !== '*' && !firms.has(firm)) return `firm ${firm}`;
  const isAccount = (account ?? '*') === '*' || firm === '*';
  if (isAccount || firms.get(firm)?.accounts.some(({ id }) => id === account) === true) return undefined;
  return `account ${account} of ${firm}`;
}

function duplicateRefusal({
  instrument,
  venue,
  feed,
  fixClient,
  listener,
  firm,
}: Parsed): ConfigurationRefusal | undefined {
  const names = [
    ...[...instrument.values()].map(({ symbol }) => `symbol ${symbol}`),
    ...[...venue.keys(), ...feed.keys()].map((id) => `venue or feed ${id}`),
    ...[...listener.values()].map(({ offset }) => `listener offset ${offset}`),
    ...[...fixClient.values()].map(
      (one) => `FIX client ${one.senderCompId} to ${one.targetCompId} as ${one.username}`,
    ),
    ...[...firm.values()].flatMap(({ id, accounts }) =>
      accounts.map((account) => `account ${account.id} of ${id}`),
    ),
  ];
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) return { code: 'DUPLICATE', text: `${name} is there twice` };
    seen.add(name);
  }
  return undefined;
}
