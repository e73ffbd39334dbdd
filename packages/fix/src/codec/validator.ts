/**
 * Checks a decoded message against the dictionary, field by field in one walk, and names the first thing that
 * is wrong as Reject(3) needs it. Between decoder and session. Nothing is allocated for a valid message.
 *
 * The reasons are those of SessionRejectReason(373) in FIX 4.4; the switches are those that QuickFIX users
 * know.
 */
import {
  GROUP_SHIFT,
  IN_BODY,
  IN_HEADER,
  IN_TRAILER,
  POSITION_MASK,
  POSITION_SHIFT,
  REQUIRED_SHIFT,
  SECTION_MASK,
} from '../dictionary/definition.ts';
import type { GroupDefinition, Layout } from '../dictionary/definition.ts';
import type { Dictionary } from '../dictionary/dictionary.ts';
import { ENUMERATED, NUMBER_MAX, SYNTAX_MASK, Syntax } from '../dictionary/types.ts';
import type { Message } from './fields.ts';
import { isWellFormed } from './formats.ts';
import { integer } from './values.ts';
import { MessageView } from './view.ts';

/** All but `allowUnknownMsgFields` are on when they are not given. */
export interface ValidatorSwitches {
  /** Refuse header fields behind the body's first, and body fields behind the trailer's first. */
  readonly validateFieldsOutOfOrder?: boolean;
  /** Refuse fields without a value. */
  readonly validateFieldsHaveValues?: boolean;
  /** Refuse fields from tag 5000 on that the dictionary doesn't define, or not for this message. */
  readonly validateUserDefinedFields?: boolean;
  /** Refuse group entries whose fields are not in the dictionary's order. */
  readonly validateUnorderedGroupFields?: boolean;
  /** Refuse values that are not in the dictionary's enumeration. */
  readonly validateEnumValues?: boolean;
  /** Let fields below tag 5000 pass that the dictionary doesn't define, or not for this message. */
  readonly allowUnknownMsgFields?: boolean;
  /** Refuse messages and group entries without their required fields. */
  readonly checkRequired?: boolean;
}

/** SessionRejectReason(373), as far as a dictionary can tell; 9 and 10 are the session's. */
export const RejectReason = {
  invalidTagNumber: 0,
  requiredTagMissing: 1,
  tagNotDefinedForMessage: 2,
  undefinedTag: 3,
  tagWithoutValue: 4,
  valueIncorrect: 5,
  incorrectFormat: 6,
  invalidMsgType: 11,
  tagAppearsTwice: 13,
  tagOutOfOrder: 14,
  groupFieldsOutOfOrder: 15,
  incorrectNumInGroup: 16,
} as const;

const TEXTS: Readonly<Record<number, string>> = {
  0: 'Invalid tag number',
  1: 'Required tag missing',
  2: 'Tag not defined for this message type',
  3: 'Undefined tag',
  4: 'Tag specified without a value',
  5: 'Value is incorrect (out of range) for this tag',
  6: 'Incorrect data format for value',
  11: 'Invalid MsgType',
  13: 'Tag appears more than once',
  14: 'Tag specified out of required order',
  15: 'Repeating group fields out of order',
  16: 'Incorrect NumInGroup count for repeating group',
};

/** Why a message is refused with Reject(3). */
export interface Violation {
  /** SessionRejectReason(373). */
  readonly sessionRejectReason: number;
  /** RefTagID(371); absent when the tag itself can't be read. */
  readonly refTagId?: number;
  /** Text(58). */
  readonly text: string;
}

const USER_DEFINED_TAG_MIN = 5000;
const STAMP_MAX = 0x7fff_fff0;

export class Validator {
  readonly #dictionary: Dictionary;
  readonly #checksOrder: boolean;
  readonly #checksEmpty: boolean;
  readonly #checksUserDefined: boolean;
  readonly #checksGroupOrder: boolean;
  readonly #checksValues: boolean;
  readonly #allowsUnknown: boolean;
  readonly #checksRequired: boolean;

