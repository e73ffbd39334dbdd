/**
 * The body of an order journal's record as text. Version 1 is the recorded event as it is. Version 2 says the
 * same by position, and says nothing twice: names of fields are here instead of in each record, and what the
 * order's image shares with the event is left out, so that a year of trading takes a third of the disk. What
 * does not fit the tables below is written as version 1; both are read for ever.
 */
import type { OrderImage, PositionImage } from '@tidegate/core/order/image';
import type { OrderEvent } from '@tidegate/core/order/order';

export interface WrittenBody {
  readonly version: 1 | 2;
  /** JSON, without line breaks. */
  readonly text: string;
}

type Type = OrderEvent['type'];
type FieldsOf<T extends Type> = Exclude<keyof Extract<OrderEvent, { readonly type: T }>, 'type'>;
type Named = Readonly<Record<string, unknown>>;

/** In the order of their positions, which never changes: a new field comes last. */
const eventFields: { readonly [T in Type]: Readonly<Record<FieldsOf<T>, true>> } = {
  orderAccepted: {
    orderId: true,
    commandId: true,
    origin: true,
    account: true,
    trader: true,
    clOrdId: true,
    instrument: true,
    side: true,
    orderType: true,
    price: true,
    quantity: true,
    timeInForce: true,
    forcedVenue: true,
    shownPrice: true,
    priceScale: true,
    quantityScale: true,
  },
  orderRefused: {
    commandId: true,
    origin: true,
    account: true,
    clOrdId: true,
    instrument: true,
    side: true,
    quantity: true,
    quantityScale: true,
    terms: true,
    code: true,
    text: true,
  },
  changeRefused: {
    commandId: true,
    origin: true,
    change: true,
    clOrdId: true,
    origClOrdId: true,
    orderId: true,
    code: true,
    text: true,
  },
  cancelRequested: { orderId: true, commandId: true, clOrdId: true, reason: true },
  orderReplaced: {
    orderId: true,
    commandId: true,
    clOrdId: true,
    origClOrdId: true,
    quantity: true,
    price: true,
  },
  orderClosed: { orderId: true, outcome: true, code: true, reason: true, clOrdId: true },
  routeRequested: {
    orderId: true,
    routeId: true,
    venue: true,
    instrument: true,
    side: true,
    quantity: true,
    orderType: true,
    price: true,
    timeInForce: true,
    markup: true,
    deadlineMs: true,
    evidence: true,
    configurationVersion: true,
  },
  routeAcknowledged: { orderId: true, routeId: true, commandId: true, venueOrderId: true },
  routeFilled: {
    orderId: true,
    routeId: true,
    commandId: true,
    venue: true,
    venueExecId: true,
    quantity: true,
    venuePrice: true,
    clientPrice: true,
    exactPrice: true,
    caseId: true,
  },
  routeClosed: { orderId: true, routeId: true, commandId: true, outcome: true, text: true },
  routeUnknown: {
    orderId: true,
    routeId: true,
    commandId: true,
    venue: true,
    venueClOrdId: true,
    reason: true,
  },
  routeCancelRequested: {
    orderId: true,
    routeId: true,
    venue: true,
    venueClOrdId: true,
    cancelId: true,
    isEarly: true,
  },
  routeReplaceRequested: {
    orderId: true,
    routeId: true,
    venue: true,
    venueClOrdId: true,
    replaceId: true,
    quantity: true,
    price: true,
    clOrdId: true,
    commandId: true,
    origin: true,
    deadlineMs: true,
  },
  tradingStateChanged: { commandId: true, by: true, reason: true, state: true },
  stopSet: { commandId: true, by: true, reason: true, scope: true, stop: true, orders: true },
  stopReleased: { commandId: true, by: true, reason: true, scope: true },
  limitReached: {
    limit: true,
    subject: true,
    level: true,
    use: true,
    maximum: true,
    text: true,
  },
  limitTripped: { limit: true, subject: true, text: true },
  limitReleased: { commandId: true, by: true, reason: true, limit: true, subject: true },
  numberingBegun: { commandId: true, base: true, text: true },
  lossAccepted: { commandId: true, by: true, reason: true },
  orderRevived: { orderId: true, saved: true },
  venueReportUnmatched: { commandId: true, venue: true, routeId: true, text: true },
  tradeBusted: {
    orderId: true,
    routeId: true,
    commandId: true,
    venue: true,
    venueExecId: true,
    refSequence: true,
    quantity: true,
    venuePrice: true,
    clientPrice: true,
  },
  tradeCorrected: {
    orderId: true,
    routeId: true,
    commandId: true,
    venue: true,
    venueExecId: true,
    refSequence: true,
    quantityBefore: true,
    clientPriceBefore: true,
    quantity: true,
    venuePrice: true,
    clientPrice: true,
  },
  routeReduced: { orderId: true, routeId: true, commandId: true, quantity: true, outcome: true, text: true },
  caseOpened: {
    caseId: true,
    kind: true,
    commandId: true,
    venue: true,
    routeId: true,
    venueExecId: true,
    orderId: true,
    instrument: true,
    side: true,
    priceScale: true,
    quantityScale: true,
    text: true,
    raw: true,
    proposal: true,
    held: true,
    counted: true,
    isBooked: true,
  },
  caseResolved: { caseId: true, commandId: true, by: true, reason: true, action: true, orderId: true },
};

