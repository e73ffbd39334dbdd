/**
 * A decoded message as a view over the bytes it came in: the decoder fills one `MessageView` again and again.
 * Between socket and session on every inbound journey; nothing is turned into a string or number before it is
 * asked for.
 */
import { GROUP_SHIFT, NESTED, SECTION_MASK } from '../dictionary/definition.ts';
import type { GroupDefinition, Layout, MessageDefinition } from '../dictionary/definition.ts';
import type { Dictionary } from '../dictionary/dictionary.ts';
import type { FieldReader, Message } from './fields.ts';
import { decimal, integer, latin1, utcMicros } from './values.ts';

/** Tags from here on are looked up in a map, so that a hostile tag can't make the lookup table huge. */
const SLOT_TAGS_MAX = 65_536;
const BASE_MAX = 1 << 30;
/** Nine digits and `=`; a longer tag is malformed. */
const TAG_BYTES_MAX = 10;
/** `10=nnn` and SOH. */
const TRAILER_BYTES = 7;
/** Fields that a data field may stand behind its length field. */
const LENGTH_DISTANCE_MAX = 32;
/** Fields in a row that a message does not have and that still are looked behind. */
const FOREIGN_RUN_MAX = 64;
const NOTHING = new Uint8Array(0);

/** Getters over one field list; where a tag stands is the business of the subclass. */
abstract class View implements FieldReader {
  /** The message's bytes, somewhere in a longer buffer. */
  abstract readonly bytesOf: Uint8Array;
  /** Three numbers a field: tag, start and end of the value in `bytesOf`. Tag 0: not a well-formed tag. */
  abstract readonly index: Int32Array;

  /** Offset of the field in `index`, or -1. */
  protected abstract find(tag: number): number;
  abstract entries(countTag: number): Iterable<FieldReader>;

  has(tag: number): boolean {
    return this.find(tag) >= 0;
  }

  text(tag: number): string | undefined {
    const at = this.find(tag);
    return at < 0 ? undefined : latin1(this.bytesOf, this.index[at + 1], this.index[at + 2]);
  }

  is(tag: number, text: string): boolean {
    const at = this.find(tag);
    if (at < 0) return false;
    const start = this.index[at + 1];
    const { length } = text;
    if (this.index[at + 2] - start !== length) return false;
    let i = 0;
    while (i < length && this.bytesOf[start + i] === text.charCodeAt(i)) i++;
    return i === length;
  }

  int(tag: number): number | undefined {
    const at = this.find(tag);
    return at < 0 ? undefined : integer(this.bytesOf, this.index[at + 1], this.index[at + 2]);
  }

  decimal(tag: number, scale: number): number | undefined {
    const at = this.find(tag);
    return at < 0 ? undefined : decimal(this.bytesOf, this.index[at + 1], this.index[at + 2], scale);
  }

  char(tag: number): number | undefined {
    const at = this.find(tag);
    if (at < 0) return undefined;
    return this.index[at + 1] === this.index[at + 2] ? NaN : this.bytesOf[this.index[at + 1]];
  }

  /** `undefined` also when the value is neither Y nor N. */
  boolean(tag: number): boolean | undefined {
    const at = this.find(tag);
    if (at < 0 || this.index[at + 2] - this.index[at + 1] !== 1) return undefined;
    const code = this.bytesOf[this.index[at + 1]];
    return code === 0x59 ? true : code === 0x4e ? false : undefined;
  }

  utcMicros(tag: number): number | undefined {
    const at = this.find(tag);
    return at < 0 ? undefined : utcMicros(this.bytesOf, this.index[at + 1], this.index[at + 2]);
  }

  bytes(tag: number): Uint8Array | undefined {
    const at = this.find(tag);
    return at < 0 ? undefined : this.bytesOf.subarray(this.index[at + 1], this.index[at + 2]);
  }
}

/** TestReqID(112): QuickFIX answers an empty one in kind. */
export const TEST_REQ_ID = 112;

