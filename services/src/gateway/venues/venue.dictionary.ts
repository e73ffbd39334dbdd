/**
 * By what a provider's messages are read: the standard, with what the venue's document adds to it, and the
 * validation switches, lenient where the document says nothing. Between configuration and the venue's
 * sessions; what we write is not concerned.
 */
import { readFileSync } from 'node:fs';
import { LENIENT, type ValidatorSwitches } from '@tidegate/fix/codec/validator';
import { Dictionary } from '@tidegate/fix/dictionary/dictionary';
import { loadDictionary } from '@tidegate/fix/dictionary/load';
import { extendDictionary } from '@tidegate/fix/dictionary/overlay';
import { readDictionaryXml } from '@tidegate/fix/dictionary/xml';
import type { VenueDocument } from '@tidegate/wire/configuration';

export interface VenueReading {
  readonly validation: ValidatorSwitches;
  /** Absent: the standard alone. */
  readonly dictionary?: Dictionary;
}

/** Throws when the venue's own dictionary can't be read; the text names file and line. */
export function readingOf({ id, dictionary, validation }: VenueDocument): VenueReading {
  const given = Object.entries(validation ?? {}).filter(([, value]) => value !== undefined);
  const switches: ValidatorSwitches = { ...LENIENT, ...Object.fromEntries(given) };
  if (dictionary === undefined) return { validation: switches };
  const { file, xml, isWhole = false } = dictionary;
  const text = file === undefined ? (xml ?? '') : readFileSync(file, 'utf8');
  const own = readDictionaryXml(text, file ?? `dictionary of ${id}`);
  const table = isWhole ? own : extendDictionary(loadDictionary('FIX.4.4').table, own);
  const made = new Dictionary(table);
  made.verify();
  return { validation: switches, dictionary: made };
}
