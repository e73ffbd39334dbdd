/**
 * From a buffer of the shim (or of `ffi.ts`) to JavaScript objects, on the consumer's thread. The hot path is
 * a flat market data message of a known shape: names and types are known, only values are read. `layout.ts`
 * has the layout, `events.ts` makes typed events of everything that is not market data.
 */
import type { BlpBatch, BlpDataEvent, BlpEvent, BlpRecord, BlpValue } from './contract.ts';
import { readDatetime } from './datetime.ts';
import { fieldFilter, type FieldFilter } from './fields.ts';
import { bufferHeader, bufferMagic, definition, eventType, flag, header, record, tag } from './layout.ts';

/** A message that is no plain market data, still in the library's words. */
export interface RawMessage {
  readonly eventType: number;
  readonly messageType: string;
  readonly correlationIds: readonly number[];
  readonly service: string;
  /** Last message of its event: with event type RESPONSE the end of an answer. */
  readonly isLast: boolean;
  readonly elements: BlpRecord;
}

/** What the decoder hands over for a typed event; undefined: not for the listener. */
export interface DecoderListener {
  message(raw: RawMessage): BlpEvent | undefined;
  log(severity: number, lost: number, category: string, text: string): BlpEvent | undefined;
  tooLarge(raw: RawMessage, limit: number): BlpEvent | undefined;
  /** The library refused to give events. */
  failure(call: string, code: number, text: string): void;
}

/** Fields of a shape to read, in its order: fields nobody asked for are passed over unread. */
interface Selection {
  /** Undefined: read only to get past it. */
  readonly names: readonly (string | undefined)[];
  readonly types: Uint8Array;
  /** Bytes from the end of the field read before to this one. */
  readonly gaps: Uint32Array;
  /** Bytes after the last. */
  readonly rest: number;
}

interface Everything extends Selection {
  readonly names: readonly string[];
}

interface Shape {
  readonly messageType: string;
  readonly all: Everything;
  /** For the filter seen last; most subscriptions share one. */
  filter: FieldFilter | undefined;
  selection: Selection;
  readonly selections: WeakMap<FieldFilter, Selection>;
}

export interface DecodedBatch extends BlpBatch {
  readonly nativeEvents: number;
  readonly messages: number;
  /** Bytes used of the buffer. */
  readonly bytes: number;
  /** Values the library would not give; they appear as null. */
  readonly unreadable: number;
}

type MutableRecord = Record<string, BlpValue>;

const recaps = ['none', 'solicited', 'unsolicited', 'none'] as const;
const fragments = ['none', 'start', 'intermediate', 'end'] as const;

/** Bytes of a value by type; what is not here says its length itself. */
const sizes: Readonly<Record<number, number>> = {
  [tag.float64]: 8,
  [tag.decimal]: 8,
  [tag.int64]: 8,
  [tag.int32]: 4,
  [tag.float32]: 4,
  [tag.enumeration]: 4,
  [tag.text]: 4,
  [tag.unreadable]: 4,
  [tag.date]: 16,
  [tag.time]: 16,
  [tag.datetime]: 16,
  [tag.bool]: 1,
  [tag.char]: 1,
  [tag.byte]: 1,
  [tag.null]: 0,
};

/** Keeps what the filter has, and, to be dropped when read, what has no fixed length. */
function selectionOf({ messageType, all }: Shape, filter: FieldFilter): Selection {
  if (messageType !== 'MarketDataEvents' || all.names.every((name) => filter.has(name))) return all;
  const names: (string | undefined)[] = [];
  const types: number[] = [];
  const gaps: number[] = [];
  let gap = 0;
  for (const [index, name] of all.names.entries()) {
    const type = all.types[index] as number;
    const size = sizes[type];
    if (filter.has(name) || size === undefined) {
      names.push(filter.has(name) ? name : undefined);
      types.push(type);
      gaps.push(gap);
      gap = 0;
    } else gap += size;
  }
  return { names, types: Uint8Array.from(types), gaps: Uint32Array.from(gaps), rest: gap };
}

export class BatchDecoder {
  readonly #listener: DecoderListener;
  readonly #names: string[] = [];
  readonly #texts: string[] = [];
  readonly #shapes: Shape[] = [];
  readonly #filters = new Map<number, FieldFilter>();
  #view = new DataView(new ArrayBuffer(0));
  #bytes = Buffer.alloc(0);
  #at = 0;

  constructor(listener: DecoderListener) {
    this.#listener = listener;
  }

  /** Keep only these fields (and the event type fields) of a subscription's market data. */
  keepFields(correlationId: number, fields: readonly string[]): void {
    this.#filters.set(correlationId, fieldFilter(fields));
  }

  forgetFields(correlationId: number): void {
    this.#filters.delete(correlationId);
  }