export class MessageView extends View implements Message {
  /** That by which the message was indexed: the decoder's, or that of its ApplVerID(1128). */
  dictionary: Dictionary;
  /** ApplVerID(1128) names a version there is no dictionary for; the decoder's was used. */
  isVersionUnknown = false;
  /** Fields without a value are not there for those who look them up. */
  emptyIsAbsent = false;
  bytesOf: Uint8Array = NOTHING;
  index = new Int32Array(3 * 64);
  fieldCount = 0;
  /** Where the frame begins and ends in `bytesOf`. */
  start = 0;
  end = 0;
  msgType = '';
  /** Undefined when the type is not in the dictionary; the message then has no groups. */
  definition: MessageDefinition | undefined;

  /** By tag: `base` + number of its first field; anything below `base` is left from an earlier message. */
  #slots: Int32Array;
  #base = 1;
  #far: Map<number, number> | undefined;

  constructor(dictionary: Dictionary) {
    super();
    this.dictionary = dictionary;
    this.#slots = new Int32Array(Math.max(dictionary.ordinals.length, 11));
  }

  /** 0 when MsgSeqNum(34) is missing or malformed. */
  get seqNum(): number {
    const at = this.find(34);
    if (at < 0) return 0;
    const value = integer(this.bytesOf, this.index[at + 1], this.index[at + 2]);
    return value > 0 ? value : 0;
  }

  get possDup(): boolean {
    return this.boolean(43) === true;
  }

  get possResend(): boolean {
    return this.boolean(97) === true;
  }

  get raw(): Uint8Array {
    return this.bytesOf.subarray(this.start, this.end);
  }

  /** Tag of the field at this place, 0 when it is malformed; for relays and logs that go over all fields. */
  tagAt(place: number): number {
    return this.index[place * 3];
  }

  textAt(place: number): string {
    return latin1(this.bytesOf, this.index[place * 3 + 1], this.index[place * 3 + 2]);
  }

  bytesAt(place: number): Uint8Array {
    return this.bytesOf.subarray(this.index[place * 3 + 1], this.index[place * 3 + 2]);
  }

  /** Place behind the field at `place` and, when that is the count of a group, behind its entries. */
  endAt(place: number): number {
    const { definition } = this;
    const group =
      definition === undefined ? undefined : groupOf(this.dictionary, definition, this.index[place * 3]);
    return group === undefined ? place + 1 : groupEnd(this, group, place);
  }

  entries(countTag: number): Iterable<FieldReader> {
    const at = this.find(countTag);
    const group =
      this.definition === undefined ? undefined : groupOf(this.dictionary, this.definition, countTag);
    return new GroupEntries(this, group, at < 0 ? this.fieldCount : at / 3, this.fieldCount);
  }