const imageFields: Readonly<Record<keyof OrderImage, true>> = {
  orderId: true,
  origin: true,
  account: true,
  trader: true,
  clOrdId: true,
  instrument: true,
  side: true,
  orderType: true,
  price: true,
  quantity: true,
  timeInForce: true,
  forcedVenue: true,
  status: true,
  filled: true,
  leaves: true,
  notional: true,
  unknown: true,
  code: true,
  text: true,
  createdAtMs: true,
  updatedAtMs: true,
  priceScale: true,
  quantityScale: true,
};

const positionFields: Readonly<Record<keyof PositionImage, true>> = {
  account: true,
  instrument: true,
  quantity: true,
  cost: true,
  realized: true,
  priceScale: true,
  quantityScale: true,
};

const namesOf = (fields: Readonly<Record<string, true>>): readonly string[] => Object.keys(fields);
const eventNames = new Map(Object.entries(eventFields).map(([type, fields]) => [type, namesOf(fields)]));
const imageNames = namesOf(imageFields);
const positionNames = namesOf(positionFields);
/** Of what an image says of an order that nothing has happened to. */
const untouched: Named = { filled: 0, leaves: 0, notional: '0', unknown: false, text: '' };

/** Values that are objects themselves: their fields by position too. */
const inner: Readonly<Record<string, readonly string[]>> = {
  origin: ['channel', 'client'],
  evidence: ['quoteId', 'ageMs', 'price'],
};

/** Stands for a field that is absent although it was to be expected. */
const ABSENT = Object.freeze([]) as readonly unknown[];

/** `body`: as `RecordedEvent`; anything else is written as it is. */
export function writeBody(type: string, atMs: number, body: object): WrittenBody {
  const values = valuesOf(type, atMs, body as Named);
  return values === undefined
    ? { version: 1, text: JSON.stringify(body) }
    : { version: 2, text: JSON.stringify(values) };
}

/** What `writeBody` was given, from the parsed text. */
export function readBody(version: number, type: string, atMs: number, written: unknown): object {
  if (version === 1) return written as object;
  const names = eventNames.get(type);
  if (version !== 2 || names === undefined)
    throw new Error(`a record of version ${version} and type ${type} is of a later release`);
  const [event, order, position, numbering] = (written as readonly (readonly unknown[] | null)[]).map(
    (values) => values ?? undefined,
  );
  const read: Record<string, unknown> = { event: { type, ...named(names, event ?? [], {}) } };
  if (order !== undefined) read.order = named(imageNames, order, expectedOf(read.event as Named, atMs));
  if (position !== undefined) read.position = named(positionNames, position, read.order as Named);
  if (numbering !== undefined) read.numbering = numbering;
  return read;
}

