/**
 * Tables put together: an application version with the transport that carries it (FIX 5.0 and later on
 * FIXT 1.1), and a standard version with a counterparty's own additions. Between `xml.ts`, which reads them,
 * and `dictionary.ts`, which makes one ready for a session.
 */
import {
  DictionaryError,
  formatComponentLine,
  formatFieldLine,
  formatMembers,
  formatMessageLine,
  parseComponentLine,
  parseFieldLine,
  parseMembers,
  parseMessageLine,
  versionName,
} from './table.ts';
import type { DictionaryTable, FieldLine, Member } from './table.ts';

/** First word of a line: tag, message type or component name. */
function keyOf(line: string): string {
  const space = line.indexOf(' ');
  return space < 0 ? line : line.slice(0, space);
}

function keysOf(lines: readonly string[]): Set<string> {
  return new Set(lines.map(keyOf));
}

/**
 * An application version on its transport: header, trailer and session messages are the transport's, and so
 * is the definition of every field the transport has. A component that the transport only names (MsgTypeGrp
 * in FIXT 1.1) is the application's.
 */
export function joinTransport(application: DictionaryTable, transport: DictionaryTable): DictionaryTable {
  const fields = keysOf(transport.fields);
  const components = transport.components.filter((line) => line.includes(' '));
  const named = keysOf(components);
  const others = application.components.filter((line) => !named.has(keyOf(line)));
  const known = keysOf([...components, ...others]);
  const empty = transport.components.filter((line) => !known.has(keyOf(line)));
  const isSession = / admin( |$)/;
  return {
    ...application,
    beginString: versionName(transport),
    header: transport.header,
    trailer: transport.trailer,
    messages: [
      ...transport.messages,
      ...application.messages.filter((line) => !isSession.test(line)).map(withDefaultVersion),
    ],
    components: [...components, ...empty, ...others],
    transportFields: transport.fields.length,
    fields: [...transport.fields, ...application.fields.filter((line) => !fields.has(keyOf(line)))],
  };
}

/**
 * QuickFIX C++ writes DefaultApplVerID(1137), which belongs to the Logon, into each BusinessMessageReject on
 * FIXT: rejecting that would answer a refusal with a refusal.
 */
function withDefaultVersion(line: string): string {
  return line.startsWith('j ') && !/ 1137!?( |$)/.test(line) ? `${line} 1137` : line;
}

/**
 * A standard dictionary with a counterparty's additions and changes, which are a table of their own in the
 * same form (`readDictionaryXml`), with only what differs in it and the fields that its messages, components
 * and groups name:
 *
 * - A field that the base doesn't have is added. One that it has takes the overlay's name and type, and its
 *   values are added to those of the base; a base field without values, which takes any, gets none. With
 *   another type the values are the overlay's alone.
 * - A message that the base doesn't have is added. To one that it has the overlay's members are added; a
 *   member that both have takes the overlay's `required`, and a group's members are joined in the same way.
 *   Members keep the base's order, new ones stand behind. Name and category are the overlay's. A group that
 *   the base holds in a component is joined there, and so for every message that has the component.
 * - Components likewise, and header and trailer, for which the overlay may stay empty.
 * - Nothing is taken away; a counterparty whose dialect has less, or that hands out a whole dictionary, is
 *   served by that alone: `new Dictionary(readDictionaryXml(text, file))`.
 *
 * The version stays the base's. Throws `DictionaryError` when one name would stand for two tags.
 */
export function extendDictionary(base: DictionaryTable, overlay: DictionaryTable): DictionaryTable {
  const fields = extendLines(base.fields, overlay.fields, extendField);
  checkNames(fields);
  const joiner = new Joiner(base.components);
  const header = joiner.text(base.header, overlay.header);
  const trailer = joiner.text(base.trailer, overlay.trailer);
  const messages = extendLines(base.messages, overlay.messages, (line, other) => {
    const added = parseMessageLine(other);
    const members = joiner.text(parseMessageLine(line).members, added.members);
    return formatMessageLine({ ...added, members });
  });
  for (const { name, members } of overlay.components.map(parseComponentLine)) {
    joiner.extend(name, parseMembers(members));
  }
  return {
    ...base,
    header,
    trailer,
    messages,
    components: extendLines(joiner.lines(), overlay.components, (line) => line),
    fields,
  };
}