  /** Starts the next message, whose first two fields are these; both values end before an SOH. */
  open(
    bytes: Uint8Array,
    start: number,
    beginStringEnd: number,
    lengthStart: number,
    lengthEnd: number,
  ): void {
    this.#base += this.fieldCount;
    if (this.#base > BASE_MAX) {
      this.#slots.fill(0);
      this.#base = 1;
    }
    if (this.#far !== undefined) this.#far = undefined;
    this.isVersionUnknown = false;
    this.bytesOf = bytes;
    this.start = start;
    const { index } = this;
    index[0] = 8;
    index[1] = start + 2;
    index[2] = beginStringEnd;
    index[3] = 9;
    index[4] = lengthStart;
    index[5] = lengthEnd;
    this.fieldCount = 2;
  }

  /**
   * Walks [start, end), which ends with SOH, field by field; returns the sum of its bytes, for CheckSum,
   * added to `sum`.
   */
  scan(start: number, end: number, sumBefore: number): number {
    const bytes = this.bytesOf;
    const lengthTags = this.dictionary.lengthTags;
    const knownTags = lengthTags.length;
    const base = this.#base;
    let slots = this.#slots;
    let index = this.index;
    let count = 2;
    let sum = sumBefore;
    let p = start;
    slots[8] = base;
    slots[9] = base + 1;
    while (p < end) {
      const fieldStart = p;
      let byte = bytes[p++];
      let tag = byte - 0x30;
      sum += byte;
      while ((byte = bytes[p++]) >= 0x30 && byte <= 0x39) {
        sum += byte;
        tag = (Math.imul(tag, 10) + byte - 0x30) | 0;
      }
      sum += byte;
      if (
        byte !== 0x3d ||
        p - fieldStart > TAG_BYTES_MAX ||
        bytes[fieldStart] < 0x31 ||
        bytes[fieldStart] > 0x39
      ) {
        // Not digits without a leading zero and then `=`: kept as a field of tag 0 for the validator to
        // refuse.
        tag = 0;
        sum -= sumOf(bytes, fieldStart, p);
        p = fieldStart;
      }
      const valueStart = p;
      if (tag < knownTags && lengthTags[tag] !== 0) {
        const valueEnd = this.#dataEnd(lengthTags[tag], p, end, count);
        while (p < valueEnd) sum += bytes[p++];
      }
      while ((byte = bytes[p++]) !== 1) sum += byte;
      sum += 1;
      const at = count * 3;
      if (at + 3 > index.length) index = this.#growIndex();
      index[at] = tag;
      index[at + 1] = valueStart;
      index[at + 2] = p - 1;
      if (tag < slots.length) {
        if (slots[tag] < base) slots[tag] = base + count;
      } else {
        slots = this.#recordFar(tag, count);
      }
      count++;
    }
    this.fieldCount = count;
    return sum;
  }

  /**
   * Adds CheckSum(10), whose `10=nnn` is at `at`, and looks up the message type, which is the third field.
   */
  close(at: number): void {
    const place = this.fieldCount * 3;
    if (place + 3 > this.index.length) this.#growIndex();
    const { index } = this;
    index[place] = 10;
    index[place + 1] = at + 3;
    index[place + 2] = at + 6;
    if (this.#slots[10] < this.#base) this.#slots[10] = this.#base + this.fieldCount;
    this.fieldCount++;
    this.end = at + 7;
    const typeStart = index[7];
    const typeEnd = index[8];
    this.definition = this.dictionary.messageAt(this.bytesOf, typeStart, typeEnd);
    this.msgType =
      this.definition === undefined ? latin1(this.bytesOf, typeStart, typeEnd) : this.definition.msgType;
  }

  /** A copy with its own bytes and index. */
  copy(): MessageView {
    const copy = new MessageView(this.dictionary);
    copy.emptyIsAbsent = this.emptyIsAbsent;
    const { index, start } = this;
    copy.open(this.bytesOf.slice(start, this.end), 0, index[2] - start, index[4] - start, index[5] - start);
    copy.scan(index[5] + 1 - start, this.end - TRAILER_BYTES - start, 0);
    copy.close(this.end - TRAILER_BYTES - start);
    copy.isVersionUnknown = this.isVersionUnknown;
    return copy;
  }

  /** Indexes the message again, by another dictionary. */
  reopen(dictionary: Dictionary): void {
    const { index, start, end } = this;
    this.dictionary = dictionary;
    this.open(this.bytesOf, start, index[2], index[4], index[5]);
    this.scan(index[5] + 1, end - TRAILER_BYTES, 0);
    this.close(end - TRAILER_BYTES);
  }

  /**
   * Tags defined inside groups may stand at top level too: then only a walk that steps over groups finds the
   * right one.
   */
  protected find(tag: number): number {
    const number = tag < this.#slots.length ? this.#slots[tag] - this.#base : this.#findFar(tag);
    if (number < 0) return -1;
    const definition = this.definition;
    if (
      definition !== undefined &&
      definition.groups.length !== 0 &&
      (definition.rules[this.dictionary.ordinal(tag)] & NESTED) !== 0
    ) {
      return this.present(findBetween(this, definition, 0, this.fieldCount, tag));
    }
    return this.present(number * 3);
  }

  /** `at` or, when the field there is as good as absent, -1. A TestReqID is sent back as it came. */
  present(at: number): number {
    if (!this.emptyIsAbsent || at < 0 || this.index[at + 1] !== this.index[at + 2]) return at;
    return this.index[at] === TEST_REQ_ID ? at : -1;
  }

  #findFar(tag: number): number {
    return this.#far?.get(tag) ?? -1;
  }

  /**
   * End of a data value by its length field, or `start` when that is missing or wrong: then it ends at the
   * next SOH.
   */
  #dataEnd(lengthTag: number, start: number, end: number, count: number): number {
    const place = this.lengthPlace(lengthTag, count);
    if (place < 0) return start;
    const at = place * 3;
    const valueEnd = start + integer(this.bytesOf, this.index[at + 1], this.index[at + 2]);
    return valueEnd >= start && valueEnd < end && this.bytesOf[valueEnd] === 1 ? valueEnd : start;
  }

