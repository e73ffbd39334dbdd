/**
 * Generates the compact dictionary tables of `packages/fix` from QuickFIX-format XML files:
 *
 *   node tools/fixgen.ts <folder>                    writes the table of every FIX40.xml … FIXT11.xml in it
 *   node tools/fixgen.ts --messages                  writes the typed messages from the tables
 *   node tools/fixgen.ts FIX44.xml fix44 tags44      writes one table and, when named, its tags
 *   node tools/fixgen.ts --xml fix44                 prints a table as XML again
 */
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DictionaryTable } from '../packages/fix/src/dictionary/table.ts';
import { dictionaryXml, readDictionaryXml } from '../packages/fix/src/dictionary/xml.ts';
import { emitTable, emitTags } from './fixgen/emit.ts';
import { TYPED_MESSAGES, emitMessages } from './fixgen/messages.ts';

const DICTIONARIES = new URL('../packages/fix/src/dictionary/', import.meta.url);
const USAGE =
  'usage: node tools/fixgen.ts <folder> | <dictionary.xml> <table> [<tags>] | --xml <table> | --messages';

async function main(parameters: readonly string[]): Promise<void> {
  const [first, second, third] = parameters;
  if (first === '--xml' && second !== undefined) {
    const module = (await import(new URL(`${second}.ts`, DICTIONARIES).href)) as Record<
      string,
      DictionaryTable
    >;
    process.stdout.write(dictionaryXml(module[`${second}Table`]!));
  } else if (first === '--messages') {
    const { fix44Table } = await import('../packages/fix/src/dictionary/fix44.ts');
    writeFileSync(new URL('../messages/fix44.ts', DICTIONARIES), emitMessages(fix44Table, TYPED_MESSAGES));
  } else if (first !== undefined && second === undefined && statSync(first).isDirectory()) {
    for (const file of readdirSync(first).filter((name) => /^FIXT?\d\w*\.xml$/.test(name))) {
      const name = file.slice(0, -'.xml'.length).toLowerCase();
      const tags = `tags${name.replace(/^fix/, '')}`;
      generate(join(first, file), name, existsSync(new URL(`${tags}.ts`, DICTIONARIES)) ? tags : undefined);
    }
  } else if (first !== undefined && second !== undefined) {
    generate(first, second, third);
  } else {
    throw new Error(USAGE);
  }
}

function generate(file: string, name: string, tags: string | undefined): void {
  const table = readDictionaryXml(readFileSync(file, 'utf8'), file);
  writeFileSync(new URL(`${name}.ts`, DICTIONARIES), emitTable(table, name));
  if (tags !== undefined) writeFileSync(new URL(`${tags}.ts`, DICTIONARIES), emitTags(table));
}

await main(process.argv.slice(2));
