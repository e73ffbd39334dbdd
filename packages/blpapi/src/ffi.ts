/**
 * Reads events by calling the library directly through koffi, some seventy calls for a message: the fallback
 * where no compiler built the shim, and its oracle in the tests. It writes the same bytes as
 * `native/encode.c` and `native/poller.c`; where they differ, one of them is wrong.
 */
import koffi from 'koffi';
import { pointerCell, pointerIn, type Abi, type AbiFunctions, type Pointer } from './abi.ts';
import { BufferWriter, Dictionary } from './buffer.ts';
import {
  bufferHeader,
  depthMax,
  eventsPerPollMax,
  eventType,
  flag,
  polled,
  record,
  shapeFieldsMax,
  tag,
  waitMsMax,
} from './layout.ts';
import type { Poller, PollerOptions } from './poller.ts';

const encoder = new TextEncoder();
const correlationInt = 1;
const fixedBytes: Readonly<Record<number, number>> = {
  [tag.bool]: 1,
  [tag.char]: 1,
  [tag.byte]: 1,
  [tag.int32]: 4,
  [tag.int64]: 8,
  [tag.float32]: 4,
  [tag.float64]: 8,
  [tag.decimal]: 8,
  [tag.date]: 16,
  [tag.time]: 16,
  [tag.datetime]: 16,
};

interface MessageInHand {
  readonly handle: Pointer;
  readonly eventType: number;
  readonly isLast: boolean;
}

class ElementWriter {
  readonly #call: AbiFunctions;
  readonly #dictionary: Dictionary;
  readonly #isTimed: boolean;
  readonly #cell = pointerCell();
  readonly #length = new BigUint64Array(1);
  readonly #scalar = new Uint8Array(16);
  readonly #integer = new Int32Array(1);
  #out = new BufferWriter(new Uint8Array(bufferHeader));

  constructor(call: AbiFunctions, dictionary: Dictionary, isTimed: boolean) {
    this.#call = call;
    this.#dictionary = dictionary;
    this.#isTimed = isTimed;
  }

  message(out: BufferWriter, message: MessageInHand): void {
    this.#out = out;
    const elements = this.#call.Message_elements(message.handle);
    const { head, unreadable } = out;
    if (elements !== null && this.#flat(message, elements)) return;
    out.head = head;
    out.unreadable = unreadable;
    this.#head(record.message, message);
    if (elements === null) out.u8(tag.null);
    else this.#complex(elements, this.#call.Element_datatype(elements), 0);
  }

  tooLarge(out: BufferWriter, message: MessageInHand, limit: number): void {
    this.#out = out;
    this.#head(record.tooLarge, message);
    out.u32(limit);
  }

  #name(name: Pointer): number {
    return this.#dictionary.name(this.#out, name, (pointer) => this.#call.Name_string(pointer) ?? '');
  }