  decode(buffer: ArrayBuffer): DecodedBatch {
    const view = (this.#view = new DataView(buffer));
    this.#bytes = Buffer.from(buffer);
    if (view.getUint32(header.magic, true) !== bufferMagic) throw new Error('not a buffer of the shim');
    this.#define(view.getUint32(header.definitions, true));
    const events: BlpEvent[] = [];
    const end = view.getUint32(header.recordsEnd, true);
    this.#at = bufferHeader;
    while (this.#at < end) {
      const event = this.#record();
      if (event !== undefined) events.push(event);
    }
    return {
      events,
      takenAtMs: view.getFloat64(header.takenAtMs, true),
      nativeEvents: view.getUint32(header.events, true),
      messages: view.getUint32(header.messages, true),
      bytes: end + buffer.byteLength - view.getUint32(header.definitionsBegin, true),
      unreadable: view.getUint32(header.unreadable, true),
    };
  }

  /** Definitions lie from the end of the buffer downwards, each followed by its length. */
  #define(count: number): void {
    let end = this.#bytes.length;
    for (let index = 0; index < count; index++) {
      const length = this.#view.getUint32(end - 4, true);
      const begin = end - 4 - length;
      const kind = this.#view.getUint8(begin);
      if (kind === definition.shape) this.#defineShape(begin + 1, end - 4);
      else {
        const text = this.#bytes.toString('utf8', begin + 1, end - 4);
        if (kind === definition.text) this.#texts.push(text);
        else this.#names.push(text === '__proto__' ? '_proto_' : text);
      }
      end = begin;
    }
  }

  #defineShape(begin: number, end: number): void {
    const count = (end - begin - 4) / 4;
    const names: string[] = [];
    const types = new Uint8Array(count);
    for (let index = 0; index < count; index++) {
      const field = this.#view.getUint32(begin + 4 + index * 4, true);
      names.push(this.#name(field >>> 5));
      types[index] = field & 31;
    }
    const messageType = this.#name(this.#view.getUint32(begin, true));
    const all = { names, types, gaps: new Uint32Array(count), rest: 0 };
    this.#shapes.push({ messageType, all, filter: undefined, selection: all, selections: new WeakMap() });
  }

