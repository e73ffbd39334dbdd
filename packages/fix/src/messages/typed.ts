/**
 * Messages by the names of their fields: `NewOrderSingle.read(message).clOrdId` and
 * `NewOrderSingle.write(fields, { clOrdId: … })`. On top of the codec, for applications; the generic access
 * by tag stays for the rest. The layouts in `fix44.ts` are generated; what this file adds is the meaning of
 * one line of them, for the compiler and at run time.
 *
 * No object is made for a field: a reader is one small object whose properties read the message when asked,
 * and one for all entries of a group. Numbers with decimals are text, or scaled integers by `scaled`; never
 * float.
 */
import type { FieldReader, FieldWriter } from '../codec/fields.ts';

/** 1: required. */
type Required = 0 | 1;

/**
 * A field's line: tag, kind, required, and more by kind: the values that a text or int may have, divided by
 * `|`; the tag of the length field before data; the fields of a group's entries, the delimiter first.
 */
export type Field =
  | readonly [tag: number, kind: 'text' | 'int', required?: Required, values?: string]
  | readonly [tag: number, kind: 'decimal' | 'boolean' | 'utc', required?: Required]
  | readonly [tag: number, kind: 'data', required: Required, lengthTag: number]
  | readonly [tag: number, kind: 'group', required: Required, entry: Fields];

export interface Fields {
  readonly [name: string]: Field;
}

/** A number with decimals: its text, or an integer of 10^-scale units and the scale. */
export type Decimal = string | readonly [scaled: number, scale: number];

type Union<S> = S extends `${infer Head}|${infer Tail}` ? Head | Union<Tail> : S;

/** What reading a field gives. */
type Read<F> = F extends readonly [number, 'text', Required, infer Values]
  ? Union<Values>
  : F extends readonly [number, 'group', Required, infer Entry extends Fields]
    ? Iterable<Reader<Entry>>
    : F extends readonly [number, infer Kind, ...unknown[]]
      ? ReadOf[Kind & keyof ReadOf]
      : never;

interface ReadOf {
  readonly text: string;
  /** NaN when it is malformed, or beyond 2^53. */
  readonly int: number;
  /** The text as it stands in the message. */
  readonly decimal: string;
  readonly boolean: boolean;
  /** Whole microseconds since the epoch. */
  readonly utc: number;
  /** A view, valid as long as the message. */
  readonly data: Uint8Array;
}

type Written<F> = F extends readonly [number, 'decimal', ...unknown[]]
  ? Decimal
  : F extends readonly [number, 'group', Required, infer Entry extends Fields]
    ? readonly Values<Entry>[]
    : Read<F>;

type RequiredNames<F> = {
  [K in keyof F]: F[K] extends readonly [number, string, 1, ...unknown[]] ? K : never;
}[keyof F];
type DecimalNames<F> = {
  [K in keyof F]: F[K] extends readonly [number, 'decimal', ...unknown[]] ? K : never;
}[keyof F];

/** Required fields are there in a validated message; the others may be undefined. Groups may be empty. */
export type Reader<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends readonly [number, 'group', ...unknown[]]
    ? Read<F[K]>
    : K extends RequiredNames<F>
      ? Read<F[K]>
      : Read<F[K]> | undefined;
} & Scaled<F>;

interface Scaled<F extends Fields> {
  /**
   * A number as an integer of 10^-scale units; undefined when it is absent, NaN when it is malformed or does
   * not fit the scale without rounding.
   */
  scaled(name: DecimalNames<F>, scale: number): number | undefined;
}

/** Values to write, by name. `undefined` is not written. */
export type Values<F extends Fields> = { readonly [K in RequiredNames<F>]: Written<F[K]> } & {
  readonly [K in Exclude<keyof F, RequiredNames<F>>]?: Written<F[K]> | undefined;
};

const MICROS_PER_MS = 1000;
const NANOS_PER_MICRO = 1000;

export class TypedMessage<const F extends Fields> {
  readonly msgType: string;
  readonly #fields: F;
  #reader: ReaderClass | undefined;

  constructor(msgType: string, fields: F) {
    this.msgType = msgType;
    this.#fields = fields;
  }

  /** Valid as long as the message. Whether it is of this type is the caller's to know. */
  read(message: FieldReader): Reader<F> {
    this.#reader ??= readerOf(this.#fields);
    return new this.#reader(message) as unknown as Reader<F>;
  }

