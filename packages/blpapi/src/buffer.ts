/**
 * Writes the buffer of `layout.ts` in TypeScript: the twin of `native/buffer.h` and `native/dictionary.c`,
 * used by `ffi.ts` when there is no compiled shim.
 */
import {
  bufferHeader,
  bufferMagic,
  definition,
  header,
  namesMax,
  shapesMax,
  textBytesMax,
  textsMax,
} from './layout.ts';

const encoder = new TextEncoder();

export class BufferWriter {
  head = bufferHeader;
  tail: number;
  definitions = 0;
  events = 0;
  messages = 0;
  unreadable = 0;
  takenAtMs = 0;
  isFull = false;
  readonly view: DataView;
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.tail = bytes.length;
  }

  /** Where `length` bytes may be written; -1 when they do not fit. */
  reserve(length: number): number {
    if (this.isFull || this.tail - this.head < length) {
      this.isFull = true;
      return -1;
    }
    const place = this.head;
    this.head += length;
    return place;
  }

  u8(value: number): void {
    const at = this.reserve(1);
    if (at >= 0) this.view.setUint8(at, value);
  }

  u32(value: number): void {
    const at = this.reserve(4);
    if (at >= 0) this.view.setUint32(at, value, true);
  }

  f64(value: number): void {
    const at = this.reserve(8);
    if (at >= 0) this.view.setFloat64(at, value, true);
  }

  copy(from: Uint8Array): void {
    const at = this.reserve(from.length);
    if (at >= 0) this.bytes.set(from, at);
  }

  sized(from: Uint8Array): void {
    this.u32(from.length);
    this.copy(from);
  }

  /** Room for a definition of `length` bytes; -1 when it does not fit. */
  define(length: number): number {
    if (this.isFull || this.tail - this.head < length + 4) {
      this.isFull = true;
      return -1;
    }
    this.tail -= 4;
    this.view.setUint32(this.tail, length, true);
    this.tail -= length;
    this.definitions++;
    return this.tail;
  }

  finish(): void {
    this.view.setUint32(header.magic, bufferMagic, true);
    this.view.setUint32(header.recordsEnd, this.head, true);
    this.view.setUint32(header.definitionsBegin, this.tail, true);
    this.view.setUint32(header.definitions, this.definitions, true);
    this.view.setUint32(header.events, this.events, true);
    this.view.setUint32(header.messages, this.messages, true);
    this.view.setFloat64(header.takenAtMs, this.takenAtMs, true);
    this.view.setUint32(header.unreadable, this.unreadable, true);
    this.view.setUint32(36, 0, true);
  }
}

/** What the reader has been told already; -1 stands for "write it out". */
export class Dictionary {
  readonly #names = new Map<bigint, number>();
  readonly #texts = new Map<string, number>();
  readonly #shapes = new Map<string, number>();

  name(writer: BufferWriter, pointer: bigint | null, text: (pointer: bigint) => string): number {
    const known = pointer === null ? undefined : this.#names.get(pointer);
    if (known !== undefined) return known;
    if (pointer === null || this.#names.size >= namesMax) {
      writer.isFull = true;
      return -1;
    }
    const bytes = encoder.encode(text(pointer));
    if (!this.#define(writer, definition.name, bytes)) return -1;
    this.#names.set(pointer, this.#names.size);
    return this.#names.size - 1;
  }

  text(writer: BufferWriter, text: string, bytes: Uint8Array): number {
    if (bytes.length > textBytesMax) return -1;
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size >= textsMax || !this.#define(writer, definition.text, bytes)) return -1;
    this.#texts.set(text, this.#texts.size);
    return this.#texts.size - 1;
  }

  shape(writer: BufferWriter, type: number, fields: readonly number[]): number {
    const key = `${type}:${fields.join(',')}`;
    const known = this.#shapes.get(key);
    if (known !== undefined) return known;
    if (this.#shapes.size >= shapesMax) return -1;
    const words = Uint32Array.of(type, ...fields);
    if (!this.#define(writer, definition.shape, new Uint8Array(words.buffer))) return -1;
    this.#shapes.set(key, this.#shapes.size);
    return this.#shapes.size - 1;
  }

  #define(writer: BufferWriter, kind: number, body: Uint8Array): boolean {
    const at = writer.define(1 + body.length);
    if (at < 0) return false;
    writer.bytes[at] = kind;
    writer.bytes.set(body, at + 1);
    return true;
  }
}