  #unreadable(code: number): void {
    this.#out.unreadable++;
    this.#out.u8(tag.unreadable);
    this.#out.u32(code);
  }

  #text(text: string): void {
    const bytes = encoder.encode(text);
    const index = this.#dictionary.text(this.#out, text, bytes);
    this.#out.u8(index >= 0 ? tag.text : tag.string);
    if (index >= 0) this.#out.u32(index);
    else this.#out.sized(bytes);
  }

  /** Text at the pointer in the cell, byte for byte. */
  #textInCell(): string {
    const pointer = pointerIn(this.#cell);
    return pointer === null ? '' : koffi.decode.string(pointer);
  }

  #string(element: Pointer, index: number): void {
    const code = this.#call.Element_getValueAsString(element, this.#cell, index);
    if (code !== 0) this.#unreadable(code);
    else this.#text(this.#textInCell());
  }

  #bytes(element: Pointer, index: number): void {
    const read = this.#call.Element_getValueAsBytes;
    const code =
      read === undefined
        ? this.#call.Element_getValueAsString(element, this.#cell, index)
        : read(element, this.#cell, this.#length, index);
    if (code !== 0) {
      this.#unreadable(code);
      return;
    }
    const pointer = pointerIn(this.#cell);
    const length = read === undefined ? undefined : Number(this.#length[0]);
    let bytes = new Uint8Array(0);
    if (pointer !== null && length === undefined) bytes = encoder.encode(koffi.decode.string(pointer));
    else if (pointer !== null && length !== undefined && length > 0)
      bytes = Uint8Array.from(koffi.decode(pointer, 'uint8_t', length) as ArrayLike<number>);
    this.#out.u8(tag.bytes);
    this.#out.sized(bytes);
  }

  #enumeration(element: Pointer, index: number): void {
    const code = this.#call.Element_getValueAsName(element, this.#cell, index);
    const name = pointerIn(this.#cell);
    if (code !== 0 || name === null) {
      this.#string(element, index);
      return;
    }
    const known = this.#name(name);
    this.#out.u8(tag.enumeration);
    this.#out.u32(known);
  }

  /** Reads a value of fixed size into the scratch bytes; the library's code. */
  #fixed(element: Pointer, index: number, type: number): number {
    const { call, scalar, integer } = { call: this.#call, scalar: this.#scalar, integer: this.#integer };
    scalar.fill(0);
    switch (type) {
      case tag.bool: {
        const code = call.Element_getValueAsBool(element, integer, index);
        scalar[0] = code === 0 && integer[0] !== 0 ? 1 : 0;
        return code;
      }
      case tag.byte: {
        const code = call.Element_getValueAsInt32(element, integer, index);
        scalar[0] = code === 0 ? (integer[0] as number) : 0;
        return code;
      }
      case tag.char:
        return call.Element_getValueAsChar(element, scalar, index);
      case tag.int32:
        return call.Element_getValueAsInt32(element, scalar, index);
      case tag.int64:
        return call.Element_getValueAsInt64(element, scalar, index);
      case tag.float32:
        return call.Element_getValueAsFloat32(element, scalar, index);
      case tag.float64:
      case tag.decimal:
        return call.Element_getValueAsFloat64(element, scalar, index);
      default:
        return call.Element_getValueAsHighPrecisionDatetime(element, scalar, index);
    }
  }

  #scalarValue(element: Pointer, index: number, type: number): void {
    const length = fixedBytes[type];
    if (length !== undefined) {
      const code = this.#fixed(element, index, type);
      if (code !== 0) {
        this.#unreadable(code);
        return;
      }
      this.#out.u8(type);
      this.#out.copy(this.#scalar.subarray(0, length));
    } else if (type === tag.enumeration) this.#enumeration(element, index);
    else if (type === tag.bytes) this.#bytes(element, index);
    else this.#string(element, index);
  }

  #member(element: Pointer, depth: number): void {
    this.#out.u32(this.#name(this.#call.Element_name(element)));
    this.#element(element, depth);
  }

  #complex(element: Pointer, type: number, depth: number): void {
    if (type === tag.choice) this.#choice(element, depth);
    else this.#sequence(element, depth);
  }

  #choice(element: Pointer, depth: number): void {
    const code = this.#call.Element_getChoice(element, this.#cell);
    const chosen = code === 0 ? pointerIn(this.#cell) : null;
    this.#out.u8(tag.choice);
    this.#out.u32(chosen === null ? 0 : 1);
    if (chosen !== null) this.#member(chosen, depth + 1);
  }

  #sequence(element: Pointer, depth: number): void {
    const out = this.#out;
    const count = Number(this.#numElements(element));
    out.u8(tag.sequence);
    const counted = out.reserve(4);
    let written = 0;
    for (let index = 0; index < count && !out.isFull; index++) {
      if (this.#call.Element_getElementAt(element, this.#cell, index) !== 0) {
        out.unreadable++;
        continue;
      }
      this.#member(pointerIn(this.#cell), depth + 1);
      written++;
    }
    if (counted >= 0) out.view.setUint32(counted, written, true);
  }

  #numElements(element: Pointer): number | bigint {
    return this.#call.Element_numElements(element);
  }

  #array(element: Pointer, type: number, depth: number): void {
    const out = this.#out;
    const call = this.#call;
    const count = Number(call.Element_numValues(element));
    out.u8(tag.array);
    out.u32(count);
    for (let index = 0; index < count && !out.isFull; index++) {
      if (type === tag.sequence || type === tag.choice) {
        const code = call.Element_getValueAsElement(element, this.#cell, index);
        if (code !== 0) this.#unreadable(code);
        else this.#complex(pointerIn(this.#cell), type, depth + 1);
      } else if (call.Element_isNullValue(element, index) === 1) out.u8(tag.null);
      else this.#scalarValue(element, index, type);
    }
  }

  #element(element: Pointer, depth: number): void {
    const call = this.#call;
    const type = call.Element_datatype(element);
    if (depth > depthMax) this.#unreadable(0);
    else if (call.Element_isArray(element) !== 0) this.#array(element, type, depth);
    else if (type === tag.sequence || type === tag.choice) this.#complex(element, type, depth);
    else if (call.Element_isNull(element) === 1) this.#out.u8(tag.null);
    else this.#scalarValue(element, 0, type);
  }

  #marks(message: Pointer): number {
    const recap = this.#call.Message_recapType?.(message) ?? 0;
    return (recap & 3) | ((this.#call.Message_fragmentType(message) & 3) << 2);
  }

  #delay(message: Pointer): number {
    const { Message_timeReceived, HighResolutionClock_now, TimePointUtil_nanosecondsBetween } = this.#call;
    if (!this.#isTimed || Message_timeReceived === undefined) return -1;
    if (HighResolutionClock_now === undefined || TimePointUtil_nanosecondsBetween === undefined) return -1;
    const received = new BigUint64Array(1);
    const now = new BigUint64Array(1);
    if (Message_timeReceived(message, received) !== 0 || HighResolutionClock_now(now) !== 0) return -1;
    return Number(TimePointUtil_nanosecondsBetween(received, now));
  }

  #correlationIds(message: Pointer): void {
    const out = this.#out;
    const count = this.#call.Message_numCorrelationIds(message);
    const counted = out.reserve(4);
    let written = 0;
    for (let index = 0; index < count; index++) {
      const id = this.#call.Message_correlationId(message, index);
      if (((id.header >>> 8) & 15) !== correlationInt) continue;
      out.f64(Number(id.value));
      written++;
    }
    if (counted >= 0) out.view.setUint32(counted, written, true);
  }

  #head(kind: number, message: MessageInHand): void {
    const out = this.#out;
    const service = this.#call.Message_service(message.handle);
    const serviceName = service === null ? '' : (this.#call.Service_name(service) ?? '');
    const delay = this.#delay(message.handle);
    out.u8(kind);
    out.u8(message.eventType);
    out.u8(this.#marks(message.handle));
    out.u8((message.isLast ? flag.last : 0) | (delay >= 0 ? flag.timed : 0));
    out.u32(this.#name(this.#call.Message_messageType(message.handle)));
    this.#correlationIds(message.handle);
    if (delay >= 0) out.f64(delay);
    this.#text(serviceName);
  }

  /** The value without its tag; the tag, or -1 when the field is not flat. */
  #flatValue(element: Pointer): number {
    const call = this.#call;
    const out = this.#out;
    const type = call.Element_datatype(element);
    if (type >= tag.sequence || call.Element_isArray(element) !== 0) return -1;
    if (call.Element_isNull(element) === 1) return tag.null;
    const length = fixedBytes[type];
    if (length !== undefined) {
      if (this.#fixed(element, 0, type) !== 0) return -1;
      out.copy(this.#scalar.subarray(0, length));
      return type;
    }
    const begin = out.head;
    this.#scalarValue(element, 0, type);
    if (out.isFull) return type;
    const written = out.bytes[begin] as number;
    if (written === tag.unreadable) return -1;
    out.bytes.copyWithin(begin, begin + 1, out.head);
    out.head--;
    return written;
  }

  /** True when written (or the buffer is full), false when the message is not flat. */
  #flat(message: MessageInHand, elements: Pointer): boolean {
    const call = this.#call;
    const out = this.#out;
    if (message.eventType !== eventType.subscriptionData) return false;
    if (call.Message_numCorrelationIds(message.handle) !== 1) return false;
    const id = call.Message_correlationId(message.handle, 0);
    const count = Number(this.#numElements(elements));
    if (((id.header >>> 8) & 15) !== correlationInt || count > shapeFieldsMax) return false;
    const type = this.#name(call.Message_messageType(message.handle));
    const head = out.reserve(16);
    const delay = this.#delay(message.handle);
    if (delay >= 0) out.f64(delay);
    const fields: number[] = [];
    for (let index = 0; index < count; index++) {
      if (call.Element_getElementAt(elements, this.#cell, index) !== 0) return false;
      const member = pointerIn(this.#cell);
      const name = this.#name(call.Element_name(member));
      const written = this.#flatValue(member);
      if (written < 0) return false;
      if (out.isFull) return true;
      fields.push(((name << 5) | written) >>> 0);
    }
    const shape = this.#dictionary.shape(out, type, fields);
    if (head < 0 || out.isFull) return true;
    if (shape < 0) return false;
    out.view.setUint8(head, record.flat);
    out.view.setUint8(head + 1, message.eventType);
    out.view.setUint8(head + 2, this.#marks(message.handle));
    out.view.setUint8(head + 3, delay >= 0 ? flag.timed : 0);
    out.view.setUint32(head + 4, shape, true);
    out.view.setFloat64(head + 8, Number(id.value), true);
    return true;
  }
}

class FfiPoller implements Poller {
  readonly #call: AbiFunctions;
  readonly #options: PollerOptions;
  readonly #elements: ElementWriter;
  readonly #cell = pointerCell();
  #event: Pointer = null;
  #iterator: Pointer = null;
  #message: Pointer = null;
  #following: Pointer = null;
  #eventType = 0;
  #hasWaited = false;

  constructor(abi: Abi, options: PollerOptions) {
    this.#call = abi.call;
    this.#options = options;
    this.#elements = new ElementWriter(abi.call, new Dictionary(), options.isTimed);
  }

  poll(buffer: Uint8Array, timeoutMs: number, eventsMax: number): number {
    if (buffer.length < bufferHeader) return polled.mustGrow;
    const out = new BufferWriter(buffer);
    const wait = Math.min(Math.max(timeoutMs, 1), waitMsMax);
    const most = eventsMax < 1 || eventsMax > eventsPerPollMax ? eventsPerPollMax : eventsMax;
    out.takenAtMs = monotonicMs();
    this.#hasWaited = false;
    const hasMore = this.#drain(out, wait, most);
    out.finish();
    if (out.head > bufferHeader || out.definitions > 0) return polled.hasContent | hasMore;
    return hasMore | (this.#event === null ? 0 : polled.mustGrow);
  }

  close(): void {
    this.#eventDone();
  }

  #drain(out: BufferWriter, wait: number, most: number): number {
    for (;;) {
      if (this.#event === null) {
        if (out.events >= most) return polled.hasMore;
        if (!this.#take(out, wait)) return 0;
      }
      if (this.#event !== null && !this.#write(out)) return polled.hasMore;
    }
  }

  #take(out: BufferWriter, wait: number): boolean {
    const { session } = this.#options;
    this.#cell[0] = 0n;
    if (this.#call.Session_tryNextEvent(session, this.#cell) !== 0 || this.#cell[0] === 0n) {
      if (this.#hasWaited || out.head > bufferHeader) return false;
      this.#hasWaited = true;
      this.#cell[0] = 0n;
      const code = this.#call.Session_nextEvent(session, this.#cell, wait);
      if (code !== 0) this.#failure(out, 'nextEvent', code);
      if (code !== 0 || this.#cell[0] === 0n) return false;
    }
    if (out.events === 0) out.takenAtMs = monotonicMs();
    this.#begin(pointerIn(this.#cell));
    if (this.#event !== null) out.events++;
    return true;
  }

  #failure(out: BufferWriter, source: string, code: number): void {
    out.u8(record.error);
    out.u32(code);
    out.sized(encoder.encode(source));
    out.sized(encoder.encode(this.#call.getLastErrorDescription(code) ?? ''));
  }

  #next(): Pointer {
    this.#cell[0] = 0n;
    return this.#call.MessageIterator_next(this.#iterator, this.#cell) === 0 ? pointerIn(this.#cell) : null;
  }

  #begin(event: Pointer): void {
    this.#event = event;
    this.#eventType = this.#call.Event_eventType(event);
    if (this.#eventType === eventType.timeout) {
      this.#eventDone();
      return;
    }
    this.#iterator = this.#call.MessageIterator_create(event);
    this.#message = this.#iterator === null ? null : this.#next();
    if (this.#message === null) this.#eventDone();
    else this.#following = this.#next();
  }

  #eventDone(): void {
    if (this.#iterator !== null) this.#call.MessageIterator_destroy(this.#iterator);
    if (this.#event !== null) this.#call.Event_release(this.#event);
    this.#event = this.#iterator = this.#message = this.#following = null;
  }

  #write(out: BufferWriter): boolean {
    const { messageBytesMax } = this.#options;
    while (this.#message !== null) {
      const isLast = this.#following === null;
      const message = { handle: this.#message, eventType: this.#eventType, isLast };
      const { head, unreadable } = out;
      this.#elements.message(out, message);
      if (out.isFull) {
        out.head = head;
        out.unreadable = unreadable;
        out.isFull = false;
        const isAlone = head === bufferHeader && out.definitions === 0;
        if (!isAlone || out.bytes.length < messageBytesMax) return false;
        this.#elements.tooLarge(out, message, messageBytesMax);
        if (out.isFull) out.head = head;
        out.isFull = false;
      }
      out.messages++;
      this.#message = this.#following;
      this.#following = this.#message === null ? null : this.#next();
    }
    this.#eventDone();
    return true;
  }
}

function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export function openFfiPoller(abi: Abi, options: PollerOptions): Poller {
  return new FfiPoller(abi, options);
}

/**
 * Silences the library's own printing without a compiled callback: it may call back from any of its threads,
 * which JavaScript can't serve while the worker waits in the library. A function of the C library that takes
 * nothing stands in, and the severity is OFF, so it is never called.
 */
export function silenceLog(abi: Abi): number {
  const address = koffi.address(koffi.load(null).symbol('getpid'));
  return abi.call.Logging_registerCallback(address, 0);
}