  // Tables of the dictionary, at hand for the walk.
  readonly #ordinals: Uint16Array;
  readonly #checks: Uint8Array;
  readonly #singles: Int32Array;
  readonly #singleValues: Uint8Array;

  /** By field ordinal: stamp of the message, or of the group entry, in which the field was last seen. */
  readonly #seen: Int32Array;
  readonly #seenInEntry: Int32Array;
  #stamp = 0;
  #entryStamp = 0;
  /** What stopped the walk of the present message. */
  #reason = -1;
  #tag = 0;

  constructor(dictionary: Dictionary, switches: ValidatorSwitches = {}) {
    this.#dictionary = dictionary;
    this.#checksOrder = switches.validateFieldsOutOfOrder ?? true;
    this.#checksEmpty = switches.validateFieldsHaveValues ?? true;
    this.#checksUserDefined = switches.validateUserDefinedFields ?? true;
    this.#checksGroupOrder = switches.validateUnorderedGroupFields ?? true;
    this.#checksValues = switches.validateEnumValues ?? true;
    this.#allowsUnknown = switches.allowUnknownMsgFields ?? false;
    this.#checksRequired = switches.checkRequired ?? true;
    this.#ordinals = dictionary.ordinals;
    this.#checks = dictionary.checks;
    this.#singles = dictionary.singles;
    this.#singleValues = dictionary.singleValues;
    this.#seen = new Int32Array(dictionary.ordinalCount);
    this.#seenInEntry = new Int32Array(dictionary.ordinalCount);
  }

