/**
 * QuickFIX-format XML data dictionaries, the form in which providers hand out their dialects: read into our
 * tables (by `tools/fixgen.ts` for the standard versions, at start-up for a session's own file) and written
 * from them (for counterparties in interoperability tests).
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
} from './table.ts';
import type { DictionaryTable, Member } from './table.ts';

interface Element {
  readonly name: string;
  readonly line: number;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: Element[];
}

/** The largest standard dictionary, 5.0SP2, has 1.5 MB and 26,000 elements. */
const XML_LENGTH_MAX = 16_000_000;
const ELEMENTS_MAX = 500_000;
const ELEMENT_DEPTH_MAX = 32;
const LINE_FEED = 0x0a;
const NONE: ReadonlySet<string> = new Set();
const NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
const ATTRIBUTES = `(?:\\s+[\\w.:-]+\\s*=\\s*(?:"[^"<]*"|'[^'<]*'))*`;
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/**
 * Reads a dictionary. Throws `DictionaryError` that names `file`, the line and the element. The text may be
 * anybody's: its length, depth and number of elements are bounded, and entities other than XML's own five are
 * left as they stand, so nothing expands.
 */
export function readDictionaryXml(xml: string, file = 'dictionary'): DictionaryTable {
  return new Reader(file).read(xml);
}

class Reader {
  readonly #file: string;
  /** Of fields, by name. */
  readonly #tags = new Map<string, number>();

  constructor(file: string) {
    this.#file = file;
  }

  read(xml: string): DictionaryTable {
    const root = this.#parse(xml);
    if (root.name !== 'fix') throw this.#error(root, `the root element is not <fix>`);
    const type = root.attributes.get('type') ?? 'FIX';
    if (type !== 'FIX' && type !== 'FIXT') throw this.#error(root, `unknown dictionary type ${type}`);
    const fields = section(root, 'fields').map((element) => this.#field(element));
    const members = (elements: readonly Element[]): string => formatMembers(this.#members(elements));
    this.#checkStructure(root);
    return {
      type,
      major: this.#whole(root, 'major'),
      minor: this.#whole(root, 'minor'),
      servicePack: this.#whole(root, 'servicepack', 0),
      header: members(section(root, 'header')),
      trailer: members(section(root, 'trailer')),
      messages: section(root, 'messages').map((element) => {
        const category = this.#attribute(element, 'msgcat');
        if (category !== 'admin' && category !== 'app')
          throw this.#error(element, `unknown msgcat ${category}`);
        const msgType = this.#attribute(element, 'msgtype');
        if (/[\s\x00-\x20|]/.test(msgType)) throw this.#error(element, `not a msgtype: ${msgType}`);
        const name = this.#named(element);
        return formatMessageLine({ msgType, name, category, members: members(element.children) });
      }),
      components: section(root, 'components').map((element) =>
        formatComponentLine({ name: this.#named(element), members: members(element.children) }),
      ),
      fields,
    };
  }

  /**
   * What a dictionary contradicts itself in. A component that is not here may be the base's of an overlay;
   * a file with a header of its own is no overlay.
   */
  #checkStructure(root: Element): void {
    const components = this.#unique(section(root, 'components'), 'name');
    const messages = this.#unique(section(root, 'messages'), 'msgtype');
    const isWhole = section(root, 'header').some(
      ({ attributes }) => attributes.get('name') === 'BeginString',
    );
    /** Groups by component; undefined while it is being looked at. */
    const known = new Map<string, ReadonlySet<string> | undefined>();
    const groupsOf = (elements: readonly Element[]): ReadonlySet<string> => {
      const groups = new Set<string>();
      for (const element of elements) {
        for (const group of groupsIn(element)) {
          if (groups.has(group)) throw this.#error(element, `the group ${group} twice in one message`);
          groups.add(group);
        }
      }
      return groups;
    };
    const groupsIn = (element: Element): ReadonlySet<string> => {
      const name = element.attributes.get('name') ?? '';
      if (element.name === 'group') {
        if (element.children.length === 0) throw this.#error(element, 'a group without fields');
        groupsOf(element.children);
        return new Set([name]);
      }
      if (element.name !== 'component') return NONE;
      const component = components.get(name);
      if (component === undefined && isWhole) throw this.#error(element, 'component is used and not defined');
      if (component === undefined) return NONE;
      let groups = known.get(name);
      if (groups === undefined && known.has(name)) throw this.#error(element, 'component contains itself');
      if (groups === undefined) {
        known.set(name, undefined);
        known.set(name, (groups = groupsOf(component.children)));
      }
      return groups;
    };
    for (const element of components.values()) groupsIn(element);
    for (const { children } of messages.values()) groupsOf(children);
  }

  #unique(elements: readonly Element[], key: 'name' | 'msgtype'): ReadonlyMap<string, Element> {
    const known = new Map<string, Element>();
    for (const element of elements) {
      const value = element.attributes.get(key) ?? '';
      const other = known.get(value);
      if (other !== undefined) throw this.#error(element, `the same ${key} as in line ${other.line}`);
      known.set(value, element);
    }
    return known;
  }

  #field(element: Element): string {
    const values = element.children.map((value): [string, string] => [
      this.#attribute(value, 'enum'),
      value.attributes.get('description') ?? '',
    ]);
    const type = this.#attribute(element, 'type');
    if (!NAME.test(type)) throw this.#error(element, `not a type: ${type}`);
    const name = this.#named(element);
    const tag = this.#whole(element, 'number');
    if (this.#tags.has(name)) throw this.#error(element, `two fields of the name ${name}`);
    this.#tags.set(name, tag);
    try {
      return formatFieldLine({ tag, name, type, values });
    } catch (error) {
      throw error instanceof DictionaryError ? this.#error(element, error.message) : error;
    }
  }

  #members(elements: readonly Element[]): Member[] {
    return elements.map((element) => {
      const name = this.#named(element);
      const required = /^[Yy]$/.test(element.attributes.get('required') ?? 'N');
      if (element.name === 'component') return { kind: 'component', name, required };
      const tag = this.#tags.get(name);
      if (tag === undefined) throw this.#error(element, `field ${name} is used and not defined`);
      if (element.name === 'field') return { kind: 'field', tag, required };
      if (element.name !== 'group') throw this.#error(element, 'unknown element');
      return { kind: 'group', tag, required, members: this.#members(element.children) };
    });
  }

  #attribute(element: Element, name: string): string {
    const value = element.attributes.get(name);
    if (value === undefined || value === '') throw this.#error(element, `without ${name}`);
    return value;
  }

  #named(element: Element): string {
    const name = this.#attribute(element, 'name');
    if (!NAME.test(name)) throw this.#error(element, `not a name: ${name}`);
    return name;
  }

