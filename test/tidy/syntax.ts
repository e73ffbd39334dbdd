/** Syntax trees for the tidy checks, from the parser that also builds the UI; parsed once per file. */
import { parseSync } from 'vite';
import { lineAt, type Source } from './tree.ts';

/** Any node; the checks look only at the members they name. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [member: string]: unknown;
}

interface Comment {
  readonly value: string;
  readonly start: number;
}

export interface Parsed {
  readonly program: Node;
  readonly comments: readonly Comment[];
}

const parsed = new WeakMap<Source, Parsed>();

export function parse(source: Source): Parsed {
  const known = parsed.get(source);
  if (known !== undefined) return known;
  const result = parseSync(source.path, source.text);
  const [error] = result.errors;
  if (error !== undefined) throw new Error(`${source.path} can't be parsed: ${error.message}`);
  const fresh = { program: result.program as unknown as Node, comments: result.comments };
  parsed.set(source, fresh);
  return fresh;
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}

/** Visits every node, outermost first, with the member of its parent that holds it. */
export function walk(
  node: Node,
  visit: (node: Node, parent: Node | undefined, member: string) => void,
): void {
  const go = (at: Node, parent: Node | undefined, member: string): void => {
    visit(at, parent, member);
    for (const [name, value] of Object.entries(at)) {
      if (Array.isArray(value)) {
        for (const each of value) if (isNode(each)) go(each, at, name);
      } else if (isNode(value)) go(value, at, name);
    }
  };
  go(node, undefined, '');
}

export function nodes(source: Source, type: RegExp): Node[] {
  const found: Node[] = [];
  walk(parse(source).program, (node) => {
    if (type.test(node.type)) found.push(node);
  });
  return found;
}

export const lineOf = (source: Source, node: { readonly start: number }): number =>
  lineAt(source.text, node.start);

/** The name of an identifier node, else undefined. */
export function nameOf(node: unknown): string | undefined {
  return isNode(node) && (node.type === 'Identifier' || node.type === 'PrivateIdentifier')
    ? String(node.name)
    : undefined;
}

export interface Import {
  readonly specifier: string;
  readonly line: number;
}

/**
 * Every module a file names: imports, re-exports, `import()`, `import type`, `new URL(…, import.meta.url)`
 * excluded.
 */
export function importsOf(source: Source): Import[] {
  const found: Import[] = [];
  walk(parse(source).program, (node) => {
    const isNaming = /^(Import|ExportNamed|ExportAll)Declaration$|^ImportExpression$|^TSImportType$/.test(
      node.type,
    );
    const from = isNaming ? (node.source ?? node.argument) : undefined;
    if (!isNode(from)) return;
    const literal = from.type === 'TSLiteralType' ? from.literal : from;
    if (isNode(literal) && typeof literal.value === 'string') {
      found.push({ specifier: literal.value, line: lineOf(source, node) });
    }
  });
  return found;
}

/**
 * True where an identifier is used as a value of its own: not a member, a key, a label or a declared name.
 */
export function isReference(node: Node, parent: Node | undefined, member: string): boolean {
  if (node.type !== 'Identifier' || parent === undefined) return false;
  if (member === 'property' && parent.computed !== true) return false;
  if (member === 'key' && parent.computed !== true && parent.shorthand !== true) return false;
  if (member === 'id' || member === 'label' || member === 'typeName' || member === 'params') return false;
  return !/^(Import|Export)\w*Specifier$|^TS(QualifiedName|TypeReference|\w+Signature)$/.test(parent.type);
}
