/**
 * A data dictionary at run time: names for people, flat tables for the codec. Built once from a compact table
 * and shared by all sessions that speak it; the layout of a message type is compiled when the type is first
 * seen.
 */
import { LayoutCompiler } from './definition.ts';
import type { LayoutSource, MessageDefinition } from './definition.ts';
import { Enumeration } from './enumeration.ts';
import {
  DictionaryError,
  parseComponentLine,
  parseFieldLine,
  parseMembers,
  parseMessageLine,
  versionName,
} from './table.ts';
import type { DictionaryTable, Member, MessageLine } from './table.ts';
import { ENUMERATED, SYNTAX_MASK, Syntax, syntaxOf } from './types.ts';

/** Highest tag a dictionary may define; tables by tag are as long as its highest one. */
const TAG_MAX = 999_999;

interface Field {
  readonly name: string;
  readonly type: string;
  readonly values: ReadonlyMap<string, string>;
}

export class Dictionary implements LayoutSource {
  /** As in BeginString(8): `FIX.4.4`. */
  readonly beginString: string;
  readonly table: DictionaryTable;
  /** Field ordinal by tag, from 1; 0 for tags that are not defined. */
  readonly ordinals: Uint16Array;
  readonly ordinalCount: number;
  /** What to check of a value, by field ordinal: its `Syntax`, and `ENUMERATED`; 0 when any text will do. */
  readonly checks: Uint8Array;
  /** Valid values by field ordinal. */
  readonly enumerations: readonly (Enumeration | undefined)[];
  /**
   * 256 bytes an enumerated field, from `singles[ordinal]` on: 1 for each valid single character. The first
   * 256, which all other fields share, are 0.
   */
  readonly singleValues: Uint8Array;
  readonly singles: Int32Array;
  /** By tag: tag of the length field that a data field needs before it; 0 for all other fields. */
  readonly lengthTags: Int32Array;

  readonly #fields: Field[];
  readonly #tags = new Map<string, number>();
  readonly #messages = new Map<string, MessageLine>();
  readonly #components = new Map<string, string>();
  readonly #parsedComponents = new Map<string, readonly Member[]>();
  readonly #compiler = new LayoutCompiler(this);
  readonly #header: readonly Member[];
  readonly #trailer: readonly Member[];
  readonly #compiled = new Map<string, MessageDefinition>();
  /** Compiled types of one and two characters by their bytes: the decoder's way, without a string. */
  readonly #byCode = new Map<number, MessageDefinition>();
  readonly #bySingleCode: (MessageDefinition | undefined)[] = new Array<undefined>(256).fill(undefined);

  /** Throws `DictionaryError` when the table contradicts itself. */
  constructor(table: DictionaryTable) {
    this.table = table;
    this.beginString = versionName(table);
    const lines = table.fields.map(parseFieldLine);
    const tagMax = lines.reduce((max, line) => Math.max(max, line.tag), 0);
    if (tagMax > TAG_MAX || lines.length > 0xfffe)
      throw new DictionaryError(`tag ${tagMax} or too many fields`);
    const isBefore42 = table.type === 'FIX' && table.major === 4 && table.minor < 2;
    this.ordinals = new Uint16Array(tagMax + 1);
    this.ordinalCount = lines.length + 1;
    this.checks = new Uint8Array(this.ordinalCount);
    this.singles = new Int32Array(this.ordinalCount);
    this.singleValues = new Uint8Array(256 + 256 * lines.filter((line) => line.values.length > 0).length);
    this.lengthTags = new Int32Array(tagMax + 1);
    const enumerations = new Array<Enumeration | undefined>(this.ordinalCount).fill(undefined);
    let singles = 256;
    this.#fields = [{ name: '', type: '', values: new Map() }];
    for (const { tag, name, type, values } of lines) {
      if (this.ordinals[tag] !== 0) throw new DictionaryError(`tag ${tag} is defined twice`);
      const ordinal = this.#fields.push({ name, type, values: new Map(values) }) - 1;
      this.ordinals[tag] = ordinal;
      this.checks[ordinal] = syntaxOf(type, isBefore42);
      this.#tags.set(name, tag);
      // MsgType is checked by being defined; its enumeration would only forbid a provider's own types.
      if (values.length === 0 || tag === 35) continue;
      this.checks[ordinal] |= ENUMERATED;
      this.singles[ordinal] = singles;
      const single = this.singleValues.subarray(singles, singles + 256);
      enumerations[ordinal] = new Enumeration(
        values.map(([value]) => value),
        single,
      );
      singles += 256;
    }
    this.enumerations = enumerations;
    this.#linkDataFields(lines.map((line) => line.tag));
    for (const line of table.messages.map(parseMessageLine)) this.#messages.set(line.msgType, line);
    for (const line of table.components.map(parseComponentLine))
      this.#components.set(line.name, line.members);
    this.#header = parseMembers(table.header);
    this.#trailer = parseMembers(table.trailer);
  }