/** Lines of the base, those that the overlay has too joined with it, and behind them the overlay's own. */
function extendLines(
  base: readonly string[],
  overlay: readonly string[],
  join: (line: string, other: string) => string,
): string[] {
  const others = new Map(overlay.map((line) => [keyOf(line), line]));
  const joined = base.map((line) => {
    const key = keyOf(line);
    const other = others.get(key);
    others.delete(key);
    return other === undefined ? line : join(line, other);
  });
  return [...joined, ...others.values()];
}

function extendField(line: string, other: string): string {
  const field = parseFieldLine(line);
  const added = parseFieldLine(other);
  return formatFieldLine({ ...added, values: extendValues(field, added) });
}

function extendValues(field: FieldLine, added: FieldLine): FieldLine['values'] {
  // A change of type begins anew: the old values belong to the old type.
  if (field.type !== added.type) return added.values;
  if (field.values.length === 0) return [];
  return [...new Map([...field.values, ...added.values])];
}

/** Joins members, and groups of components where the components have them. */
class Joiner {
  readonly #components: Map<string, readonly Member[]>;

  constructor(lines: readonly string[]) {
    const components = lines.map(parseComponentLine);
    this.#components = new Map(components.map(({ name, members }) => [name, parseMembers(members)]));
  }

  lines(): string[] {
    return [...this.#components].map(([name, members]) =>
      formatComponentLine({ name, members: formatMembers(members) }),
    );
  }

  text(base: string, overlay: string): string {
    return overlay === '' ? base : formatMembers(this.#join(parseMembers(base), parseMembers(overlay)));
  }

  /** One that the base doesn't have is left to its caller. */
  extend(name: string, overlay: readonly Member[]): void {
    const members = this.#components.get(name);
    if (members !== undefined) this.#components.set(name, this.#join(members, overlay));
  }

  #join(base: readonly Member[], overlay: readonly Member[]): Member[] {
    const own = new Set(base.map(memberKey));
    const others = new Map<string, Member>();
    for (const member of overlay) {
      const holder =
        member.kind === 'group' && !own.has(memberKey(member)) ? this.#holder(base, member.tag) : undefined;
      if (holder === undefined) others.set(memberKey(member), member);
      else this.extend(holder, [member]);
    }
    const joined = base.map((member) => {
      const other = others.get(memberKey(member));
      others.delete(memberKey(member));
      if (other === undefined) return member;
      return member.kind === 'group' && other.kind === 'group'
        ? { ...other, members: this.#join(member.members, other.members) }
        : other;
    });
    return [...joined, ...others.values()];
  }

  /** The component below these members that has the group; a circle is somebody else's to tell. */
  #holder(members: readonly Member[], tag: number, seen = new Set<string>()): string | undefined {
    for (const member of members) {
      if (member.kind !== 'component' || seen.has(member.name)) continue;
      seen.add(member.name);
      const inside = this.#components.get(member.name) ?? [];
      if (inside.some((one) => one.kind === 'group' && one.tag === tag)) return member.name;
      const holder = this.#holder(inside, tag, seen);
      if (holder !== undefined) return holder;
    }
    return undefined;
  }
}

function memberKey(member: Member): string {
  return member.kind === 'component' ? `@${member.name}` : String(member.tag);
}

function checkNames(fields: readonly string[]): void {
  const tags = new Map<string, number>();
  for (const { tag, name } of fields.map(parseFieldLine)) {
    const other = tags.get(name);
    if (other !== undefined)
      throw new DictionaryError(`${name} is the name of tag ${other} and of tag ${tag}`);
    tags.set(name, tag);
  }
}
