/**
 * Checks a decoded message against the dictionary, field by field in one walk. Between decoder and session.
 * Nothing is allocated for a valid message; which of the things that are wrong with another one is named in
 * Reject(3) is decided in `violation.ts`.
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
import type { GroupDefinition, MessageDefinition } from '../dictionary/definition.ts';
import type { Dictionary } from '../dictionary/dictionary.ts';
import { ENUMERATED, NUMBER_MAX, SYNTAX_MASK, Syntax } from '../dictionary/types.ts';
import type { Message } from './fields.ts';
import { isWellFormed } from './formats.ts';
import { integer } from './values.ts';
import { TEST_REQ_ID, MessageView, standsInside } from './view.ts';
import { RejectReason, USER_DEFINED_TAG_MIN, findViolation, hasItsLength, violation } from './violation.ts';
import type { Checks, Violation } from './violation.ts';

export { RejectReason } from './violation.ts';
export type { Violation } from './violation.ts';

/**
 * All but `allowUnknownMsgFields` are on when they are not given. Session-level messages are held to required
 * fields and formats whatever the switches say: the session itself rests on them.
 */
export interface ValidatorSwitches {
  /** Refuse header fields behind the body's first, and body fields behind the trailer's first. */
  readonly validateFieldsOutOfOrder?: boolean;
  /** Refuse fields without a value; off, such a field is read as if it were absent. */
  readonly validateFieldsHaveValues?: boolean;
  /** Refuse fields from tag 5000 on that the dictionary doesn't define, or not for this message. */
  readonly validateUserDefinedFields?: boolean;
  /** Refuse group entries whose fields are not in the dictionary's order. */
  readonly validateUnorderedGroupFields?: boolean;
  /** Refuse values that are not in the dictionary's enumeration. */
  readonly validateEnumValues?: boolean;
  /** Refuse values that are not written as the type of their field asks for. */
  readonly validateFieldFormats?: boolean;
  /**
   * Let fields below tag 5000 pass that the dictionary doesn't define, or not for this message; inside a
   * group they belong to the entry they stand in.
   */
  readonly allowUnknownMsgFields?: boolean;
  /** Refuse messages, and entries of required groups, without their required fields. */
  readonly checkRequired?: boolean;
  /** false: an application message that does not conform is told as an event and delivered all the same. */
  readonly rejectInvalidMessage?: boolean;
  /** false: nothing is checked here, and the session's own checks are all there are. */
  readonly useDataDictionary?: boolean;
}

/** What the dictionary does not know or need is taken; what can't be understood is refused. */
export const LENIENT: ValidatorSwitches = {
  validateFieldsOutOfOrder: false,
  validateFieldsHaveValues: false,
  validateUserDefinedFields: false,
  validateUnorderedGroupFields: false,
  validateEnumValues: false,
  validateFieldFormats: false,
  allowUnknownMsgFields: true,
  checkRequired: false,
};

const APPL_VER_ID = 1128;
const STAMP_MAX = 0x7fff_fff0;

export class Validator {
  /** Application messages that do not conform are not delivered. */
  readonly rejectsInvalid: boolean;
  readonly #dictionary: Dictionary;
  readonly #switches: ValidatorSwitches;
  readonly #isOff: boolean;
  /** For messages that name another application version than the session's. */
  readonly #others = new Map<Dictionary, Validator>();
  readonly #all: Checks;
  readonly #checksOrder: boolean;
  readonly #checksEmpty: boolean;
  readonly #checksUserDefined: boolean;
  readonly #checksGroupOrder: boolean;
  readonly #checksValues: boolean;
  readonly #allowsUnknown: boolean;
  /** Of the message in hand: see `ValidatorSwitches`. */
  #checksRequired: boolean;
  #checksFormats: boolean;

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

