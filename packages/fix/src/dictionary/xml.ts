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
import type { DictionaryTable, FieldLine, Member } from './table.ts';

interface Element {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: Element[];
}

/** The largest standard dictionary, 5.0SP2, has 1.5 MB. */
const XML_LENGTH_MAX = 16_000_000;
const ELEMENT_DEPTH_MAX = 32;
const NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
const ATTRIBUTES = `(?:\\s+[\\w.:-]+\\s*=\\s*(?:"[^"]*"|'[^']*'))*`;
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Reads a dictionary. Throws `DictionaryError` with the reason. */
export function readDictionaryXml(xml: string): DictionaryTable {
  const root = parseElements(xml);
  if (root.name !== 'fix') throw new DictionaryError(`root element is <${root.name}>, not <fix>`);
  const type = root.attributes.get('type') ?? 'FIX';
  if (type !== 'FIX' && type !== 'FIXT') throw new DictionaryError(`unknown dictionary type ${type}`);
  const fields = section(root, 'fields').map(readField);
  const tags = new Map(fields.map((field) => [field.name, field.tag]));
  if (tags.size !== fields.length) throw new DictionaryError('two fields of the same name');
  const members = (element: Element): string => formatMembers(readMembers(element.children, tags));
  return {
    type,
    major: whole(root, 'major'),
    minor: whole(root, 'minor'),
    servicePack: whole(root, 'servicepack', 0),
    header: formatMembers(readMembers(section(root, 'header'), tags)),
    trailer: formatMembers(readMembers(section(root, 'trailer'), tags)),
    messages: section(root, 'messages').map((element) => {
      const category = attribute(element, 'msgcat');
      if (category !== 'admin' && category !== 'app') throw new DictionaryError(`unknown msgcat ${category}`);
      const msgType = attribute(element, 'msgtype');
      return formatMessageLine({ msgType, name: named(element), category, members: members(element) });
    }),
    components: section(root, 'components').map((element) =>
      formatComponentLine({ name: named(element), members: members(element) }),
    ),
    fields: fields.map(formatFieldLine),
  };
}

function readField(element: Element): FieldLine {
  const values = element.children.map((value): [string, string] => [
    attribute(value, 'enum'),
    value.attributes.get('description') ?? '',
  ]);
  const type = attribute(element, 'type');
  if (!NAME.test(type)) throw new DictionaryError(`not a type: ${type}`);
  return { tag: whole(element, 'number'), name: named(element), type, values };
}

function readMembers(elements: readonly Element[], tags: ReadonlyMap<string, number>): Member[] {
  return elements.map((element) => {
    const name = named(element);
    const required = element.attributes.get('required') === 'Y';
    if (element.name === 'component') return { kind: 'component', name, required };
    const tag = tags.get(name);
    if (tag === undefined) throw new DictionaryError(`field ${name} is used and not defined`);
    if (element.name === 'field') return { kind: 'field', tag, required };
    if (element.name !== 'group') throw new DictionaryError(`unknown element <${element.name}>`);
    return { kind: 'group', tag, required, members: readMembers(element.children, tags) };
  });
}

function section(root: Element, name: string): Element[] {
  return root.children.find((child) => child.name === name)?.children ?? [];
}

function attribute(element: Element, name: string): string {
  const value = element.attributes.get(name);
  if (value === undefined || value === '') throw new DictionaryError(`<${element.name}> without ${name}`);
  return value;
}

function named(element: Element): string {
  const name = attribute(element, 'name');
  if (!NAME.test(name)) throw new DictionaryError(`not a name: ${name}`);
  return name;
}

function whole(element: Element, name: string, otherwise?: number): number {
  if (otherwise !== undefined && !element.attributes.has(name)) return otherwise;
  const value = attribute(element, name);
  if (!/^\d{1,6}$/.test(value))
    throw new DictionaryError(`${name} of <${element.name}> is not a number: ${value}`);
  return Number(value);
}

/** Elements and attributes only, which is all that a dictionary has; text between elements is ignored. */
function parseElements(xml: string): Element {
  if (xml.length > XML_LENGTH_MAX)
    throw new DictionaryError(`dictionary longer than ${XML_LENGTH_MAX} characters`);
  const top: Element = { name: '', attributes: new Map(), children: [] };
  const open: Element[] = [top];
  const token = new RegExp(
    `<!--[\\s\\S]*?-->|<[?!][^>]*>|<(/?)([A-Za-z][\\w.-]*)(${ATTRIBUTES})\\s*(/?)>|<`,
    'g',
  );
  for (let match = token.exec(xml); match !== null; match = token.exec(xml)) {
    const name = match[2];
    if (match[0] === '<') throw new DictionaryError(`not an element in line ${lineOf(xml, match.index)}`);
    if (name === undefined) continue;
    if (match[1] === '/') {
      if (open.length === 1 || open.pop()!.name !== name) {
        throw new DictionaryError(`</${name}> without <${name}> in line ${lineOf(xml, match.index)}`);
      }
      continue;
    }
    const element: Element = { name, attributes: parseAttributes(match[3]!), children: [] };
    open[open.length - 1]!.children.push(element);
    if (match[4] !== '/' && open.push(element) > ELEMENT_DEPTH_MAX)
      throw new DictionaryError('elements nested too deep');
  }
  if (open.length !== 1) throw new DictionaryError(`<${open[open.length - 1]!.name}> is not closed`);
  if (top.children.length !== 1) throw new DictionaryError('not one root element');
  return top.children[0]!;
}

function parseAttributes(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const match of text.matchAll(/([\w.:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    attributes.set(match[1]!, unescape(match[2] ?? match[3]!));
  }
  return attributes;
}

function unescape(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,5})|(\w+));/g, (...groups: string[]) => {
    const [entity = '', decimal, hex, name] = groups;
    if (decimal !== undefined) return String.fromCodePoint(Math.min(Number(decimal), 0x10_ffff));
    if (hex !== undefined) return String.fromCodePoint(parseInt(hex, 16));
    return ENTITIES[name ?? ''] ?? entity;
  });
}

function lineOf(xml: string, index: number): number {
  return xml.slice(0, index).split('\n').length;
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