function valuesOf(type: string, atMs: number, body: Named): readonly unknown[] | undefined {
  const names = eventNames.get(type);
  const { event, order, position, numbering, ...more } = body as Record<string, Named | undefined>;
  if (names === undefined || event?.type !== type || Object.keys(more).length > 0) return undefined;
  const eventValues = positioned(names, event, {}, 1);
  const orderValues = order && positioned(imageNames, order, expectedOf(event, atMs));
  const positionValues = position && positioned(positionNames, position, order ?? {});
  if (eventValues === undefined || (order && !orderValues) || (position && !(order && positionValues)))
    return undefined;
  return trimmed([eventValues, orderValues ?? null, positionValues ?? null, numbering ?? null]);
}

/** What the image of an order says where the event does not say otherwise. */
function expectedOf(event: Named, atMs: number): Named {
  return { ...untouched, createdAtMs: atMs, updatedAtMs: atMs, ...event };
}

/** Undefined when the object has a field that has no position; `beside`: those that need none. */
function positioned(
  names: readonly string[],
  object: Named,
  expected: Named,
  beside = 0,
): readonly unknown[] | undefined {
  let left = -beside;
  for (const name in object) if (object[name] !== undefined) left += 1;
  const values: unknown[] = [];
  for (const name of names) {
    const value = object[name];
    if (value !== undefined) left -= 1;
    if (isEqual(value, expected[name])) values.push(null);
    else if (value === undefined) values.push(ABSENT);
    else {
      const packed = pack(name, value);
      if (packed === undefined) return undefined;
      values.push(packed);
    }
  }
  return left === 0 ? trimmed(values) : undefined;
}

function named(names: readonly string[], values: readonly unknown[], expected: Named): Named {
  const object: Record<string, unknown> = {};
  for (const [index, name] of names.entries()) {
    const value = values[index] ?? undefined;
    if (value === undefined) {
      if (expected[name] !== undefined) object[name] = expected[name];
    } else if (!isAbsent(name, value)) object[name] = unpack(name, value);
  }
  return object;
}

/** Only of an expected field; `evidence` may be empty, and is never expected. */
const isAbsent = (name: string, value: unknown): boolean =>
  Array.isArray(value) && value.length === 0 && name !== 'evidence';

function isEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  const [a, b] = [left as Named | undefined, right as Named | undefined];
  return (
    typeof left === 'object' &&
    typeof right === 'object' &&
    a?.channel === b?.channel &&
    a?.client === b?.client
  );
}

/** Undefined for what could not be told from something else when it is read. */
function pack(name: string, value: unknown): unknown {
  if (value === null) return undefined;
  const names = inner[name];
  if (names === undefined) return Array.isArray(value) ? undefined : value;
  if (Array.isArray(value)) {
    const packed = value.map((one: Named) => inOrder(names, one));
    return packed.includes(undefined) ? undefined : packed;
  }
  return inOrder(names, value as Named);
}

function inOrder(names: readonly string[], object: Named): readonly unknown[] | undefined {
  const values = names.map((name) => object[name] ?? null);
  return Object.keys(object).length === names.length && !values.includes(null) ? values : undefined;
}

function unpack(name: string, value: unknown): unknown {
  const names = inner[name];
  if (names === undefined || !Array.isArray(value)) return value;
  const object = (values: readonly unknown[]) =>
    Object.fromEntries(names.map((field, index) => [field, values[index]]));
  return name === 'evidence' ? value.map(object) : object(value);
}

function trimmed(values: readonly unknown[]): readonly unknown[] {
  let length = values.length;
  while (length > 0 && values[length - 1] === null) length -= 1;
  return length === values.length ? values : values.slice(0, length);
}
