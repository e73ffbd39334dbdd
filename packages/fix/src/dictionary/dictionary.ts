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
  parseFieldValues,
  parseMembers,
  parseMessageLine,
  versionName,
} from './table.ts';
import type { DictionaryTable, Member, MessageLine } from './table.ts';
import { ENUMERATED, SYNTAX_MASK, Syntax, syntaxOf } from './types.ts';
import { beginStringOf } from './versions.ts';
import type { BeginString, Version } from './versions.ts';

/** Highest tag a dictionary may define; tables by tag are as long as its highest one. */
const TAG_MAX = 999_999;

/** Highest length of a type that is looked up by its bytes. */
const MSG_TYPE_BYTES_MAX = 8;

export class Dictionary implements LayoutSource {
  /** Application version: that of the application messages. */
  readonly version: Version;
  /** BeginString(8) of the sessions that speak it; FIXT.1.1 from 5.0 on. */
  readonly beginString: BeginString;
  /** The same as bytes, for the decoder. */
  readonly beginBytes: Uint8Array;
  /** ApplVerID(1128) may name the version of a message: it travels on FIXT.1.1. */
  readonly isOnTransport: boolean;
  readonly table: DictionaryTable;
  /** Field ordinal by tag, from 1; 0 for tags that are not defined. */
  readonly ordinals: Uint16Array;
  readonly ordinalCount: number;
  /** What to check of a value, by field ordinal: its `Syntax`, and `ENUMERATED`; 0 when any text will do. */
  readonly checks: Uint8Array;
  /**
   * 256 bytes an enumerated field, from `singles[ordinal]` on: 1 for each valid single character. The first
   * 256, which all other fields share, are 0; so do enumerated fields until `enumeration` is first asked.
   */
  readonly singleValues: Uint8Array;
  readonly singles: Int32Array;
  /** By tag: tag of the length field that a data field needs before it; 0 for all other fields. */
  readonly lengthTags: Int32Array;

  /** Field lines by ordinal, and where the name and the type in them end. */
  readonly #lines: string[] = [''];
  readonly #nameEnds: Uint16Array;
  readonly #typeEnds: Uint16Array;
  readonly #enumerations: (Enumeration | undefined)[];
  #singlesUsed = 256;
  #tags: Map<string, number> | undefined;
  readonly #messages = new Map<string, MessageLine>();
  readonly #components = new Map<string, string>();
  readonly #parsedComponents = new Map<string, readonly Member[]>();
  readonly #compiler = new LayoutCompiler(this);
  readonly #header: readonly Member[];
  readonly #trailer: readonly Member[];
  readonly #compiled = new Map<string, MessageDefinition>();
  #isVerified = false;
  /** Compiled types of one and two characters by their bytes: the decoder's way, without a string. */
  readonly #byCode = new Map<number, MessageDefinition>();
  readonly #bySingleCode: (MessageDefinition | undefined)[] = new Array<undefined>(256).fill(undefined);

  /** Throws `DictionaryError` when the table contradicts itself. */
  constructor(table: DictionaryTable) {
    this.table = table;
    if (table.header === '')
      throw new DictionaryError(`${versionName(table)} has no header: join it with its transport`);
    this.version = versionName(table) as Version;
    this.beginString = (table.beginString as BeginString | undefined) ?? beginStringOf(this.version);
    this.beginBytes = Uint8Array.from(this.beginString, (character) => character.charCodeAt(0));
    this.isOnTransport = this.beginString.startsWith('FIXT');
    const { fields } = table;
    this.ordinalCount = fields.length + 1;
    if (fields.length > 0xfffe) throw new DictionaryError(`${fields.length} fields`);
    this.checks = new Uint8Array(this.ordinalCount);
    this.singles = new Int32Array(this.ordinalCount);
    this.#nameEnds = new Uint16Array(this.ordinalCount);
    this.#typeEnds = new Uint16Array(this.ordinalCount);
    this.#enumerations = new Array<undefined>(this.ordinalCount).fill(undefined);
    const tags = this.#readFields(fields);
    const tagMax = tags.reduce((max, tag) => Math.max(max, tag), 0);
    this.ordinals = new Uint16Array(tagMax + 1);
    this.lengthTags = new Int32Array(tagMax + 1);
    let enumerated = 0;
    for (let ordinal = 1; ordinal < this.ordinalCount; ordinal++) {
      const tag = tags[ordinal - 1]!;
      if (this.ordinals[tag] !== 0) throw new DictionaryError(`tag ${tag} is defined twice`);
      this.ordinals[tag] = ordinal;
      // MsgType is checked by being defined; its enumeration would only forbid a provider's own types.
      if (tag === 35) this.checks[ordinal]! &= ~ENUMERATED;
      if ((this.checks[ordinal]! & ENUMERATED) !== 0) enumerated++;
    }
    this.singleValues = new Uint8Array(256 * (enumerated + 1));
    this.#linkDataFields(tags);
    for (const line of table.messages.map(parseMessageLine)) this.#messages.set(line.msgType, line);
    for (const line of table.components.map(parseComponentLine))
      this.#components.set(line.name, line.members);
    this.#header = parseMembers(table.header);
    this.#trailer = parseMembers(table.trailer);
  }

