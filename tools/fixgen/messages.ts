/** Writes `packages/fix/src/messages/<version>.ts`: the layouts of typed messages from a dictionary table. */
import type { DictionaryTable, FieldLine, Member } from '../../packages/fix/src/dictionary/table.ts';
import {
  parseComponentLine,
  parseFieldLine,
  parseMembers,
  parseMessageLine,
  versionName,
} from '../../packages/fix/src/dictionary/table.ts';
import { syntaxOf, Syntax } from '../../packages/fix/src/dictionary/types.ts';
import { NOTICE } from './emit.ts';

/** Message types the platform and its counterparties speak in FIX 4.4. */
export const TYPED_MESSAGES =
  'A 0 1 2 3 4 5 D F G H q r V W X Y R S Z 8 9 j AF AN AP e f c d y x i b h g E N B BE BF'.split(' ');

/** Longer lists of values, such as SecurityType's, help nobody in an editor. */
const VALUES_MAX = 40;

export function emitMessages(table: DictionaryTable, types: readonly string[]): string {
  const emitter = new Emitter(table);
  const messages = table.messages.map(parseMessageLine);
  const bodies = types.map((type) => {
    const line = messages.find((message) => message.msgType === type);
    if (line === undefined) throw new Error(`no message type ${type}`);
    const fields = emitter.fields(parseMembers(line.members), true);
    return `export const ${line.name} = /* @__PURE__ */ new TypedMessage('${type}', ${fields});`;
  });
  return [
    `/** ${versionName(table)} messages by the names of their fields. ${NOTICE} */`,
    "import { TypedMessage } from './typed.ts';",
    '',
    ...emitter.parts.values(),
    '',
    ...bodies,
    '',
  ].join('\n');
}

class Emitter {
  /** Components as constants, by name and whether their required fields are required where they are used. */
  readonly parts = new Map<string, string>();
  readonly #fields: ReadonlyMap<number, FieldLine>;
  readonly #tags: ReadonlyMap<string, number>;
  readonly #components: ReadonlyMap<string, string>;

  constructor(table: DictionaryTable) {
    const fields = table.fields.map(parseFieldLine);
    this.#fields = new Map(fields.map((field) => [field.tag, field]));
    this.#tags = new Map(fields.map((field) => [field.name, field.tag]));
    this.#components = new Map(
      table.components.map(parseComponentLine).map((line) => [line.name, line.members]),
    );
  }

  /** An object literal; spreads for components. */
  fields(members: readonly Member[], isRequired: boolean): string {
    const dataOf = new Map(members.flatMap((member) => this.#data(member)));
    const parts = members.flatMap((member) => {
      if (member.kind === 'component')
        return [`...${this.#part(member.name, isRequired && member.required)}`];
      // The length field is written with its data.
      if (dataOf.has(member.tag)) return [];
      return [`${identifier(this.#name(member.tag))}: ${this.#line(member, isRequired && member.required)}`];
    });
    return parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`;
  }

  #part(name: string, isRequired: boolean): string {
    const constant = `${identifier(name)}${isRequired ? 'Required' : ''}Part`;
    if (!this.parts.has(constant)) {
      const fields = this.fields(parseMembers(this.#components.get(name) ?? ''), isRequired);
      this.parts.set(constant, `const ${constant} = ${fields} as const;`);
    }
    return constant;
  }

  #line(member: Member & { tag: number }, isRequired: boolean): string {
    const { tag } = member;
    const required = isRequired ? 1 : 0;
    if (member.kind === 'group')
      return `[${tag}, 'group', ${required}, ${this.fields(member.members, true)}]`;
    const field = this.#fields.get(tag);
    if (field === undefined) throw new Error(`no field ${tag}`);
    const kind = kindOf(field.type);
    if (kind === 'data') return `[${tag}, 'data', ${required}, ${this.#lengthTag(field) ?? 0}]`;
    const values = field.values.map(([value]) => value);
    if (kind === 'text' && isOneOfFew(field.type, values)) {
      const list = values.map((value) => value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")).join('|');
      return `[${tag}, 'text', ${required}, '${list}']`;
    }
    return isRequired ? `[${tag}, '${kind}', 1]` : `[${tag}, '${kind}']`;
  }

  /** Length tag and data tag of a data field. */
  #data(member: Member): [number, number][] {
    const field = member.kind === 'field' ? this.#fields.get(member.tag) : undefined;
    if (field === undefined || kindOf(field.type) !== 'data') return [];
    const length = this.#lengthTag(field);
    return length === undefined ? [] : [[length, field.tag]];
  }

  #lengthTag(field: FieldLine): number | undefined {
    return this.#tags.get(`${field.name}Len`) ?? this.#tags.get(`${field.name}Length`);
  }

  #name(tag: number): string {
    const field = this.#fields.get(tag);
    if (field === undefined) throw new Error(`no field ${tag}`);
    return field.name;
  }
}

function isOneOfFew(type: string, values: readonly string[]): boolean {
  return values.length > 0 && values.length <= VALUES_MAX && !type.startsWith('MULTIPLE');
}

function kindOf(type: string): string {
  switch (syntaxOf(type, false)) {
    case Syntax.integer:
    case Syntax.natural:
      return 'int';
    case Syntax.decimal:
      return 'decimal';
    case Syntax.boolean:
      return 'boolean';
    case Syntax.utcTimestamp:
      return 'utc';
    case Syntax.data:
      return 'data';
    default:
      return 'text';
  }
}

/** `ClOrdID` as an identifier is `clOrdId`, `NoMDEntries` is `noMdEntries`. */
export function identifier(name: string): string {
  const words = name
    .replaceAll('IDs', 'Ids')
    .replace(/[A-Z]+(?![a-z])|[A-Z]+(?=[A-Z][a-z])/g, (run) => run[0]! + run.slice(1).toLowerCase());
  const first = /^[A-Z]+/.exec(words)?.[0] ?? '';
  return first.toLowerCase() + words.slice(first.length);
}
