/** Message trees as text for a terminal or as one JSON object a line. Secrets are masked before. */
import { styleText } from 'node:util';
import { redact } from '@tidegate/fix/transport/redaction';
import type { Found } from './frames.ts';
import { treeOf, type Field, type Tree } from './tree.ts';
import type { Versions } from './versions.ts';

export interface Presentation {
  readonly isJson: boolean;
  readonly isColoured: boolean;
}

type Style = Parameters<typeof styleText>[0];

/** Fields that the headline shows. */
const IN_HEADLINE: ReadonlySet<number> = new Set([8, 9, 10, 34, 35, 49, 52, 56]);

/** Without a line end. */
export function present(found: Found, versions: Versions, how: Presentation): string {
  const dictionary = versions.dictionaryOf(found.raw);
  const tree = treeOf(redact(found.raw), dictionary);
  // A damaged message is judged as it came, not as it was masked.
  const fault = treeOf(found.raw, dictionary).fault;
  const shown = { ...tree, fault };
  return how.isJson ? asJson(found, shown) : asText(found, shown, how.isColoured);
}

function asJson(found: Found, tree: Tree): string {
  return JSON.stringify({
    line: found.line,
    ...(found.prefix === '' ? undefined : { prefix: found.prefix }),
    version: tree.version,
    msgType: tree.msgType,
    name: tree.name,
    ...(tree.fault === undefined ? undefined : { fault: tree.fault }),
    fields: tree.fields,
  });
}

function asText(found: Found, tree: Tree, isColoured: boolean): string {
  const paint = (style: Style, text: string): string =>
    isColoured ? styleText(style, text, { validateStream: false }) : text;
  const lines = [headline(found, tree, paint)];
  if (tree.fault !== undefined) lines.push(paint('red', `    ! ${tree.fault}`));
  const shown = tree.fields.filter((field) => !IN_HEADLINE.has(field.tag));
  lines.push(...fieldLines(shown, '    ', paint));
  return lines.join('\n');
}

type Paint = (style: Style, text: string) => string;

function headline(found: Found, tree: Tree, paint: Paint): string {
  const value = (tag: number): string => tree.fields.find((field) => field.tag === tag)?.value ?? '?';
  const before = found.prefix === '' ? '' : `${paint('dim', found.prefix)} `;
  const name = paint('bold', tree.name ?? 'unknown message');
  const route = `${value(49)} → ${value(56)}`;
  return `${before}${name} (${tree.msgType}) ${tree.version ?? value(8)} #${value(34)} ${route} ${value(52)}`;
}

function fieldLines(fields: readonly Field[], indent: string, paint: Paint): string[] {
  const width = Math.max(0, ...fields.map((field) => (field.name ?? '').length));
  return fields.flatMap((field) => {
    const tag = paint('dim', String(field.tag).padStart(5));
    const name = paint('cyan', (field.name ?? '').padEnd(width));
    const meaning = field.meaning === undefined ? '' : paint('green', ` ${field.meaning}`);
    const line = `${indent}${tag} ${name} ${printable(field.value)}${meaning}`;
    const entries = (field.entries ?? []).flatMap((entry, i) => [
      `${indent}      ${paint('dim', `[${i + 1}]`)}`,
      ...fieldLines(entry, `${indent}      `, paint),
    ]);
    return [line, ...entries];
  });
}

/** Nothing in a log steers the terminal it is shown on. */
function printable(value: string): string {
  return value.replace(
    /[\u0000-\u001f\u007f-\u009f]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