  /**
   * The first violation in the message, or undefined when it conforms. Whether its type is served is not
   * asked here.
   */
  validate(message: Message): Violation | undefined {
    if (!(message instanceof MessageView)) throw new TypeError('not a message of the decoder');
    this.#reason = -1;
    const definition =
      message.dictionary === this.#dictionary
        ? message.definition
        : this.#dictionary.message(message.msgType);
    if (definition === undefined) this.#fail(RejectReason.invalidMsgType, 35);
    else this.#walk(message, definition);
    if (this.#reason < 0) return undefined;
    const text = TEXTS[this.#reason];
    return this.#tag === 0
      ? { sessionRejectReason: this.#reason, text }
      : { sessionRejectReason: this.#reason, refTagId: this.#tag, text };
  }

  #walk(message: MessageView, layout: Layout): void {
    const { index, fieldCount: count } = message;
    const ordinals = this.#ordinals;
    const { rules } = layout;
    const seen = this.#seen;
    const stamp = this.#nextStamp();
    let section = IN_HEADER;
    let requiredLeft = layout.required.length;
    let i = 0;
    while (i < count) {
      const tag = index[i * 3];
      const ordinal = tag < ordinals.length ? ordinals[tag] : 0;
      const rule = rules[ordinal];
      const place = rule & SECTION_MASK;
      if (place === 0) {
        if (!this.#admits(tag, ordinal) || !this.#checkValue(message, i, ordinal)) return;
        if (section === IN_TRAILER && this.#checksOrder) return this.#fail(RejectReason.tagOutOfOrder, tag);
        section = Math.max(section, IN_BODY);
        i++;
        continue;
      }
      if (seen[ordinal] === stamp) return this.#fail(RejectReason.tagAppearsTwice, tag);
      seen[ordinal] = stamp;
      if (place < section && this.#checksOrder) return this.#fail(RejectReason.tagOutOfOrder, tag);
      section = place;
      requiredLeft -= (rule >> REQUIRED_SHIFT) & 1;
      if (!this.#checkValue(message, i, ordinal)) return;
      const group = rule >> GROUP_SHIFT;
      i = group === 0 ? i + 1 : this.#walkGroup(message, layout.groups[group - 1], i);
      if (i < 0) return;
    }
    if (requiredLeft > 0 && this.#checksRequired) this.#failMissing(message, layout, 0, count);
  }

  /**
   * Walks the entries behind count field `at`; the number of the field behind them, or -1 after a violation.
   */
  #walkGroup(message: MessageView, group: GroupDefinition, at: number): number {
    const { index, fieldCount, bytesOf } = message;
    const announced = integer(bytesOf, index[at * 3 + 1], index[at * 3 + 2]);
    let entries = 0;
    let i = at + 1;
    while (i < fieldCount) {
      const next = this.#walkEntry(message, group, i);
      if (next < 0) return -1;
      if (next === i) break;
      entries++;
      i = next;
    }
    // An empty count field is let through by its switch and counts nothing.
    if (entries !== announced && !(entries === 0 && index[at * 3 + 1] === index[at * 3 + 2])) {
      return this.#stop(RejectReason.incorrectNumInGroup, group.countTag);
    }
    return i;
  }

  /**
   * Walks one entry from field `from`; the number of the field behind it (`from` itself: no entry), or -1.
   */
  #walkEntry(message: MessageView, group: GroupDefinition, from: number): number {
    const { index, fieldCount } = message;
    const ordinals = this.#ordinals;
    const { rules } = group;
    const checksOrder = this.#checksGroupOrder;
    const stamp = ++this.#entryStamp;
    let delimiter = 0;
    let lastPosition = 0;
    let requiredLeft = group.required.length;
    let i = from;
    while (i < fieldCount) {
      const tag = index[i * 3];
      const ordinal = tag < ordinals.length ? ordinals[tag] : 0;
      const rule = rules[ordinal];
      if ((rule & SECTION_MASK) === 0) {
        if (ordinal !== 0 || tag === 0) break;
        // Fields nobody has defined belong to the entry they stand in, as they do for the reader.
        if (!this.#admits(tag, 0) || !this.#checkValue(message, i, 0)) return -1;
        i++;
        continue;
      }
      if (tag === delimiter) break;
      if (delimiter === 0) {
        if (tag !== group.delimiter && checksOrder)
          return this.#stop(RejectReason.groupFieldsOutOfOrder, tag);
        delimiter = tag;
      }
      if (checksOrder) {
        // In order means ascending, so nothing can appear twice.
        const position = (rule >> POSITION_SHIFT) & POSITION_MASK;
        if (position <= lastPosition) return this.#stopDisorder(message, from, i);
        lastPosition = position;
      } else {
        if (this.#seenInEntry[ordinal] === stamp) return this.#stop(RejectReason.tagAppearsTwice, tag);
        this.#seenInEntry[ordinal] = stamp;
      }
      requiredLeft -= (rule >> REQUIRED_SHIFT) & 1;
      if (!this.#checkValue(message, i, ordinal)) return -1;
      const nested = rule >> GROUP_SHIFT;
      i = nested === 0 ? i + 1 : this.#walkGroup(message, group.groups[nested - 1], i);
      if (i < 0) return -1;
    }
    if (delimiter === 0) return from;
    return requiredLeft > 0 && this.#checksRequired ? this.#failMissing(message, group, from, i) : i;
  }

  /** May a field stand here that the layout doesn't have? */
  #admits(tag: number, ordinal: number): boolean {
    const isUserDefined = tag >= USER_DEFINED_TAG_MIN;
    if (tag !== 0 && (isUserDefined ? !this.#checksUserDefined : this.#allowsUnknown)) return true;
    if (ordinal !== 0) this.#fail(RejectReason.tagNotDefinedForMessage, tag);
    else this.#fail(isUserDefined ? RejectReason.undefinedTag : RejectReason.invalidTagNumber, tag);
    return false;
  }

  #checkValue(message: MessageView, i: number, ordinal: number): boolean {
    const start = message.index[i * 3 + 1];
    const end = message.index[i * 3 + 2];
    const bytes = message.bytesOf;
    const check = this.#checks[ordinal];
    if (start === end) return !this.#checksEmpty || this.#refuse(RejectReason.tagWithoutValue, message, i);
    if (check === 0) return true;
    if (check <= NUMBER_MAX) {
      let p = start;
      while (p < end && (bytes[p] - 0x30) >>> 0 <= 9) p++;
      if (p === end) return true;
      if (bytes[p] === 0x2e && check === Syntax.decimal) {
        p++;
        while (p < end && (bytes[p] - 0x30) >>> 0 <= 9) p++;
        if (p === end && end - start > 1) return true;
      }
    } else if (end - start === 1 && this.#singleValues[this.#singles[ordinal] + bytes[start]] === 1) {
      return true;
    }
    return this.#checkForm(message, i, ordinal, check);
  }

  #checkForm(message: MessageView, i: number, ordinal: number, check: number): boolean {
    const start = message.index[i * 3 + 1];
    const end = message.index[i * 3 + 2];
    const bytes = message.bytesOf;
    const syntax = check & SYNTAX_MASK;
    const isRight =
      syntax === Syntax.data ? this.#hasItsLength(message, i) : isWellFormed(syntax, bytes, start, end);
    if (!isRight) return this.#refuse(RejectReason.incorrectFormat, message, i);
    if ((check & ENUMERATED) === 0 || !this.#checksValues) return true;
    const enumeration = this.#dictionary.enumerations[ordinal];
    const isKnown =
      enumeration === undefined ||
      (syntax === Syntax.multiple
        ? enumeration.hasEach(bytes, start, end)
        : enumeration.has(bytes, start, end));
    return isKnown || this.#refuse(RejectReason.valueIncorrect, message, i);
  }

  /** A data field stands behind its length field and has that length. */
  #hasItsLength(message: MessageView, i: number): boolean {
    const { index, bytesOf } = message;
    const lengthTag = this.#dictionary.lengthTags[index[i * 3]];
    if (lengthTag === 0) return true;
    const before = (i - 1) * 3;
    return (
      i > 0 &&
      index[before] === lengthTag &&
      integer(bytesOf, index[before + 1], index[before + 2]) === index[i * 3 + 2] - index[i * 3 + 1]
    );
  }

  #refuse(reason: number, message: MessageView, i: number): false {
    this.#fail(reason, message.index[i * 3]);
    return false;
  }

  #stop(reason: number, tag: number): -1 {
    this.#fail(reason, tag);
    return -1;
  }

  #fail(reason: number, tag: number): void {
    this.#reason = reason;
    this.#tag = tag;
  }

  /**
   * Field `i` of the entry from field `from` on is not behind the one before: is it there already, or only
   * late?
   */
  #stopDisorder(message: MessageView, from: number, i: number): -1 {
    const tag = message.tagAt(i);
    for (let before = from; before < i; before++) {
      if (message.tagAt(before) === tag) return this.#stop(RejectReason.tagAppearsTwice, tag);
    }
    return this.#stop(RejectReason.groupFieldsOutOfOrder, tag);
  }

  /** Names the required field that is missing among the fields [from, to). */
  #failMissing(message: MessageView, layout: Layout, from: number, to: number): -1 {
    const missing = layout.required.find((tag) => !message.hasMember(layout, from, to, tag));
    return this.#stop(RejectReason.requiredTagMissing, missing ?? 0);
  }

  #nextStamp(): number {
    if (this.#stamp >= STAMP_MAX) {
      this.#seen.fill(0);
      this.#stamp = 0;
    }
    // Entry stamps may run ahead by the entries of one message, so they are cut far below the end of their
    // range.
    if (this.#entryStamp >= 0x4000_0000) {
      this.#seenInEntry.fill(0);
      this.#entryStamp = 0;
    }
    return ++this.#stamp;
  }
}
