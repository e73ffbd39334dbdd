/**
 * Names the violation in a message that the validator did not pass: of all that are wrong the one that a peer
 * with QuickFIX would be told of, so that refusals read the same whichever engine gives them. Takes its time:
 * most messages never come here.
 *
 * The order of precedence: sections out of order, unknown MsgType, required fields (header, trailer, body,
 * then group entries), then field by field in ascending order of tags (header, trailer, body), and last what
 * stands inside group entries, which that engine does not look at.
 */
import {
  GROUP_SHIFT,
  IN_BODY,
  IN_HEADER,
  IN_TRAILER,
  POSITION_MASK,
  POSITION_SHIFT,
  SECTION_MASK,
} from '../dictionary/definition.ts';
import type { GroupDefinition, Layout, MessageDefinition } from '../dictionary/definition.ts';
import type { Dictionary } from '../dictionary/dictionary.ts';
import { ENUMERATED, SYNTAX_MASK, Syntax } from '../dictionary/types.ts';
import { isWellFormed } from './formats.ts';
import { isHeaderTag } from './header.ts';
import { integer, latin1 } from './values.ts';
import { standsInside, type MessageView } from './view.ts';

/** SessionRejectReason(373), as far as a dictionary can tell; 9 and 10 are the session's. */
export const RejectReason = {
  invalidTagNumber: 0,
  requiredTagMissing: 1,
  tagNotDefinedForMessage: 2,
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
  4: 'Tag specified without a value',
  5: 'Value is incorrect (out of range) for this tag',
  6: 'Incorrect data format for value',
  11: 'Invalid MsgType',
  13: 'Tag appears more than once',
  14: 'Tag specified out of required order',
  15: 'Out of order repeating group members',
  16: 'Incorrect NumInGroup count for repeating group',
};

/** Why a message is refused with Reject(3). */
export interface Violation {
  /** SessionRejectReason(373). */
  readonly sessionRejectReason: number;
  /** RefTagID(371); absent for an invalid MsgType, and when the tag itself can't be read. */
  readonly refTagId?: number;
  /** Text(58). */
  readonly text: string;
}

/** The validator's switches, all decided. */
export interface Checks {
  readonly order: boolean;
  readonly values: boolean;
  readonly userDefined: boolean;
  readonly groupOrder: boolean;
  readonly enumerations: boolean;
  readonly unknown: boolean;
  readonly required: boolean;
  readonly formats: boolean;
}

export const USER_DEFINED_TAG_MIN = 5000;
const BEGIN_STRING = 8;
const BODY_LENGTH = 9;
const CHECK_SUM = 10;
const MSG_TYPE = 35;
const TRAILER_TAGS = new Set([89, 93, CHECK_SUM]);

export function violation(sessionRejectReason: number, refTagId?: number): Violation {
  const text = TEXTS[sessionRejectReason] ?? '';
  return refTagId === undefined ? { sessionRejectReason, text } : { sessionRejectReason, refTagId, text };
}

/** One field that is not inside a group, or one inside an entry. */
interface Item {
  readonly place: number;
  /** NaN when it can't be read. */
  readonly tag: number;
  readonly section: number;
  readonly group: Group | undefined;
}

interface Group {
  readonly definition: GroupDefinition;
  readonly entries: readonly (readonly Item[])[];
}

/** The violation of `message` that comes first, undefined when there is none after all. */
export function findViolation(
  message: MessageView,
  dictionary: Dictionary,
  definition: MessageDefinition | undefined,
  checks: Checks,
): Violation | undefined {
  return new Case(message, dictionary, definition, checks).judge();
}

class Case {
  readonly #message: MessageView;
  readonly #dictionary: Dictionary;
  readonly #definition: MessageDefinition | undefined;
  readonly #checks: Checks;

  constructor(
    message: MessageView,
    dictionary: Dictionary,
    definition: MessageDefinition | undefined,
    checks: Checks,
  ) {
    this.#message = message;
    this.#dictionary = dictionary;
    this.#definition = definition;
    this.#checks = checks;
  }

  judge(): Violation | undefined {
    const items = this.#items();
    const disorder = this.#checks.order ? outOfOrder(items) : undefined;
    if (disorder !== undefined) return violation(RejectReason.tagOutOfOrder, tagOf(disorder));
    const definition = this.#definition;
    if (definition === undefined) return violation(RejectReason.invalidMsgType);
    const missing =
      this.#checks.required || definition.isAdmin ? this.#missing(items, definition) : undefined;
    if (missing !== undefined) return violation(RejectReason.requiredTagMissing, missing);
    for (const section of [IN_HEADER, IN_TRAILER, IN_BODY]) {
      const found = this.#fields(items.filter((item) => item.section === section).sort(byTag), definition);
      if (found !== undefined) return found;
    }
    return this.#groups(items);
  }