  #name(index: number): string {
    const name = this.#names[index];
    if (name === undefined) throw new Error(`name ${index} has not been defined`);
    return name;
  }

  #record(): BlpEvent | undefined {
    const kind = this.#view.getUint8(this.#at);
    switch (kind) {
      case record.flat:
        return this.#flat();
      case record.message:
        return this.#message();
      case record.log:
        return this.#log();
      case record.tooLarge: {
        const raw = this.#head();
        const limit = this.#u32();
        return this.#listener.tooLarge({ ...raw, elements: {} }, limit);
      }
      case record.error: {
        this.#at += 1;
        const code = this.#u32();
        this.#listener.failure(this.#string(), code, this.#string());
        return undefined;
      }
      default:
        throw new Error(`record of unknown kind ${kind} at ${this.#at}`);
    }
  }

  #flat(): BlpDataEvent {
    const view = this.#view;
    const at = this.#at;
    const marks = view.getUint8(at + 2);
    const isTimed = (view.getUint8(at + 3) & flag.timed) !== 0;
    const shape = this.#shapes[view.getUint32(at + 4, true)];
    if (shape === undefined) throw new Error('shape has not been defined');
    const correlationId = view.getFloat64(at + 8, true);
    this.#at = at + 16;
    const receiveDelayNs = isTimed ? this.#f64() : 0;
    const fields = this.#fields(shape, this.#filters.get(correlationId));
    const recap = recaps[(marks & 3) as 0];
    const fragment = fragments[((marks >> 2) & 3) as 0];
    const { messageType } = shape;
    return isTimed
      ? { kind: 'data', correlationId, messageType, recap, fragment, fields, receiveDelayNs }
      : { kind: 'data', correlationId, messageType, recap, fragment, fields };
  }

  #fields(shape: Shape, filter: FieldFilter | undefined): BlpRecord {
    if (shape.filter !== filter) this.#select(shape, filter);
    const { names, types, gaps, rest } = shape.selection;
    const fields: MutableRecord = {};
    for (let index = 0; index < types.length; index++) {
      this.#at += gaps[index] as number;
      const value = this.#value(types[index] as number);
      const name = names[index];
      if (name !== undefined) fields[name] = value;
    }
    this.#at += rest;
    return fields;
  }

  #select(shape: Shape, filter: FieldFilter | undefined): void {
    let selection = filter === undefined ? shape.all : shape.selections.get(filter);
    if (selection === undefined && filter !== undefined)
      shape.selections.set(filter, (selection = selectionOf(shape, filter)));
    shape.filter = filter;
    shape.selection = selection ?? shape.all;
  }

  /** The value of type `type` at the cursor. */
  #value(type: number): BlpValue {
    const view = this.#view;
    const at = this.#at;
    switch (type) {
      case tag.float64:
      case tag.decimal:
        this.#at = at + 8;
        return view.getFloat64(at, true);
      case tag.int32:
        this.#at = at + 4;
        return view.getInt32(at, true);
      case tag.int64:
        this.#at = at + 8;
        return this.#int64(at);
      case tag.enumeration:
        this.#at = at + 4;
        return this.#name(view.getUint32(at, true));
      case tag.text:
        this.#at = at + 4;
        return this.#texts[view.getUint32(at, true)] ?? '';
      case tag.date:
      case tag.time:
      case tag.datetime:
        this.#at = at + 16;
        return readDatetime(view, at, type);
      case tag.bool:
        this.#at = at + 1;
        return view.getUint8(at) !== 0;
      case tag.null:
        return null;
      default:
        return this.#rareValue(type);
    }
  }

  #rareValue(type: number): BlpValue {
    const view = this.#view;
    const at = this.#at;
    switch (type) {
      case tag.string:
        return this.#string();
      case tag.char:
        this.#at = at + 1;
        return String.fromCharCode(view.getUint8(at));
      case tag.byte:
        this.#at = at + 1;
        return view.getUint8(at);
      case tag.float32:
        this.#at = at + 4;
        return view.getFloat32(at, true);
      case tag.bytes: {
        const length = this.#u32();
        const from = this.#at;
        this.#at = from + length;
        return Uint8Array.from(this.#bytes.subarray(from, from + length));
      }
      case tag.sequence:
      case tag.choice:
        return this.#sequence();
      case tag.array:
        return this.#array();
      case tag.unreadable:
        this.#at = at + 4;
        return null;
      default:
        throw new Error(`value of unknown type ${type} at ${at}`);
    }
  }

  #tagged(): BlpValue {
    const type = this.#view.getUint8(this.#at);
    this.#at += 1;
    return this.#value(type);
  }

  #sequence(): BlpRecord {
    const count = this.#u32();
    const members: MutableRecord = {};
    for (let index = 0; index < count; index++) {
      const name = this.#name(this.#u32());
      members[name] = this.#tagged();
    }
    return members;
  }

  #array(): readonly BlpValue[] {
    const count = this.#u32();
    const values: BlpValue[] = [];
    for (let index = 0; index < count; index++) values.push(this.#tagged());
    return values;
  }

  /** A number while it is exact, else a bigint. */
  #int64(at: number): number | bigint {
    const high = this.#view.getInt32(at + 4, true);
    if (high >= -0x200000 && high < 0x200000) {
      const value = high * 0x1_0000_0000 + this.#view.getUint32(at, true);
      if (Number.isSafeInteger(value)) return value;
    }
    return this.#view.getBigInt64(at, true);
  }

  #u32(): number {
    const value = this.#view.getUint32(this.#at, true);
    this.#at += 4;
    return value;
  }

  #f64(): number {
    const value = this.#view.getFloat64(this.#at, true);
    this.#at += 8;
    return value;
  }

  #string(): string {
    const length = this.#u32();
    const from = this.#at;
    this.#at = from + length;
    return this.#bytes.toString('utf8', from, from + length);
  }

  #head() {
    const at = this.#at;
    const view = this.#view;
    const flags = view.getUint8(at + 3);
    const marks = view.getUint8(at + 2);
    this.#at = at + 4;
    const messageType = this.#name(this.#u32());
    const count = this.#u32();
    const correlationIds: number[] = [];
    for (let index = 0; index < count; index++) correlationIds.push(this.#f64());
    const receiveDelayNs = (flags & flag.timed) === 0 ? undefined : this.#f64();
    return {
      eventType: view.getUint8(at + 1),
      messageType,
      correlationIds,
      service: this.#tagged() as string,
      isLast: (flags & flag.last) !== 0,
      recap: recaps[(marks & 3) as 0],
      fragment: fragments[((marks >> 2) & 3) as 0],
      receiveDelayNs,
    };
  }

  #message(): BlpEvent | undefined {
    const head = this.#head();
    const body = this.#tagged();
    const elements = (body ?? {}) as BlpRecord;
    const [correlationId] = head.correlationIds;
    if (head.eventType === eventType.subscriptionData && head.correlationIds.length === 1)
      return {
        kind: 'data',
        correlationId: correlationId as number,
        messageType: head.messageType,
        recap: head.recap,
        fragment: head.fragment,
        fields: this.#filtered(correlationId as number, head.messageType, elements),
        ...(head.receiveDelayNs === undefined ? {} : { receiveDelayNs: head.receiveDelayNs }),
      };
    return this.#listener.message({ ...head, elements });
  }

  #filtered(correlationId: number, messageType: string, elements: BlpRecord): BlpRecord {
    const filter = messageType === 'MarketDataEvents' ? this.#filters.get(correlationId) : undefined;
    if (filter === undefined) return elements;
    return Object.fromEntries(Object.entries(elements).filter(([name]) => filter.has(name)));
  }

  #log(): BlpEvent | undefined {
    const severity = this.#view.getUint8(this.#at + 1);
    this.#at += 2;
    const lost = this.#u32();
    return this.#listener.log(severity, lost, this.#string(), this.#string());
  }
}
