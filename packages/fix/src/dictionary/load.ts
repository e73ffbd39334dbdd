/** The standard dictionaries, each built once per process when it is first asked for. */
import { Dictionary } from './dictionary.ts';
import { fix40Table } from './fix40.ts';
import { fix41Table } from './fix41.ts';
import { fix42Table } from './fix42.ts';
import { fix43Table } from './fix43.ts';
import { fix44Table } from './fix44.ts';
import { fix50Table } from './fix50.ts';
import { fix50sp1Table } from './fix50sp1.ts';
import { fix50sp2Table } from './fix50sp2.ts';
import { fixt11Table } from './fixt11.ts';
import { joinTransport } from './overlay.ts';
import type { DictionaryTable } from './table.ts';
import { beginStringOf } from './versions.ts';
import type { BeginString, Version } from './versions.ts';

const TABLES: Readonly<Record<Version, DictionaryTable>> = {
  'FIX.4.0': fix40Table,
  'FIX.4.1': fix41Table,
  'FIX.4.2': fix42Table,
  'FIX.4.3': fix43Table,
  'FIX.4.4': fix44Table,
  'FIX.5.0': fix50Table,
  'FIX.5.0SP1': fix50sp1Table,
  'FIX.5.0SP2': fix50sp2Table,
};

const loaded = new Map<string, Dictionary>();

/**
 * The dictionary of an application version, with the header, trailer and session messages of the session
 * protocol that carries it. `beginString` is needed only for a version up to 4.4 that travels on FIXT.1.1,
 * as ApplVerID(1128) allows.
 */
export function loadDictionary(
  version: Version,
  beginString: BeginString = beginStringOf(version),
): Dictionary {
  const key = `${beginString} ${version}`;
  let dictionary = loaded.get(key);
  if (dictionary === undefined) {
    const table = TABLES[version];
    dictionary = new Dictionary(beginString === 'FIXT.1.1' ? joinTransport(table, fixt11Table) : table);
    loaded.set(key, dictionary);
  }
  return dictionary;
}