  constructor(dictionary: Dictionary, switches: ValidatorSwitches = {}) {
    this.#dictionary = dictionary;
    this.#switches = switches;
    this.#isOff = switches.useDataDictionary === false;
    this.#checksOrder = switches.validateFieldsOutOfOrder ?? true;
    this.#checksEmpty = switches.validateFieldsHaveValues ?? true;
    this.#checksUserDefined = switches.validateUserDefinedFields ?? true;
    this.#checksGroupOrder = switches.validateUnorderedGroupFields ?? true;
    this.#checksValues = switches.validateEnumValues ?? true;
    this.#allowsUnknown = switches.allowUnknownMsgFields ?? false;
    this.#checksRequired = switches.checkRequired ?? true;
    this.#checksFormats = switches.validateFieldFormats ?? true;
    this.rejectsInvalid = switches.rejectInvalidMessage ?? true;
    this.#all = {
      order: this.#checksOrder,
      values: this.#checksEmpty,
      userDefined: this.#checksUserDefined,
      groupOrder: this.#checksGroupOrder,
      enumerations: this.#checksValues,
      unknown: this.#allowsUnknown,
      required: this.#checksRequired,
      formats: this.#checksFormats,
    };
    this.#ordinals = dictionary.ordinals;
    this.#checks = dictionary.checks;
    this.#singles = dictionary.singles;
    this.#singleValues = dictionary.singleValues;
    this.#seen = new Int32Array(dictionary.ordinalCount);
    this.#seenInEntry = new Int32Array(dictionary.ordinalCount);
  }

  /**
   * The violation in the message that Reject(3) names, or undefined when it conforms. Whether its type is
   * served is not asked here.
   */
  validate(message: Message): Violation | undefined {
    if (!(message instanceof MessageView)) throw new TypeError('not a message of the decoder');
    if (this.#isOff) return undefined;
    if (message.isVersionUnknown) return violation(RejectReason.valueIncorrect, APPL_VER_ID);
    const dictionary = this.#dictionary;
    let { definition } = message;
    if (message.dictionary !== dictionary) {
      const other = message.dictionary;
      if (other.isOnTransport && dictionary.isOnTransport && other.version !== dictionary.version)
        return this.#of(other).validate(message);
      definition = dictionary.message(message.msgType);
    }
    if (definition !== undefined && this.#walk(message, definition)) return undefined;
    return findViolation(message, dictionary, definition, this.#all);
  }

  /** The same switches with another dictionary; there are as many as application versions. */
  #of(dictionary: Dictionary): Validator {
    let other = this.#others.get(dictionary);
    if (other === undefined) {
      other = new Validator(dictionary, this.#switches);
      this.#others.set(dictionary, other);
    }
    return other;
  }

  /** The message conforms; false: look closer. */
  #walk(message: MessageView, layout: MessageDefinition): boolean {
    this.#checksRequired = this.#all.required || layout.isAdmin;
    this.#checksFormats = this.#all.formats || layout.isAdmin;
    const { index, fieldCount: count } = message;
    const ordinals = this.#ordinals;
    const { rules } = layout;
    const seen = this.#seen;
    const stamp = this.#nextStamp();
    let section = IN_HEADER;
    let requiredLeft = this.#checksRequired ? layout.required.length : 0;
    let i = 0;
    while (i < count) {
      const tag = index[i * 3];
      const ordinal = tag < ordinals.length ? ordinals[tag] : 0;
      const rule = rules[ordinal];
      const place = rule & SECTION_MASK;
      if (place === 0) {
        if (!this.#admits(tag) || !this.#checkValue(message, i, ordinal)) return false;
        if (section === IN_TRAILER && this.#checksOrder) return false;
        section = Math.max(section, IN_BODY);
        i++;
        continue;
      }
      if (seen[ordinal] === stamp) return false;
      seen[ordinal] = stamp;
      if (place < section && this.#checksOrder) return false;
      section = place;
      if (index[i * 3 + 1] !== index[i * 3 + 2] || tag === TEST_REQ_ID)
        requiredLeft -= (rule >> REQUIRED_SHIFT) & 1;
      if (!this.#checkValue(message, i, ordinal)) return false;
      const group = rule >> GROUP_SHIFT;
      i = group === 0 ? i + 1 : this.#walkGroup(message, layout.groups[group - 1], i);
      if (i < 0) return false;
    }
    return requiredLeft <= 0;
  }

  /**
   * Walks the entries behind count field `at`; the number of the field behind them, or -1 after a violation.
   */
  #walkGroup(message: MessageView, group: GroupDefinition, at: number): number {
    const { index, fieldCount, bytesOf } = message;
    const isEmpty = index[at * 3 + 1] === index[at * 3 + 2];
    const announced = isEmpty ? 0 : integer(bytesOf, index[at * 3 + 1], index[at * 3 + 2]);
    let entries = 0;
    let i = at + 1;
    const first = i < fieldCount ? index[i * 3] : 0;
    while (i < fieldCount) {
      const next = this.#walkEntry(message, group, i, first);
      if (next < 0) return -1;
      if (next === i) break;
      entries++;
      i = next;
    }
    return entries === announced ? i : -1;
  }

  /**
   * Walks one entry from field `from`; the number of the field behind it (`from` itself: no entry), or -1.
   */
  #walkEntry(message: MessageView, group: GroupDefinition, from: number, first: number): number {
    const { index, fieldCount } = message;
    const ordinals = this.#ordinals;
    const { rules } = group;
    const checksOrder = this.#checksGroupOrder;
    // Without an order entries begin with what the first one begins with.
    const delimiter = checksOrder ? group.delimiter : first;
    const stamp = ++this.#entryStamp;
    let lastPosition = 0;
    let requiredLeft = this.#checksRequired ? group.required.length : 0;
    let i = from;
    while (i < fieldCount) {
      const tag = index[i * 3];
      const ordinal = tag < ordinals.length ? ordinals[tag] : 0;
      const rule = rules[ordinal];
      if ((rule & SECTION_MASK) === 0) {
        if (tag === 0 || i === from) break;
        // What belongs to the entry it stands in does so for the reader, too.
        if (ordinal !== 0 && !(this.#allowsUnknown && standsInside(message, group, i))) break;
        if (!this.#admits(tag) || !this.#checkValue(message, i, 0)) return -1;
        i++;
        continue;
      }
      if (tag === delimiter) {
        if (i !== from) break;
      } else if (i === from) return -1;
      if (checksOrder) {
        // In order means ascending, so nothing can appear twice.
        const position = (rule >> POSITION_SHIFT) & POSITION_MASK;
        if (position <= lastPosition) return -1;
        lastPosition = position;
      } else {
        if (this.#seenInEntry[ordinal] === stamp) return -1;
        this.#seenInEntry[ordinal] = stamp;
      }
      if (index[i * 3 + 1] !== index[i * 3 + 2]) requiredLeft -= (rule >> REQUIRED_SHIFT) & 1;
      if (!this.#checkValue(message, i, ordinal)) return -1;
      const nested = rule >> GROUP_SHIFT;
      i = nested === 0 ? i + 1 : this.#walkGroup(message, group.groups[nested - 1], i);
      if (i < 0) return -1;
    }
    return requiredLeft > 0 && i !== from ? -1 : i;
  }

  /** May a field stand here that the layout doesn't have? */
  #admits(tag: number): boolean {
    return tag !== 0 && (tag >= USER_DEFINED_TAG_MIN ? !this.#checksUserDefined : this.#allowsUnknown);
  }

  #checkValue(message: MessageView, i: number, ordinal: number): boolean {
    const start = message.index[i * 3 + 1];
    const end = message.index[i * 3 + 2];
    const bytes = message.bytesOf;
    const check = this.#checks[ordinal];
    if (start === end) return !this.#checksEmpty;
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
    if (this.#checksFormats) {
      if (syntax === Syntax.data) {
        if (!hasItsLength(message, i, this.#dictionary.lengthTags[message.index[i * 3]])) return false;
      } else if (!isWellFormed(syntax, bytes, start, end)) return false;
    }
    if ((check & ENUMERATED) === 0 || !this.#checksValues) return true;
    const values = this.#dictionary.enumeration(ordinal);
    if (values === undefined) return true;
    return syntax === Syntax.multiple ? values.hasEach(bytes, start, end) : values.has(bytes, start, end);
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
