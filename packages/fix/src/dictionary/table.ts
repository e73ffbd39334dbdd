/**
 * A data dictionary as compact text: the form in which the generated tables are checked in, and between which
 * and QuickFIX-format XML nothing is lost (`xml.ts`). The runtime form is built from it in `dictionary.ts`.
 *
 * One line a field:      `54 Side CHAR|1=BUY|2=SELL`             number name type|value=description…
 * One line a message:    `D NewOrderSingle app 11! 526 @Parties` msgtype name msgcat members
 * One line a component:  `Parties 453(448 447 452 802(523 803))` name members
 *
 * A member is a tag, a group `countTag(members)` or a component `@Name`; `!` behind tag or name means
 * required.
 */

export interface DictionaryTable {
  /** FIX, or FIXT for the transport dictionary that application versions from 5.0 on share. */
  readonly type: 'FIX' | 'FIXT';
  readonly major: number;
  readonly minor: number;
  readonly servicePack: number;
  /** BeginString(8) of the transport that is joined in; absent: as the version says. */
  readonly beginString?: string;
  /** Of joined tables: so many of the fields, the first ones, are the transport's. */
  readonly transportFields?: number;
  /** Empty in application versions from 5.0 on, which need a transport: see `joinTransport`. */
  readonly header: string;
  readonly trailer: string;
  readonly messages: readonly string[];
  readonly components: readonly string[];
  readonly fields: readonly string[];
}

export interface FieldLine {
  readonly tag: number;
  readonly name: string;
  /** Type name as the dictionary spells it: STRING, PRICE, UTCTIMESTAMP … */
  readonly type: string;
  /** Value and its description, in the dictionary's order; empty when any value may stand. */
  readonly values: readonly (readonly [value: string, description: string])[];
}

export interface MessageLine {
  readonly msgType: string;
  readonly name: string;
  readonly category: 'admin' | 'app';
  readonly members: string;
}

export interface ComponentLine {
  readonly name: string;
  readonly members: string;
}

export type Member =
  | { readonly kind: 'field'; readonly tag: number; readonly required: boolean }
  | {
      readonly kind: 'group';
      readonly tag: number;
      readonly required: boolean;
      readonly members: readonly Member[];
    }
  | { readonly kind: 'component'; readonly name: string; readonly required: boolean };

/** A dictionary that can't be read: a malformed line or file, an unknown name. The text names the place. */
export class DictionaryError extends Error {
  override readonly name = 'DictionaryError';
}

export function parseFieldLine(line: string): FieldLine {
  const first = line.indexOf(' ');
  const second = line.indexOf(' ', first + 1);
  const found = line.indexOf('|', second);
  const end = found < 0 ? line.length : found;
  const tag = Number(line.slice(0, first));
  if (first < 1 || second < 0 || second + 1 === end || !Number.isInteger(tag) || tag < 1) {
    throw new DictionaryError(`not a field: ${line}`);
  }
  const values = parseFieldValues(line);
  return { tag, name: line.slice(first + 1, second), type: line.slice(second + 1, end), values };
}

/** The values of a field line alone. */
export function parseFieldValues(line: string): [value: string, description: string][] {
  return line
    .split('|')
    .slice(1)
    .map((part) => {
      const equals = part.lastIndexOf('=');
      return [part.slice(0, equals), part.slice(equals + 1)];
    });
}

export function formatFieldLine(field: FieldLine): string {
  const values = field.values.map(([value, description]) => {
    if (/[|\x01]/.test(value) || /[|=\x01]/.test(description)) {
      throw new DictionaryError(`value of ${field.name} can't be written: ${value}=${description}`);
    }
    return `|${value}=${description}`;
  });
  return `${field.tag} ${field.name} ${field.type}${values.join('')}`;
}

export function parseMessageLine(line: string): MessageLine {
  const first = line.indexOf(' ');
  const second = line.indexOf(' ', first + 1);
  const found = line.indexOf(' ', second + 1);
  const third = found < 0 ? line.length : found;
  const category = line.slice(second + 1, third);
  if (first < 1 || second < 0 || (category !== 'admin' && category !== 'app')) {
    throw new DictionaryError(`not a message: ${line}`);
  }
  return {
    msgType: line.slice(0, first),
    name: line.slice(first + 1, second),
    category,
    members: line.slice(third + 1),
  };
}

export function formatMessageLine(message: MessageLine): string {
  return `${message.msgType} ${message.name} ${message.category} ${message.members}`.trimEnd();
}

export function parseComponentLine(line: string): ComponentLine {
  const space = line.indexOf(' ');
  return space < 0
    ? { name: line, members: '' }
    : { name: line.slice(0, space), members: line.slice(space + 1) };
}

export function formatComponentLine(component: ComponentLine): string {
  return `${component.name} ${component.members}`.trimEnd();
}

/** Groups inside groups: dictionaries have four levels at most. */
const GROUP_DEPTH_MAX = 16;

/** Reads a member list. Throws `DictionaryError` when it is malformed. */
export function parseMembers(text: string): readonly Member[] {
  const lists: Member[][] = [[]];
  for (const token of text.match(/[()]|[^\s()]+\(?/g) ?? []) {
    const list = lists[lists.length - 1]!;
    if (token === ')') {
      if (lists.length === 1) throw new DictionaryError(`unbalanced parenthesis in ${text}`);
      lists.pop();
      continue;
    }
    const member = /^(?:(\d+)|@([^!()]+))(!?)(\(?)$/.exec(token);
    if (member === null) throw new DictionaryError(`not a member: ${token} in ${text}`);
    const required = member[3] === '!';
    if (member[2] !== undefined) {
      list.push({ kind: 'component', name: member[2], required });
    } else if (member[4] === '(') {
      const members: Member[] = [];
      list.push({ kind: 'group', tag: Number(member[1]), required, members });
      if (lists.push(members) > GROUP_DEPTH_MAX)
        throw new DictionaryError(`groups nested too deep in ${text}`);
    } else {
      list.push({ kind: 'field', tag: Number(member[1]), required });
    }
  }
  if (lists.length !== 1) throw new DictionaryError(`unbalanced parenthesis in ${text}`);
  return lists[0]!;
}

export function formatMembers(members: readonly Member[]): string {
  return members
    .map((member) => {
      const required = member.required ? '!' : '';
      if (member.kind === 'component') return `@${member.name}${required}`;
      if (member.kind === 'field') return `${member.tag}${required}`;
      return `${member.tag}${required}(${formatMembers(member.members)})`;
    })
    .join(' ');
}

/** `FIX.4.4`, `FIXT.1.1`, `FIX.5.0SP2`. */
export function versionName(
  table: Pick<DictionaryTable, 'type' | 'major' | 'minor' | 'servicePack'>,
): string {
  const pack = table.servicePack === 0 ? '' : `SP${table.servicePack}`;
  return `${table.type}.${table.major}.${table.minor}${pack}`;
}