  #whole(element: Element, name: string, otherwise?: number): number {
    if (otherwise !== undefined && !element.attributes.has(name)) return otherwise;
    const value = this.#attribute(element, name);
    if (!/^\d{1,6}$/.test(value)) throw this.#error(element, `${name} is not a number: ${value}`);
    return Number(value);
  }

  /** Elements and attributes only, which is all that a dictionary has; text between elements is ignored. */
  #parse(xml: string): Element {
    if (xml.length > XML_LENGTH_MAX)
      throw new DictionaryError(`${this.#file}: longer than ${XML_LENGTH_MAX} characters`);
    const top: Element = { name: '', line: 1, attributes: new Map(), children: [] };
    const open: Element[] = [top];
    const token = new RegExp(
      `<!--[\\s\\S]*?-->|<[?!][^<>]*>|<(/?)([A-Za-z][\\w.-]*)(${ATTRIBUTES})\\s*(/?)>|<`,
      'g',
    );
    let line = 1;
    let counted = 0;
    let elements = 0;
    for (let match = token.exec(xml); match !== null; match = token.exec(xml)) {
      for (; counted < match.index; counted++) if (xml.charCodeAt(counted) === LINE_FEED) line++;
      const name = match[2];
      if (match[0] === '<') throw this.#errorAt(line, `not an element: ${xml.slice(counted, counted + 40)}`);
      if (name === undefined) continue;
      if (match[1] === '/') {
        if (open.length === 1 || open.pop()!.name !== name)
          throw this.#errorAt(line, `</${name}> without <${name}>`);
        continue;
      }
      const element: Element = { name, line, attributes: parseAttributes(match[3]!), children: [] };
      open[open.length - 1]!.children.push(element);
      if (++elements > ELEMENTS_MAX) throw this.#errorAt(line, `more than ${ELEMENTS_MAX} elements`);
      if (match[4] !== '/' && open.push(element) > ELEMENT_DEPTH_MAX)
        throw this.#error(element, 'elements nested too deep');
    }
    const last = open[open.length - 1]!;
    if (open.length !== 1) throw this.#error(last, 'not closed');
    if (top.children.length !== 1)
      throw new DictionaryError(`${this.#file}: ${top.children.length} root elements, not one root element`);
    return top.children[0]!;
  }

  #error(element: Element, reason: string): DictionaryError {
    const name = element.attributes.get('name');
    return this.#errorAt(
      element.line,
      `<${element.name}${name === undefined ? '' : ` name='${name}'`}>: ${reason}`,
    );
  }

  #errorAt(line: number, reason: string): DictionaryError {
    return new DictionaryError(`${this.#file}:${line}: ${reason}`);
  }
}

