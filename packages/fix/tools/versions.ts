/**
 * Which dictionary a message of a log is to be read with: by its BeginString, on FIXT.1.1 by ApplVerID(1128),
 * else by what the Logon of the same two parties said in DefaultApplVerID(1137).
 */
import { readFileSync } from 'node:fs';
import { fixt11Table } from '@tidegate/fix/dictionary/fixt11';
import { loadDictionary } from '@tidegate/fix/dictionary/load';
import { Dictionary } from '@tidegate/fix/dictionary/dictionary';
import { extendDictionary, joinTransport } from '@tidegate/fix/dictionary/overlay';
import { parseMembers, versionName } from '@tidegate/fix/dictionary/table';
import { VERSION_OF_APPL_VER_ID, VERSIONS, type Version } from '@tidegate/fix/dictionary/versions';
import { readDictionaryXml } from '@tidegate/fix/dictionary/xml';

const LATEST: Version = 'FIX.5.0SP2';
const BEGIN_STRING = 8;
const SOH = '\u0001';

export class Versions {
  readonly #own: Dictionary | undefined;
  readonly #defaults = new Map<string, Version>();

  /** `own` is used for all messages in place of the standard dictionaries. */
  constructor(own?: Dictionary) {
    this.#own = own;
  }

  /** Undefined when there is no dictionary for the BeginString. */
  dictionaryOf(raw: Uint8Array): Dictionary | undefined {
    if (this.#own !== undefined) return this.#own;
    const text = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('latin1');
    const beginString = valueOf(text, 8);
    const standard = VERSIONS.find((version) => version === beginString);
    if (standard !== undefined) return loadDictionary(standard);
    if (beginString !== 'FIXT.1.1') return undefined;
    const parties = [valueOf(text, 49), valueOf(text, 56)].toSorted().join(SOH);
    const named = VERSION_OF_APPL_VER_ID[valueOf(text, 1137) ?? ''];
    if (named !== undefined && valueOf(text, 35) === 'A') this.#defaults.set(parties, named);
    const own = VERSION_OF_APPL_VER_ID[valueOf(text, 1128) ?? ''];
    return loadDictionary(own ?? named ?? this.#defaults.get(parties) ?? LATEST, 'FIXT.1.1');
  }
}

function valueOf(text: string, tag: number): string | undefined {
  const at = tag === 8 ? (text.startsWith('8=') ? 0 : -1) : text.indexOf(`${SOH}${tag}=`) + 1;
  if (at < 0 || (tag !== 8 && at === 0)) return undefined;
  const end = text.indexOf(SOH, at);
  return text.slice(text.indexOf('=', at) + 1, end < 0 ? text.length : end);
}

/**
 * A whole dictionary, the application's half of one (joined with FIXT 1.1), or a file with what differs from
 * the standard only. Throws with file and line when it is none of these.
 */
export function dictionaryOfFile(path: string): Dictionary {
  const table = readDictionaryXml(readFileSync(path, 'utf8'), path);
  const version = VERSIONS.find((one) => one === versionName(table));
  if (
    parseMembers(table.header).some((one) => one.kind === 'field' && one.tag === BEGIN_STRING) ||
    version === undefined
  )
    return verified(new Dictionary(table));
  const standard = loadDictionary(version).table;
  const isHalf = table.major === 5 && table.messages.length > standard.messages.length / 2;
  return verified(
    new Dictionary(isHalf ? joinTransport(table, fixt11Table) : extendDictionary(standard, table)),
  );
}

function verified(dictionary: Dictionary): Dictionary {
  dictionary.verify();
  return dictionary;
}