  /** Takes in the field lines, their values unread; returns their tags. */
  #readFields(fields: readonly string[]): number[] {
    // Up to FIX 4.1 a char is free text of any length.
    const { type, major, minor } = this.table;
    const isBefore42 = type === 'FIX' && major === 4 && minor < 2;
    return fields.map((line, index) => {
      const first = line.indexOf(' ');
      const second = line.indexOf(' ', first + 1);
      const bar = line.indexOf('|', second + 1);
      const end = bar < 0 ? line.length : bar;
      const tag = Number(line.slice(0, first));
      if (first < 1 || second < 0 || end === second + 1 || !Number.isInteger(tag) || tag < 1)
        throw new DictionaryError(`not a field: ${line}`);
      if (tag > TAG_MAX) throw new DictionaryError(`tag ${tag} is above ${TAG_MAX}`);
      this.#lines.push(line);
      this.#nameEnds[index + 1] = second;
      this.#typeEnds[index + 1] = end;
      const syntax = syntaxOf(line.slice(second + 1, end), isBefore42);
      this.checks[index + 1] = bar < 0 ? syntax : syntax | ENUMERATED;
      return tag;
    });
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
    return ordinal === 0 ? undefined : this.#nameAt(ordinal);
  }

  /** Type name as the dictionary spells it: STRING, PRICE, UTCTIMESTAMP … */
  fieldType(tag: number): string | undefined {
    const ordinal = this.ordinal(tag);
    return ordinal === 0
      ? undefined
      : this.#lines[ordinal]!.slice(this.#nameEnds[ordinal]! + 1, this.#typeEnds[ordinal]);
  }

  /** Valid values with their descriptions; empty when any value may stand. */
  fieldValues(tag: number): ReadonlyMap<string, string> {
    return new Map(parseFieldValues(this.#lines[this.ordinal(tag)]!));
  }

  /** Valid values by field ordinal, for the validator; undefined when any value may stand. */
  enumeration(ordinal: number): Enumeration | undefined {
    let enumeration = this.#enumerations[ordinal];
    if (enumeration === undefined && (this.checks[ordinal]! & ENUMERATED) !== 0) {
      const start = this.#singlesUsed;
      enumeration = new Enumeration(
        parseFieldValues(this.#lines[ordinal]!).map(([value]) => value),
        this.singleValues.subarray(start, start + 256),
      );
      this.#enumerations[ordinal] = enumeration;
      this.singles[ordinal] = start;
      this.#singlesUsed += 256;
    }
    return enumeration;
  }

  tagOf(fieldName: string): number | undefined {
    if (this.#tags === undefined) {
      this.#tags = new Map();
      for (let ordinal = 1; ordinal < this.ordinalCount; ordinal++)
        this.#tags.set(this.#nameAt(ordinal), parseInt(this.#lines[ordinal]!, 10));
    }
    return this.#tags.get(fieldName);
  }

  #nameAt(ordinal: number): string {
    const line = this.#lines[ordinal]!;
    return line.slice(line.indexOf(' ') + 1, this.#nameEnds[ordinal]);
  }

  /** Is the field defined for messages of this kind? Session messages on FIXT know the transport's alone. */
  defines(tag: number, isAdmin: boolean): boolean {
    const ordinal = this.ordinal(tag);
    return ordinal !== 0 && (!isAdmin || ordinal <= (this.table.transportFields ?? ordinal));
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

  /**
   * Compiles every message type, so that a counterparty's own file shows its faults when it is loaded. Throws
   * `DictionaryError`.
   */
  verify(): void {
    if (this.#isVerified) return;
    for (const msgType of this.messageTypes()) this.message(msgType);
    this.#isVerified = true;
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
    return length > MSG_TYPE_BYTES_MAX
      ? undefined
      : this.message(String.fromCharCode(...bytes.subarray(start, end)));
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
      const name = this.#nameAt(this.ordinals[tag]);
      const lengthTag = this.tagOf(`${name}Len`) ?? this.tagOf(`${name}Length`);
      if (lengthTag !== undefined) this.lengthTags[tag] = lengthTag;
      else if (this.fieldType(tag - 1) === 'LENGTH') this.lengthTags[tag] = tag - 1;
    }
  }
}
