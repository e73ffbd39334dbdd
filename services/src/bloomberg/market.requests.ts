/**
 * Requests of market data consumers to Bloomberg: from checked JSON to a BLPAPI request, with the caller's
 * rights, the budget and a time limit, and back as parts while they come. Also used for the platform's own
 * reference data.
 */
import type {
  BlpRequest,
  BlpRequestElements,
  BlpRequestValue,
  BlpResponsePart,
  BlpSessionPort,
} from '@tidegate/blpapi/contract';
import { parseDatetime } from '@tidegate/blpapi/datetime';
import { BlpError } from '@tidegate/blpapi/errors';
import {
  fieldInfoRequest,
  fieldSearchRequest,
  historicalDataRequest,
  instrumentListRequest,
  intradayBarRequest,
  intradayTickRequest,
  referenceDataRequest,
} from '@tidegate/blpapi/request';
import { serviceName } from '@tidegate/wire/bloomberg';
import {
  requestOperations,
  type JsonValue,
  type PlainRequest,
  type RawRequest,
} from '@tidegate/wire/bloomberg.protocol';
import type { MarketUser, MarketUsers } from './market.users.ts';
import { Refusal } from './refusal.ts';
import type { UsageMeter } from './usage.meter.ts';

/** A request with what it counts for. */
export interface PreparedRequest extends BlpRequest {
  readonly securities: readonly string[];
  readonly fields: readonly string[];
}

export function prepare(query: PlainRequest | RawRequest): PreparedRequest {
  return 'type' in query ? preparePlain(query) : prepareRaw(query);
}

function preparePlain(query: PlainRequest): PreparedRequest {
  switch (query.type) {
    case 'reference': {
      const { securities, fields } = query;
      return { ...referenceDataRequest(withOverrides(query)), securities, fields };
    }
    case 'historical': {
      const { securities, fields, startDate: from, endDate: to, periodicity } = query;
      const terms = {
        ...withOverrides(query),
        from,
        to,
        ...(periodicity === undefined ? {} : { periodicity }),
      };
      return { ...historicalDataRequest(terms), securities, fields };
    }
    case 'intradayBars': {
      const { security, eventType: event, interval, start: from, end: to } = query;
      const request = intradayBarRequest({ security, event, interval, from, to });
      return { ...request, securities: [security], fields: [event] };
    }
    case 'intradayTicks': {
      const { security, eventTypes: events, start: from, end: to } = query;
      const request = intradayTickRequest({ security, events, from, to });
      return { ...request, securities: [security], fields: events };
    }
    case 'instruments':
      return { ...instrumentListRequest(query.query, query.maxResults), ...nothing };
    case 'fieldInfo':
      return { ...fieldInfoRequest(query.ids, true), ...nothing };
    case 'fieldSearch':
      return { ...fieldSearchRequest(query.query), ...nothing };
  }
}

/** Searches count as one hit each, for no security. */
const nothing = { securities: [], fields: [] };

function withOverrides({ securities, fields, overrides }: Extract<PlainRequest, { securities: unknown }>) {
  if (overrides === undefined) return { securities, fields };
  const texts = Object.fromEntries(Object.entries(overrides).map(([name, value]) => [name, String(value)]));
  return { securities, fields, overrides: texts };
}

/** Throws Refusal for what is not on the list. */
function prepareRaw({ service: named, operation, elements }: RawRequest): PreparedRequest {
  const service = `//blp/${serviceName(named)}`;
  if (requestOperations[service]?.includes(operation) !== true)
    throw new Refusal(403, 'OPERATION_NOT_ALLOWED', `${service} ${operation} is not on the list`);
  return {
    service,
    operation,
    elements: elementsOf(elements),
    securities: [...texts(elements.securities), ...texts(elements.security)],
    fields: [...texts(elements.fields), ...texts(elements.eventTypes), ...texts(elements.eventType)],
  };
}

const texts = (value: JsonValue | undefined): string[] =>
  (Array.isArray(value) ? (value as readonly JsonValue[]) : [value]).filter(
    (one): one is string => typeof one === 'string',
  );