  /**
   * Place of the length field of the data field at place `before`: right before it as the standard has it, or
   * a little further up as engines have it that sort the fields of a message; -1 when there is none.
   */
  lengthPlace(lengthTag: number, before: number): number {
    const { index } = this;
    const stop = Math.max(0, before - LENGTH_DISTANCE_MAX);
    for (let i = before - 1; i >= stop; i--) if (index[i * 3] === lengthTag) return i;
    return -1;
  }

  #growIndex(): Int32Array<ArrayBuffer> {
    const grown = new Int32Array(this.index.length * 2);
    grown.set(this.index);
    this.index = grown;
    return grown;
  }

  /** Remembers a tag beyond the slots; returns the slots, which may have grown. */
  #recordFar(tag: number, number: number): Int32Array {
    if (tag >= SLOT_TAGS_MAX) {
      this.#far ??= new Map();
      if (!this.#far.has(tag)) this.#far.set(tag, number);
      return this.#slots;
    }
    let length = 1024;
    while (length <= tag) length *= 2;
    const grown = new Int32Array(length);
    grown.set(this.#slots);
    grown[tag] = this.#base + number;
    this.#slots = grown;
    return grown;
  }
}

function groupOf(dictionary: Dictionary, layout: Layout, countTag: number): GroupDefinition | undefined {
  const group = layout.rules[dictionary.ordinal(countTag)] >> GROUP_SHIFT;
  return group === 0 ? undefined : layout.groups[group - 1];
}

/**
 * Offset in the index of the first field of this tag that is a direct member of the layout; -1 when there is
 * none.
 */
function findBetween(view: MessageView, layout: Layout, from: number, to: number, tag: number): number {
  const index = view.index;
  for (let i = from; i < to;) {
    const found = index[i * 3];
    if (found === tag) return i * 3;
    const group = layout.groups.length === 0 ? undefined : groupOf(view.dictionary, layout, found);
    i = group === undefined ? i + 1 : groupEnd(view, group, i);
  }
  return -1;
}

/** Number of the first field behind the group whose count is field `count`. */
function groupEnd(view: MessageView, group: GroupDefinition, count: number): number {
  let i = count + 1;
  while (i < view.fieldCount) {
    const next = memberEnd(view, group, i);
    if (next === i) break;
    i = next;
  }
  return i;
}

/**
 * Number of the field behind field `i` and, when that is the count of a nested group, behind the whole of it;
 * `i` itself when the field is no member and does not stand in an entry all the same.
 */
function memberEnd(view: MessageView, group: GroupDefinition, i: number): number {
  const ordinal = view.dictionary.ordinal(view.index[i * 3]);
  const rule = group.rules[ordinal];
  if ((rule & SECTION_MASK) === 0) return standsInside(view, group, i) ? i + 1 : i;
  const nested = rule >> GROUP_SHIFT;
  return nested === 0 ? i + 1 : groupEnd(view, group.groups[nested - 1], i);
}