  /** The message type is in the dictionary. */
  isDefined(msgType: string): boolean {
    return this.#messages.has(msgType);
  }

  /** Session-level message (msgcat admin). */
  isAdmin(msgType: string): boolean {
    return this.#messages.get(msgType)?.category === 'admin';
  }

  messageName(msgType: string): string | undefined {
    return this.#messages.get(msgType)?.name;
  }

  /** All message types, in the dictionary's order. */
  messageTypes(): Iterable<string> {
    return this.#messages.keys();
  }

  fieldName(tag: number): string | undefined {
    const ordinal = this.ordinal(tag);
    return ordinal === 0 ? undefined : this.#fields[ordinal].name;
  }

  /** Type name as the dictionary spells it: STRING, PRICE, UTCTIMESTAMP … */
  fieldType(tag: number): string | undefined {
    const ordinal = this.ordinal(tag);
    return ordinal === 0 ? undefined : this.#fields[ordinal].type;
  }

  /** Valid values with their descriptions; empty when any value may stand. */
  fieldValues(tag: number): ReadonlyMap<string, string> {
    return this.#fields[this.ordinal(tag)].values;
  }

  tagOf(fieldName: string): number | undefined {
    return this.#tags.get(fieldName);
  }

  ordinal(tag: number): number {
    return tag < this.ordinals.length ? this.ordinals[tag] : 0;
  }

  component(name: string): readonly Member[] {
    let members = this.#parsedComponents.get(name);
    if (members === undefined) {
      const text = this.#components.get(name);
      if (text === undefined) throw new DictionaryError(`component ${name} is used and not defined`);
      members = parseMembers(text);
      this.#parsedComponents.set(name, members);
    }
    return members;
  }

  /** Layout of a message type, compiled on first use; undefined for types that are not in the dictionary. */
  message(msgType: string): MessageDefinition | undefined {
    return this.#compiled.get(msgType) ?? this.#compile(msgType);
  }

  /** The same by the bytes [start, end) of MsgType(35). */
  messageAt(bytes: Uint8Array, start: number, end: number): MessageDefinition | undefined {
    const length = end - start;
    if (length === 1)
      return this.#bySingleCode[bytes[start]] ?? this.message(String.fromCharCode(bytes[start]));
    if (length === 2) {
      const known = this.#byCode.get((bytes[start] << 8) | bytes[start + 1]);
      if (known !== undefined) return known;
    }
    return length > 8 ? undefined : this.message(String.fromCharCode(...bytes.subarray(start, end)));
  }

  #compile(msgType: string): MessageDefinition | undefined {
    const line = this.#messages.get(msgType);
    if (line === undefined) return undefined;
    const layout = this.#compiler.message(this.#header, parseMembers(line.members), this.#trailer);
    const definition: MessageDefinition = {
      rules: layout.rules,
      groups: layout.groups,
      required: layout.required,
      msgType: line.msgType,
      name: line.name,
      isAdmin: line.category === 'admin',
    };
    this.#compiled.set(line.msgType, definition);
    if (msgType.length === 1) this.#bySingleCode[msgType.charCodeAt(0) & 0xff] = definition;
    if (msgType.length === 2)
      this.#byCode.set((msgType.charCodeAt(0) << 8) | msgType.charCodeAt(1), definition);
    return definition;
  }

  /**
   * Data and length fields belong together by name (RawData, RawDataLength; XmlData, XmlDataLen), else by
   * number.
   */
  #linkDataFields(tags: readonly number[]): void {
    for (const tag of tags) {
      if ((this.checks[this.ordinals[tag]] & SYNTAX_MASK) !== Syntax.data) continue;
      const name = this.#fields[this.ordinals[tag]].name;
      const lengthTag = this.#tags.get(`${name}Len`) ?? this.#tags.get(`${name}Length`);
      if (lengthTag !== undefined) this.lengthTags[tag] = lengthTag;
      else if (this.fieldType(tag - 1) === 'LENGTH') this.lengthTags[tag] = tag - 1;
    }
  }
}
