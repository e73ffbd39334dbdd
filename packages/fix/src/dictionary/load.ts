/** The standard dictionaries, built once per process when they are first asked for. */
import { Dictionary } from './dictionary.ts';
import { fix44Table } from './fix44.ts';

let fix44: Dictionary | undefined;

/** FIX 4.4. */
export function loadFix44(): Dictionary {
  fix44 ??= new Dictionary(fix44Table);
  return fix44;
}
