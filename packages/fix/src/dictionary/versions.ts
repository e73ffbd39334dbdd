/**
 * The versions of FIX and how they are named on the wire: BeginString(8) names the session protocol,
 * ApplVerID(1128) and DefaultApplVerID(1137) the application version from FIX 5.0 on (FIXT 1.1).
 */

/** BeginString(8). */
export type BeginString = 'FIX.4.0' | 'FIX.4.1' | 'FIX.4.2' | 'FIX.4.3' | 'FIX.4.4' | 'FIXT.1.1';

/** Application version: that of the application messages. */
export type Version = Exclude<BeginString, 'FIXT.1.1'> | 'FIX.5.0' | 'FIX.5.0SP1' | 'FIX.5.0SP2';

export const VERSIONS: readonly Version[] = [
  'FIX.4.0',
  'FIX.4.1',
  'FIX.4.2',
  'FIX.4.3',
  'FIX.4.4',
  'FIX.5.0',
  'FIX.5.0SP1',
  'FIX.5.0SP2',
];

/** Version by ApplVerID(1128), DefaultApplVerID(1137). */
export const VERSION_OF_APPL_VER_ID: Readonly<Record<string, Version>> = {
  '2': 'FIX.4.0',
  '3': 'FIX.4.1',
  '4': 'FIX.4.2',
  '5': 'FIX.4.3',
  '6': 'FIX.4.4',
  '7': 'FIX.5.0',
  '8': 'FIX.5.0SP1',
  '9': 'FIX.5.0SP2',
};

/** The BeginString of sessions that speak the version. */
export function beginStringOf(version: Version): BeginString {
  return version.startsWith('FIX.5') ? 'FIXT.1.1' : (version as BeginString);
}

/** ApplVerID(1128) of the version. */
export function applVerIdOf(version: Version): string {
  return String(VERSIONS.indexOf(version) + 2);
}
