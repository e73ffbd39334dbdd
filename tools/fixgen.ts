/**
 * Generates the compact dictionary tables of `packages/fix` from a QuickFIX-format XML file:
 *
 *   node tools/fixgen.ts FIX44.xml fix44 tags44      writes both beside the dictionary's code
 *   node tools/fixgen.ts --xml fix44                 prints the table as XML again
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { DictionaryTable } from '../packages/fix/src/dictionary/table.ts';
import { dictionaryXml, readDictionaryXml } from '../packages/fix/src/dictionary/xml.ts';
import { emitTable, emitTags } from './fixgen/emit.ts';

const DICTIONARIES = new URL('../packages/fix/src/dictionary/', import.meta.url);

async function main(parameters: readonly string[]): Promise<void> {
  const [first, second, third] = parameters;
  if (first === '--xml' && second !== undefined) {
    const module = (await import(new URL(`${second}.ts`, DICTIONARIES).href)) as Record<
      string,
      DictionaryTable
    >;
    process.stdout.write(dictionaryXml(module[`${second}Table`]!));
    return;
  }
  if (first === undefined || second === undefined) {
    throw new Error(
      'usage: node tools/fixgen.ts <dictionary.xml> <table name> [<tags name>] | --xml <table name>',
    );
  }
  const table = readDictionaryXml(readFileSync(first, 'utf8'));
  writeFileSync(new URL(`${second}.ts`, DICTIONARIES), emitTable(table, second));
  if (third !== undefined) writeFileSync(new URL(`${third}.ts`, DICTIONARIES), emitTags(table));
}

await main(process.argv.slice(2));
