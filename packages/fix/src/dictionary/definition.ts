/**
 * Layout of messages and repeating groups as flat tables by field ordinal: one 32-bit rule per field says
 * where the field may stand. Compiled from a dictionary table when a message type is first seen, then shared
 * by decoder, validator and readers.
 */
import type { Member } from './table.ts';
import { DictionaryError } from './table.ts';

/** Section bits of a rule; none means that the field is not a direct member. */
export const IN_HEADER = 1;
export const IN_BODY = 2;
export const IN_TRAILER = 3;
export const SECTION_MASK = 3;
/** Direct member that must be present. */
export const REQUIRED = 4;
export const REQUIRED_SHIFT = 2;
/** Member of a group at any depth below, so that a plain lookup by tag may hit an entry's field. */
export const NESTED = 8;
/** Above this bit: position of the member, from 1, in the order of the dictionary. */
export const POSITION_SHIFT = 4;
export const POSITION_MASK = 0xfff;
/** Above this bit: 1 + index in `groups` when the field is the count of a group. */
export const GROUP_SHIFT = 16;

export interface Layout {
  /** Rule by field ordinal; 0 for fields that are no members. */
  readonly rules: Int32Array;
  readonly groups: readonly GroupDefinition[];
  /** Tags of required direct members. */
  readonly required: readonly number[];
}

export interface MessageDefinition extends Layout {
  readonly msgType: string;
  readonly name: string;
  readonly isAdmin: boolean;
}

export interface GroupDefinition extends Layout {
  /** NumInGroup field. */
  readonly countTag: number;
  /** First field of every entry. */
  readonly delimiter: number;
}

/** What the compiler needs to know of the dictionary. */
export interface LayoutSource {
  readonly ordinalCount: number;
  ordinal(tag: number): number;
  component(name: string): readonly Member[];
}

const COMPONENT_DEPTH_MAX = 32;

/** Compiles layouts; groups of shared components are compiled once. */
export class LayoutCompiler {
  readonly #source: LayoutSource;
  readonly #groups = new Map<Member, GroupDefinition>();

  constructor(source: LayoutSource) {
    this.#source = source;
  }

  message(header: readonly Member[], body: readonly Member[], trailer: readonly Member[]): Layout {
    const layout = new LayoutBuilder(this.#source.ordinalCount);
    this.#add(layout, header, IN_HEADER, true, 0);
    this.#add(layout, body, IN_BODY, true, 0);
    this.#add(layout, trailer, IN_TRAILER, true, 0);
    return layout;
  }

  #add(
    layout: LayoutBuilder,
    members: readonly Member[],
    section: number,
    isRequired: boolean,
    depth: number,
  ): void {
    if (depth > COMPONENT_DEPTH_MAX) throw new DictionaryError('components nested too deep, or in a circle');
    for (const member of members) {
      const required = isRequired && member.required;
      if (member.kind === 'component') {
        // A component's own required fields bind only where the component itself is required.
        this.#add(layout, this.#source.component(member.name), section, required, depth + 1);
        continue;
      }
      const group = member.kind === 'group' ? this.#group(member, member.members, depth + 1) : undefined;
      layout.add(member.tag, this.#source.ordinal(member.tag), section, required, group);
    }
  }

  #group(member: Member & { kind: 'group' }, members: readonly Member[], depth: number): GroupDefinition {
    const known = this.#groups.get(member);
    if (known !== undefined) return known;
    const layout = new LayoutBuilder(this.#source.ordinalCount);
    // As in QuickFIX only entries of required groups have required fields: standard dictionaries mark many as
    // required that nobody sends.
    this.#add(layout, members, IN_BODY, member.required, depth);
    if (layout.first === 0) throw new DictionaryError(`group ${member.tag} has no fields`);
    const group: GroupDefinition = {
      rules: layout.rules,
      groups: layout.groups,
      required: layout.required,
      countTag: member.tag,
      delimiter: layout.first,
    };
    this.#groups.set(member, group);
    return group;
  }
}

class LayoutBuilder implements Layout {
  readonly rules: Int32Array;
  readonly groups: GroupDefinition[] = [];
  readonly required: number[] = [];
  /** Tag of the first member. */
  first = 0;
  #position = 0;

  constructor(ordinalCount: number) {
    this.rules = new Int32Array(ordinalCount);
  }

  add(
    tag: number,
    ordinal: number,
    section: number,
    required: boolean,
    group: GroupDefinition | undefined,
  ): void {
    // Some dictionaries list a field twice, by itself and in a component: the first place counts.
    if ((this.rules[ordinal] & SECTION_MASK) !== 0) return;
    if (this.first === 0) this.first = tag;
    if (++this.#position > POSITION_MASK)
      throw new DictionaryError(`more than ${POSITION_MASK} fields in one message`);
    let rule = section | (this.rules[ordinal] & NESTED) | (this.#position << POSITION_SHIFT);
    if (required) {
      rule |= REQUIRED;
      this.required.push(tag);
    }
    if (group !== undefined) {
      rule |= this.groups.push(group) << GROUP_SHIFT;
      for (let i = 0; i < group.rules.length; i++) {
        if (group.rules[i] !== 0) this.rules[i] |= NESTED;
      }
    }
    this.rules[ordinal] |= rule;
  }
}