  /** The fields of the message, those of groups below their count fields. */
  #items(): Item[] {
    const items: Item[] = [];
    for (let place = 0; place < this.#message.fieldCount;) {
      const tag = this.#tagAt(place);
      const rule = this.#definition === undefined ? 0 : this.#rule(this.#definition, tag);
      const group = this.#groupAt(this.#definition, rule, place);
      items.push({ place, tag, section: rule & SECTION_MASK || standardSection(tag), group: group?.group });
      place = group?.end ?? place + 1;
    }
    return items;
  }

  #groupAt(
    layout: Layout | undefined,
    rule: number,
    place: number,
  ): { group: Group; end: number } | undefined {
    const definition = layout?.groups[(rule >> GROUP_SHIFT) - 1];
    if (definition === undefined) return undefined;
    const entries: Item[][] = [];
    const first = place + 1 < this.#message.fieldCount ? this.#tagAt(place + 1) : 0;
    const delimiter = this.#checks.groupOrder ? definition.delimiter : first;
    let seen = new Set<number>();
    let at = place + 1;
    while (at < this.#message.fieldCount) {
      const tag = this.#tagAt(at);
      const inner = this.#rule(definition, tag);
      if ((inner & SECTION_MASK) === 0) {
        // What belongs to the entry it stands in does so for the reader, too.
        if (entries.length === 0 || !(tag >= 1) || !this.#isInside(definition, at)) break;
      } else if (entries.length === 0 || tag === delimiter || seen.has(tag)) {
        entries.push([]);
        seen = new Set();
      }
      seen.add(tag);
      const nested = this.#groupAt(definition, inner, at);
      entries[entries.length - 1]?.push({ place: at, tag, section: IN_BODY, group: nested?.group });
      at = nested?.end ?? at + 1;
    }
    return { group: { definition, entries }, end: at };
  }

  #isInside(group: GroupDefinition, place: number): boolean {
    const isUnknown = this.#ordinal(this.#message.tagAt(place)) === 0;
    return isUnknown || (this.#checks.unknown && standsInside(this.#message, group, place));
  }

  #isEmpty({ place }: Item): boolean {
    const { index } = this.#message;
    return index[place * 3 + 1] === index[place * 3 + 2];
  }

  #missing(items: readonly Item[], definition: MessageDefinition): number | undefined {
    const present = this.#present(items);
    for (const section of [IN_HEADER, IN_TRAILER, IN_BODY]) {
      const required = definition.required.filter(
        (tag) => (this.#rule(definition, tag) & SECTION_MASK) === section,
      );
      const missing = required.sort((a, b) => a - b).find((tag) => !present.has(tag));
      if (missing !== undefined) return missing;
    }
    return this.#missingInGroups(items);
  }

  /** An empty field that is let pass is as good as none. */
  #present(items: readonly Item[]): ReadonlySet<number> {
    const { values } = this.#checks;
    return new Set(items.filter((item) => values || !this.#isEmpty(item)).map((item) => item.tag));
  }

  #missingInGroups(items: readonly Item[]): number | undefined {
    for (const { group } of items.filter((item) => item.group !== undefined).sort(byTag)) {
      for (const entry of group!.entries) {
        const present = this.#present(entry);
        const missing = group!.definition.required.toSorted((a, b) => a - b).find((tag) => !present.has(tag));
        const found = missing ?? this.#missingInGroups(entry);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  /** Fields of one section, ascending. */
  #fields(items: readonly Item[], definition: MessageDefinition): Violation | undefined {
    for (const [i, item] of items.entries()) {
      if (item.tag === items[i - 1]?.tag) return violation(RejectReason.tagAppearsTwice, item.tag);
      const isMember = (this.#rule(definition, item.tag) & SECTION_MASK) !== 0 || item.section !== IN_BODY;
      const found = this.#value(item) ?? this.#admitted(item, isMember) ?? this.#count(item);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** What is wrong inside group entries, in the order of the message. */
  #groups(items: readonly Item[]): Violation | undefined {
    for (const { group } of items) {
      for (const entry of group?.entries ?? []) {
        const found = this.#entry(entry, group!.definition) ?? this.#groups(entry);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  #entry(entry: readonly Item[], definition: GroupDefinition): Violation | undefined {
    let last = 0;
    for (const [i, item] of entry.entries()) {
      const rule = this.#rule(definition, item.tag);
      const isMember = (rule & SECTION_MASK) !== 0;
      if (isMember && this.#checks.groupOrder) {
        const position = (rule >> POSITION_SHIFT) & POSITION_MASK;
        if (position <= last || (i === 0 && item.tag !== definition.delimiter))
          return violation(RejectReason.groupFieldsOutOfOrder, item.tag);
        last = position;
      }
      const found = this.#value(item) ?? this.#admitted(item, isMember) ?? this.#count(item);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #value(item: Item): Violation | undefined {
    const { bytesOf, index } = this.#message;
    const start = index[item.place * 3 + 1];
    const end = index[item.place * 3 + 2];
    if (start === end)
      return this.#checks.values ? violation(RejectReason.tagWithoutValue, tagOf(item)) : undefined;
    const ordinal = this.#ordinal(item.tag);
    const check = this.#dictionary.checks[ordinal];
    const syntax = check & SYNTAX_MASK;
    const isRight =
      !(this.#checks.formats || this.#definition?.isAdmin === true) ||
      (syntax === Syntax.data
        ? hasItsLength(this.#message, item.place, this.#dictionary.lengthTags[item.tag])
        : isWellFormed(syntax, bytesOf, start, end));
    if (!isRight) return violation(RejectReason.incorrectFormat, item.tag);
    if ((check & ENUMERATED) === 0 || !this.#checks.enumerations) return undefined;
    const values = this.#dictionary.enumeration(ordinal);
    const isKnown =
      syntax === Syntax.multiple ? values?.hasEach(bytesOf, start, end) : values?.has(bytesOf, start, end);
    return isKnown === false ? violation(RejectReason.valueIncorrect, item.tag) : undefined;
  }

  /** May the field stand here? */
  #admitted(item: Item, isMember: boolean): Violation | undefined {
    const { tag } = item;
    if (!(tag >= 1)) return violation(RejectReason.invalidTagNumber, tagOf(item));
    if (tag >= USER_DEFINED_TAG_MIN ? !this.#checks.userDefined : this.#checks.unknown) return undefined;
    if (!this.#dictionary.defines(tag, this.#definition?.isAdmin === true))
      return violation(RejectReason.invalidTagNumber, tag);
    return isMember ? undefined : violation(RejectReason.tagNotDefinedForMessage, tag);
  }

  #count(item: Item): Violation | undefined {
    if (item.group === undefined) return undefined;
    const { bytesOf, index } = this.#message;
    const { place } = item;
    const announced = this.#isEmpty(item) ? 0 : integer(bytesOf, index[place * 3 + 1], index[place * 3 + 2]);
    return announced === item.group.entries.length
      ? undefined
      : violation(RejectReason.incorrectNumInGroup, item.tag);
  }

  /** A malformed tag is kept with its field's text: `-1=x` is read as -1. */
  #tagAt(place: number): number {
    const tag = this.#message.tagAt(place);
    if (tag !== 0) return tag;
    const { bytesOf, index } = this.#message;
    const digits = /^(-?\d{1,15})=/.exec(latin1(bytesOf, index[place * 3 + 1], index[place * 3 + 2]));
    return digits === null ? NaN : Math.min(Number(digits[1]), 0);
  }

  #ordinal(tag: number): number {
    return tag >= 1 ? this.#dictionary.ordinal(tag) : 0;
  }

  #rule(layout: Layout, tag: number): number {
    return layout.rules[this.#ordinal(tag)];
  }
}

function tagOf(item: Item): number | undefined {
  return Number.isNaN(item.tag) ? undefined : item.tag;
}

/** Where the standard has a field that the message's definition does not list. */
function standardSection(tag: number): number {
  return isHeaderTag(tag) ? IN_HEADER : TRAILER_TAGS.has(tag) ? IN_TRAILER : IN_BODY;
}

/** The first field that stands behind a later section. */
function outOfOrder(items: readonly Item[]): Item | undefined {
  let reached = IN_HEADER;
  for (const item of items) {
    if (item.section < reached) return item;
    reached = item.section;
  }
  return undefined;
}

const FIRST_TAGS = [BEGIN_STRING, BODY_LENGTH, MSG_TYPE];

/** Ascending, but for the three that begin every message and the one that ends it. */
function byTag(a: Item, b: Item): number {
  return rank(a) - rank(b);
}

function rank(item: Item): number {
  if (item.tag === CHECK_SUM) return Infinity;
  const first = FIRST_TAGS.indexOf(item.tag);
  return first < 0 ? item.tag || 0 : first - 1_000_000_000_000_000;
}

/** A data field has the length that its length field says; without one it has what it has. */
export function hasItsLength(message: MessageView, place: number, lengthTag: number): boolean {
  const at = lengthTag === 0 ? -1 : message.lengthPlace(lengthTag, place) * 3;
  if (at < 0) return true;
  const { bytesOf, index } = message;
  return integer(bytesOf, index[at + 1], index[at + 2]) === index[place * 3 + 2] - index[place * 3 + 1];
}