function section(root: Element, name: string): Element[] {
  return root.children.find((child) => child.name === name)?.children ?? [];
}

function parseAttributes(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const match of text.matchAll(/([\w.:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    attributes.set(match[1]!, unescape(match[2] ?? match[3]!));
  }
  return attributes;
}

function unescape(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,5})|(\w+));/g, (...groups: string[]) => {
    const [entity = '', decimal, hex, name] = groups;
    if (decimal !== undefined) return String.fromCodePoint(Math.min(Number(decimal), 0x10_ffff));
    if (hex !== undefined) return String.fromCodePoint(parseInt(hex, 16));
    return ENTITIES[name ?? ''] ?? entity;
  });
}

/** Writes a dictionary as QuickFIX-format XML; `readDictionaryXml` gives the same table back. */
export function dictionaryXml(table: DictionaryTable): string {
  const fields = table.fields.map(parseFieldLine);
  const names = new Map(fields.map((field) => [field.tag, field.name]));
  const { type, major, minor, servicePack } = table;
  const lines = [
    `<fix type='${type}' major='${major}' minor='${minor}' servicepack='${servicePack}'>`,
    ...block(' ', 'header', '', writeMembers('  ', parseMembers(table.header), names)),
    ' <messages>',
    ...table.messages
      .map(parseMessageLine)
      .flatMap(({ msgType, name, category, members }) =>
        block(
          '  ',
          'message',
          ` name='${name}' msgtype='${escape(msgType)}' msgcat='${category}'`,
          writeMembers('   ', parseMembers(members), names),
        ),
      ),
    ' </messages>',
    ...block(' ', 'trailer', '', writeMembers('  ', parseMembers(table.trailer), names)),
    ' <components>',
    ...table.components
      .map(parseComponentLine)
      .flatMap(({ name, members }) =>
        block('  ', 'component', ` name='${name}'`, writeMembers('   ', parseMembers(members), names)),
      ),
    ' </components>',
    ' <fields>',
    ...fields.flatMap(({ tag, name, type, values }) =>
      block(
        '  ',
        'field',
        ` number='${tag}' name='${name}' type='${type}'`,
        values.map(
          ([value, description]) =>
            `   <value enum='${escape(value)}' description='${escape(description)}' />`,
        ),
      ),
    ),
    ' </fields>',
    '</fix>',
  ];
  return `${lines.join('\n')}\n`;
}

function writeMembers(
  indent: string,
  members: readonly Member[],
  names: ReadonlyMap<number, string>,
): string[] {
  return members.flatMap((member) => {
    const required = `required='${member.required ? 'Y' : 'N'}'`;
    if (member.kind === 'component') return [`${indent}<component name='${member.name}' ${required} />`];
    const name = names.get(member.tag);
    if (name === undefined) throw new DictionaryError(`tag ${member.tag} is used and not defined`);
    if (member.kind === 'field') return [`${indent}<field name='${name}' ${required} />`];
    return block(
      indent,
      'group',
      ` name='${name}' ${required}`,
      writeMembers(`${indent} `, member.members, names),
    );
  });
}

function block(indent: string, name: string, attributes: string, inner: readonly string[]): string[] {
  if (inner.length === 0) return [`${indent}<${name}${attributes} />`];
  return [`${indent}<${name}${attributes}>`, ...inner, `${indent}</${name}>`];
}

function escape(text: string): string {
  return text.replace(
    /[&<>'"]/g,
    (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', "'": '&apos;', '"': '&quot;' })[character]!,
  );
}