/**
 * Does field `i`, no member of the group, belong to the entry it stands in? So do those that no dictionary
 * knows, and those that the message does not have anywhere when the entry, or the group, goes on behind them.
 */
export function standsInside(view: MessageView, group: GroupDefinition, i: number): boolean {
  const { dictionary, definition, index, fieldCount } = view;
  const first = dictionary.ordinal(index[i * 3]);
  if (first === 0 || definition === undefined) return first === 0;
  const { rules } = definition;
  const stop = Math.min(fieldCount, i + FOREIGN_RUN_MAX);
  for (let at = i, ordinal = first; at < stop; ordinal = dictionary.ordinal(index[++at * 3])) {
    if (ordinal === 0 || rules[ordinal] === 0) continue;
    return at > i && (group.rules[ordinal] & ~rules[ordinal] & SECTION_MASK) !== 0;
  }
  return false;
}

/** The entries of one group, in order, through one reused reader; at most as many as the count field says. */
class GroupEntries implements IterableIterator<FieldReader> {
  readonly #view: MessageView;
  readonly #group: GroupDefinition | undefined;
  readonly #count: number;
  readonly #to: number;
  readonly #entry: GroupEntry | undefined;
  readonly #result: { done: boolean; value: FieldReader };
  #next = 0;
  #left = 0;

  /** `count` is the number of the count field, or `to` when it is absent. */
  constructor(view: MessageView, group: GroupDefinition | undefined, count: number, to: number) {
    this.#view = view;
    this.#group = group;
    this.#count = count;
    this.#to = to;
    this.#entry = group === undefined ? undefined : new GroupEntry(view, group);
    this.#result = { done: true, value: this.#entry as FieldReader };
    this[Symbol.iterator]();
  }

  [Symbol.iterator](): this {
    const { index, bytesOf } = this.#view;
    const at = this.#count * 3;
    const announced = this.#count < this.#to ? integer(bytesOf, index[at + 1], index[at + 2]) : 0;
    this.#left = this.#group !== undefined && announced > 0 ? announced : 0;
    this.#next = this.#count + 1;
    return this;
  }

  next(): IteratorResult<FieldReader> {
    const entry = this.#entry;
    const group = this.#group;
    this.#result.done = true;
    if (entry === undefined || group === undefined || this.#left <= 0) return this.#result;
    let from = this.#next;
    const { dictionary, index } = this.#view;
    while (from < this.#to && dictionary.ordinal(index[from * 3]) === 0) from++;
    if (from >= this.#to) return this.#result;
    // What the entries really begin with, should that not be the dictionary's delimiter.
    const first = index[from * 3];
    let i = memberEnd(this.#view, group, from);
    if (i === from) return this.#result;
    while (i < this.#to && index[i * 3] !== first) {
      const next = memberEnd(this.#view, group, i);
      if (next === i) break;
      i = next;
    }
    entry.from = from;
    entry.to = i;
    this.#next = i;
    this.#left--;
    this.#result.done = false;
    return this.#result;
  }
}

class GroupEntry extends View {
  from = 0;
  to = 0;
  readonly #view: MessageView;
  readonly #group: GroupDefinition;

  constructor(view: MessageView, group: GroupDefinition) {
    super();
    this.#view = view;
    this.#group = group;
  }

  get bytesOf(): Uint8Array {
    return this.#view.bytesOf;
  }

  get index(): Int32Array {
    return this.#view.index;
  }

  entries(countTag: number): Iterable<FieldReader> {
    const at = this.find(countTag);
    const group = groupOf(this.#view.dictionary, this.#group, countTag);
    return new GroupEntries(this.#view, group, at < 0 ? this.to : at / 3, this.to);
  }

  protected find(tag: number): number {
    return this.#view.present(findBetween(this.#view, this.#group, this.from, this.to, tag));
  }
}

function sumOf(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0;
  for (let i = start; i < end; i++) sum += bytes[i];
  return sum;
}