/** JSON null is an element left out; ISO text of an element named …DateTime is a date-time. */
function elementsOf(record: Readonly<Record<string, JsonValue>>): BlpRequestElements {
  const elements: Record<string, BlpRequestValue> = {};
  for (const [name, value] of Object.entries(record)) {
    const element = elementOf(value, /datetime$/i.test(name));
    if (element !== undefined) elements[name] = element;
  }
  return elements;
}

function elementOf(value: JsonValue, isDatetime: boolean): BlpRequestValue | undefined {
  if (value === null) return undefined;
  if (typeof value === 'string' && isDatetime) return parseDatetime(value) ?? value;
  if (typeof value !== 'object') return value;
  if (!Array.isArray(value)) return elementsOf(value as Readonly<Record<string, JsonValue>>);
  return (value as readonly JsonValue[]).flatMap((one) => elementOf(one, isDatetime) ?? []);
}

export interface MarketRequestsOptions {
  readonly users: MarketUsers;
  readonly usage: UsageMeter;
  readonly session: () => BlpSessionPort | undefined;
  readonly openService: (service: string) => Promise<void>;
  /** Default 30 s. */
  readonly timeoutMs?: number;
}

export class MarketRequests {
  count = 0;
  private readonly options: MarketRequestsOptions;

  constructor(options: MarketRequestsOptions) {
    this.options = options;
  }

  /** Rights first, then the budget; then parts as they come. Throws Refusal; leaving the loop cancels. */
  async *ask(
    user: MarketUser,
    request: PreparedRequest,
    signal: AbortSignal,
  ): AsyncGenerator<BlpResponsePart> {
    const { users } = this.options;
    users.require(user, request.service, request.fields);
    const session = this.required();
    this.charge(user.user.id, request);
    const identity = await users.identityFor(user).catch((error: unknown) => {
      throw refusalOf(error);
    });
    yield* this.send(session, request, signal, identity === undefined ? {} : { identity });
  }

  /** For the platform itself. */
  async *askAs(who: string, request: PreparedRequest): AsyncGenerator<BlpResponsePart> {
    const session = this.required();
    this.charge(who, request);
    yield* this.send(session, request, undefined, {});
  }

  private required(): BlpSessionPort {
    const session = this.options.session();
    if (session === undefined)
      throw new Refusal(
        503,
        'FEED_DOWN',
        'there is no session with Bloomberg now; its operators can see why',
      );
    return session;
  }

  private charge(user: string, { service, securities, fields }: PreparedRequest): void {
    const refused = this.options.usage.take({
      user,
      service,
      securities,
      fields: fields.length,
      subscriptions: 0,
    });
    if (refused !== undefined) throw new Refusal(429, refused.code, refused.text);
  }

  private async *send(
    session: BlpSessionPort,
    { service, operation, elements }: PreparedRequest,
    signal: AbortSignal | undefined,
    identity: object,
  ): AsyncGenerator<BlpResponsePart> {
    this.count += 1;
    try {
      await this.options.openService(service);
      const { timeoutMs = 30_000 } = this.options;
      const response = session.request(
        { service, operation, elements },
        { timeoutMs, ...identity, ...(signal === undefined ? {} : { signal }) },
      );
      for await (const part of response) {
        if (part.responseError !== undefined)
          throw new Refusal(422, part.responseError.category, part.responseError.description);
        yield part;
      }
    } catch (error) {
      throw refusalOf(error);
    }
  }
}

const ofTheCaller = new Set([
  'invalidArgument',
  'conversion',
  'bounds',
  'notFound',
  'fieldNotFound',
  'unsupported',
]);
const locals: Readonly<Record<string, number>> = {
  TIMEOUT: 504,
  CANCELLED: 503,
  SESSION_ENDED: 503,
  WRONG_STATE: 503,
  LIMIT: 503,
  BAD_REQUEST: 400,
  UNSUPPORTED_BY_LIBRARY: 400,
};

/** Bloomberg's and the library's errors as a status and a code; others pass as they are. */
export function refusalOf(error: unknown): unknown {
  if (!(error instanceof BlpError)) return error;
  const { class: kind, category, description } = error;
  if (ofTheCaller.has(kind)) return new Refusal(400, 'INVALID_ELEMENT', description);
  if (kind === 'local') return new Refusal(locals[category] ?? 503, category, description);
  return kind === 'remote'
    ? new Refusal(422, category, description)
    : new Refusal(503, 'LIBRARY_ERROR', description);
}