  /** Writes the body in the order of `values`, entries of groups in the order of the standard. */
  write(fields: FieldWriter, values: Values<F>): void {
    for (const name in values) {
      const value: unknown = values[name as keyof Values<F>];
      if (value !== undefined) writeField(fields, fieldOf(this.#fields, name), value);
    }
  }
}

function fieldOf(fields: Fields, name: string): Field {
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (field === undefined) throw new TypeError(`the message has no field ${name}`);
  return field;
}

function writeField(fields: FieldWriter, field: Field, value: unknown): void {
  const tag = field[0];
  switch (field[1]) {
    case 'text':
      fields.text(tag, value as string);
      break;
    case 'int':
      fields.int(tag, value as number);
      break;
    case 'decimal':
      if (typeof value === 'string') fields.text(tag, value);
      else fields.decimal(tag, (value as readonly number[])[0]!, (value as readonly number[])[1]!);
      break;
    case 'boolean':
      fields.boolean(tag, value as boolean);
      break;
    case 'utc':
      writeTime(fields, tag, value as number);
      break;
    case 'data':
      fields.int(field[3], (value as Uint8Array).length).bytes(tag, value as Uint8Array);
      break;
    case 'group':
      writeGroup(fields, tag, field[3], value as readonly Readonly<Record<string, unknown>>[]);
  }
}

/** Milliseconds, and microseconds where there are some. */
function writeTime(fields: FieldWriter, tag: number, epochMicros: number): void {
  const ms = Math.floor(epochMicros / MICROS_PER_MS);
  const micros = epochMicros - ms * MICROS_PER_MS;
  fields.utcMillis(tag, ms, micros === 0 ? 3 : 6, micros * NANOS_PER_MICRO);
}

function writeGroup(
  fields: FieldWriter,
  countTag: number,
  layout: Fields,
  entries: readonly Readonly<Record<string, unknown>>[],
): void {
  fields.int(countTag, entries.length);
  for (const entry of entries) {
    let left = 0;
    for (const name in entry) {
      fieldOf(layout, name);
      if (entry[name] !== undefined) left++;
    }
    for (const name in layout) {
      if (left === 0) break;
      const value = entry[name];
      if (value === undefined) continue;
      writeField(fields, layout[name]!, value);
      left--;
    }
  }
}

/** One reader: the fields it is about, which change from entry to entry of a group. */
class Source {
  from: FieldReader;

  constructor(from: FieldReader) {
    this.from = from;
  }
}

type ReaderClass = new (from: FieldReader) => Source;

/** Entry readers by layout: components share theirs. */
const READERS = new WeakMap<Fields, ReaderClass>();

function readerOf(fields: Fields): ReaderClass {
  const known = READERS.get(fields);
  if (known !== undefined) return known;
  const reader = class extends Source {
    scaled(name: string, scale: number): number | undefined {
      return this.from.decimal(fieldOf(fields, name)[0], scale);
    }
  };
  for (const [name, field] of Object.entries(fields))
    Object.defineProperty(reader.prototype, name, { get: getterOf(field), enumerable: true });
  READERS.set(fields, reader);
  return reader;
}

function getterOf(field: Field): (this: Source) => unknown {
  const tag = field[0];
  switch (field[1]) {
    case 'int':
      return function (this: Source) {
        return this.from.int(tag);
      };
    case 'boolean':
      return function (this: Source) {
        return this.from.boolean(tag);
      };
    case 'utc':
      return function (this: Source) {
        return this.from.utcMicros(tag);
      };
    case 'data':
      return function (this: Source) {
        return this.from.bytes(tag);
      };
    case 'group':
      return function (this: Source) {
        return new Entries(this.from.entries(tag), field[3]);
      };
    default:
      return function (this: Source) {
        return this.from.text(tag);
      };
  }
}

/** The entries of a group through one reader, which is reused from step to step. */
class Entries implements IterableIterator<Source> {
  readonly #entries: Iterable<FieldReader>;
  readonly #layout: Fields;
  #iterator: Iterator<FieldReader>;
  #reader: Source | undefined;

  constructor(entries: Iterable<FieldReader>, layout: Fields) {
    this.#entries = entries;
    this.#layout = layout;
    this.#iterator = entries[Symbol.iterator]();
  }

  [Symbol.iterator](): this {
    this.#iterator = this.#entries[Symbol.iterator]();
    return this;
  }

  next(): IteratorResult<Source> {
    const step = this.#iterator.next();
    if (step.done === true) return { done: true, value: undefined };
    if (this.#reader === undefined) this.#reader = new (readerOf(this.#layout))(step.value);
    else this.#reader.from = step.value;
    return { done: false, value: this.#reader };
  }
}
