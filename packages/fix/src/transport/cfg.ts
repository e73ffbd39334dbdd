/**
 * Reads a QuickFIX settings file: text in, sessions out, so that a QuickFIX user starts in a minute. Names
 * are compared without regard to case, `[DEFAULT]` is inherited, `#` begins a comment line. Files that the
 * settings name are not opened here; `tools/open.cfg.ts` does that and starts the sessions.
 *
 * Settings that are not understood are told, with their lines, and change nothing; a value that can't be
 * meant is a fault, and there is no result.
 */
import type { ValidatorSwitches } from '../codec/validator.ts';
import type { BeginString, Version } from '../dictionary/versions.ts';
import { scheduleFault, type Schedule } from '../session/schedule.ts';
import type { SessionSettings } from '../session/settings.ts';
import { INERT, READERS, readHost, UNSUPPORTED, versionOf } from './cfg.settings.ts';

export type CfgCode =
  /** Nobody's setting: misspelt, or an application's own. */
  | 'unknown-setting'
  /** A setting of QuickFIX that has no counterpart here; `text` says what is done instead. */
  | 'unsupported-setting'
  /** A schedule that QuickFIX C++ turns over at another time. */
  | 'other-turnover'
  | 'not-a-setting'
  | 'setting-outside-section'
  | 'unknown-section'
  | 'wrong-value'
  | 'missing-setting'
  | 'duplicate-session';

export interface CfgNote {
  /** From 1; that of the section for what is missing in it. */
  readonly line: number;
  readonly code: CfgCode;
  readonly text: string;
}

export interface CfgSession {
  readonly line: number;
  readonly role: 'acceptor' | 'initiator';
  readonly settings: SessionSettings;
  /** Initiator: where to connect, in turn. */
  readonly hosts: readonly CfgAddress[];
  /** Acceptor: where to listen. */
  readonly listen: CfgAddress | undefined;
  readonly reconnectMs: number;
  readonly dictionary: CfgDictionaries;
  /** Folder of a file store; absent: messages are kept in memory. */
  readonly storePath: string | undefined;
  /** Every write is made durable. */
  readonly storeSync: boolean;
  readonly logPath: string | undefined;
  readonly tls: CfgTls | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

export interface CfgAddress {
  readonly host: string;
  readonly port: number;
}

/** Paths of data dictionaries; absent ones are the standard's. */
export interface CfgDictionaries {
  readonly path?: string;
  readonly transportPath?: string;
  readonly applicationPath?: string;
  readonly applicationPaths: ReadonlyMap<Version, string>;
}

/** Paths of PEM files, and what goes with them. */
export interface CfgTls {
  readonly certificatePath?: string;
  readonly keyPath?: string;
  readonly authoritiesPath?: string;
  /** Acceptor: clients show a certificate, `required` ones that an authority signed. */
  readonly clientCertificates?: 'none' | 'asked' | 'required';
  readonly serverName?: string;
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
  readonly ciphers?: string;
}

export interface Cfg {
  readonly sessions: readonly CfgSession[];
  readonly warnings: readonly CfgNote[];
}

export type CfgResult =
  | { readonly ok: true; readonly cfg: Cfg }
  | { readonly ok: false; readonly faults: readonly CfgNote[] };

/** What the lines of a section say, put together before it is judged. */
export interface Draft {
  role?: 'acceptor' | 'initiator';
  beginString?: BeginString;
  senderCompId?: string;
  targetCompId?: string;
  readonly settings: { -readonly [Name in keyof SessionSettings]?: SessionSettings[Name] };
  readonly validation: { -readonly [Name in keyof ValidatorSwitches]: ValidatorSwitches[Name] };
  readonly schedule: { -readonly [Name in keyof Schedule]?: Schedule[Name] };
  /** As the times name them, and `TimeZone` for those that name none. */
  readonly zones: { startTime?: string; endTime?: string; both?: string };
  /** By lower-case name. */
  readonly lines: Map<string, number>;
  isNonStop: boolean;
  usesLocalTime: boolean;
  /** By number; 0 for those without one. */
  readonly hosts: Map<number, { host?: string; port?: number }>;
  listenHost: string;
  listenPort?: number;
  reconnectMs: number;
  readonly dictionary: { path?: string; transportPath?: string; applicationPath?: string };
  readonly applicationPaths: Map<Version, string>;
  storePath?: string;
  storeSync: boolean;
  logPath?: string;
  readonly tls: { -readonly [Name in keyof CfgTls]: CfgTls[Name] };
  usesTls?: boolean;
  username?: string;
  password?: string;
}

export interface CfgOptions {
  /** What `UseLocalTime=Y` means: an IANA name. Default UTC. */
  readonly localTimeZone?: string;
}

interface Entry {
  readonly line: number;
  readonly name: string;
  readonly value: string;
}

interface Section {
  readonly line: number;
  readonly kind: 'default' | 'session';
  readonly entries: Map<string, Entry>;
}

const RECONNECT_MS_DEFAULT = 30_000;

export function readCfg(text: string, options: CfgOptions = {}): CfgResult {
  const faults: CfgNote[] = [];
  const warnings = new Map<string, CfgNote>();
  const sections = sectionsOf(text, faults);
  const inherited = new Map<string, Entry>();
  for (const section of sections) {
    if (section.kind === 'default') for (const [key, entry] of section.entries) inherited.set(key, entry);
  }
  const sessions: CfgSession[] = [];
  const known = new Map<string, number>();
  for (const section of sections) {
    if (section.kind !== 'session') continue;
    const entries = new Map([...inherited, ...section.entries]);
    const draft = newDraft();
    const before = faults.length;
    for (const [key, entry] of entries) readEntry(key, entry, draft, faults, warnings);
    // What a wrong value leaves out would be told to be missing.
    if (faults.length > before) continue;
    const session = finished(draft, section.line, options, faults);
    if (session === undefined) continue;
    tellTurnover(session, draft, warnings);
    const { beginString, senderCompId, targetCompId, sessionQualifier = '' } = session.settings;
    const id = [beginString, senderCompId, targetCompId, sessionQualifier].join('\n');
    const first = known.get(id);
    if (first === undefined) known.set(id, section.line);
    else faults.push(note(section.line, 'duplicate-session', `the same session as in line ${first}`));
    sessions.push(session);
  }
  if (sessions.length === 0 && faults.length === 0) {
    faults.push(note(1, 'missing-setting', 'there is no [SESSION]'));
  }
  if (faults.length > 0) return { ok: false, faults: unique(faults) };
  return { ok: true, cfg: { sessions, warnings: [...warnings.values()] } };
}

function note(line: number, code: CfgCode, text: string): CfgNote {
  return { line, code, text };
}

/** A line of [DEFAULT] is judged once for each session. */
function unique(notes: readonly CfgNote[]): CfgNote[] {
  const seen = new Map(notes.map((one) => [`${one.line} ${one.code} ${one.text}`, one]));
  return [...seen.values()].toSorted((a, b) => a.line - b.line);
}

function sectionsOf(text: string, faults: CfgNote[]): Section[] {
  const sections: Section[] = [];
  let section: Section | undefined;
  text.split(/\r?\n/).forEach((whole, index) => {
    const line = index + 1;
    const content = whole.replace(/^\uFEFF/, '').trim();
    if (content === '' || content.startsWith('#')) return;
    const header = /^\[([^\]]*)\]$/.exec(content);
    if (header !== null) {
      const kind = (header[1] ?? '').trim().toLowerCase();
      if (kind !== 'default' && kind !== 'session') {
        faults.push(note(line, 'unknown-section', `[${header[1]}] is neither [DEFAULT] nor [SESSION]`));
        section = undefined;
        return;
      }
      section = { line, kind, entries: new Map() };
      sections.push(section);
      return;
    }
    const equals = content.indexOf('=');
    if (equals < 1) {
      faults.push(note(line, 'not-a-setting', 'neither a section nor a setting nor a comment'));
    } else if (section === undefined) {
      faults.push(note(line, 'setting-outside-section', 'stands before the first [DEFAULT] or [SESSION]'));
    } else {
      const name = content.slice(0, equals).trim();
      section.entries.set(name.toLowerCase(), { line, name, value: content.slice(equals + 1).trim() });
    }
  });
  return sections;
}

function newDraft(): Draft {
  return {
    settings: {},
    validation: {},
    schedule: {},
    zones: {},
    lines: new Map(),
    isNonStop: false,
    usesLocalTime: false,
    hosts: new Map(),
    listenHost: '0.0.0.0',
    reconnectMs: RECONNECT_MS_DEFAULT,
    dictionary: {},
    applicationPaths: new Map(),
    storeSync: false,
    tls: {},
  };
}

function readEntry(
  key: string,
  { line, name, value }: Entry,
  draft: Draft,
  faults: CfgNote[],
  warnings: Map<string, CfgNote>,
): void {
  const warn = (code: CfgCode, text: string): void => {
    warnings.set(`${line} ${code}`, note(line, code, text));
  };
  const numbered = /^(socketconnecthost|socketconnectport)(\d+)$/.exec(key);
  const ofVersion = /^appdatadictionary\.(.+)$/.exec(key);
  const instead = UNSUPPORTED[key];
  let fault: string | undefined;
  draft.lines.set(key, line);
  if (/^(sender|target)compid$/.test(key) && value === '*') {
    warn('unsupported-setting', `${name}=*: is taken as a name; each counterparty needs a [SESSION]`);
  }
  if (READERS[key] !== undefined) fault = READERS[key](draft, value);
  else if (numbered !== null) fault = readHost(draft, numbered[1] ?? '', Number(numbered[2]), value);
  else if (ofVersion !== null) fault = readApplicationPath(draft, ofVersion[1] ?? '', value);
  else if (instead !== undefined) warn('unsupported-setting', `${name}: ${instead}`);
  else if (!INERT.has(key)) warn('unknown-setting', `${name} is not known`);
  if (fault !== undefined)
    faults.push(note(line, 'wrong-value', `${name}=${secretless(key, value)}: ${fault}`));
}

const secretless = (key: string, value: string): string => (key === 'password' ? '***' : value);

function readApplicationPath(draft: Draft, version: string, value: string): string | undefined {
  const named = versionOf(version);
  if (named === undefined) return 'not a version of FIX';
  draft.applicationPaths.set(named, value);
  return undefined;
}

/** Undefined after a fault. */
function finished(
  draft: Draft,
  line: number,
  options: CfgOptions,
  faults: CfgNote[],
): CfgSession | undefined {
  const missing = (name: string): undefined => {
    faults.push(note(line, 'missing-setting', `${name} is needed`));
    return undefined;
  };
  const { role, beginString, senderCompId, targetCompId } = draft;
  if (role === undefined) return missing('ConnectionType');
  if (beginString === undefined) return missing('BeginString');
  if (senderCompId === undefined) return missing('SenderCompID');
  if (targetCompId === undefined) return missing('TargetCompID');
  const hosts = addressesOf(draft, line, faults);
  if (role === 'initiator' && hosts.length === 0) return missing('SocketConnectHost with SocketConnectPort');
  if (role === 'acceptor' && draft.listenPort === undefined) return missing('SocketAcceptPort');
  if (role === 'initiator' && beginString === 'FIXT.1.1' && draft.settings.defaultVersion === undefined) {
    return missing('DefaultApplVerID');
  }
  const schedule = scheduleOf(draft, line, options, faults);
  return {
    line,
    role,
    settings: {
      beginString,
      senderCompId,
      targetCompId,
      ...draft.settings,
      ...(Object.keys(draft.validation).length === 0 ? {} : { validation: draft.validation }),
      ...(schedule === undefined ? {} : { schedule }),
    },
    hosts: role === 'initiator' ? hosts : [],
    listen:
      role === 'acceptor' && draft.listenPort !== undefined
        ? { host: draft.listenHost, port: draft.listenPort }
        : undefined,
    reconnectMs: draft.reconnectMs,
    dictionary: { ...draft.dictionary, applicationPaths: draft.applicationPaths },
    storePath: draft.storePath,
    storeSync: draft.storeSync,
    logPath: draft.logPath,
    tls: (draft.usesTls ?? Object.keys(draft.tls).length > 0) ? draft.tls : undefined,
    username: draft.username,
    password: draft.password,
  };
}

function addressesOf(draft: Draft, line: number, faults: CfgNote[]): CfgAddress[] {
  return [...draft.hosts]
    .toSorted(([a], [b]) => a - b)
    .flatMap(([index, { host, port }]) => {
      if (host !== undefined && port !== undefined) return [{ host, port }];
      const number = index === 0 ? '' : String(index);
      const name = host === undefined ? 'SocketConnectHost' : 'SocketConnectPort';
      faults.push(note(line, 'missing-setting', `${name}${number} is needed`));
      return [];
    });
}

function scheduleOf(
  draft: Draft,
  line: number,
  options: CfgOptions,
  faults: CfgNote[],
): Schedule | undefined {
  const { startTime, endTime, ...rest } = draft.schedule;
  if (draft.isNonStop || (startTime === undefined && endTime === undefined)) return undefined;
  if (startTime === undefined || endTime === undefined) {
    faults.push(note(line, 'missing-setting', 'StartTime and EndTime go together'));
    return undefined;
  }
  const { isOne, zone } = zoneOf(draft.zones);
  if (!isOne) {
    faults.push(note(lastLine(draft, line), 'wrong-value', 'StartTime and EndTime need one time zone'));
    return undefined;
  }
  const timeZone = zone ?? (draft.usesLocalTime ? options.localTimeZone : undefined);
  const schedule = { startTime, endTime, ...rest, ...(timeZone === undefined ? {} : { timeZone }) };
  const fault = scheduleFault(schedule);
  if (fault === undefined) return schedule;
  faults.push(note(line, 'wrong-value', fault));
  return undefined;
}

/** A time without a zone is in that of `TimeZone`, or else of the other time. */
function zoneOf({ startTime, endTime, both }: Draft['zones']): {
  readonly isOne: boolean;
  readonly zone: string | undefined;
} {
  const [start, end] = [startTime ?? both, endTime ?? both];
  return { isOne: start === undefined || end === undefined || start === end, zone: start ?? end };
}

/** Of the later of both times. */
const lastLine = ({ lines }: Draft, otherwise: number): number =>
  Math.max(lines.get('starttime') ?? 0, lines.get('endtime') ?? 0) || otherwise;

/** Two engines that turn over at different times lose each other's numbers once a day, or a week. */
function tellTurnover({ settings, line }: CfgSession, draft: Draft, warnings: Map<string, CfgNote>): void {
  const { schedule } = settings;
  if (schedule === undefined || schedule.startTime !== schedule.endTime) return;
  const isWeekly = schedule.startDay !== undefined;
  if (isWeekly && schedule.startDay !== schedule.endDay) return;
  const at = lastLine(draft, line);
  const ours = `numbers begin anew at ${schedule.startTime} ${schedule.timeZone ?? 'UTC'}`;
  const theirs = isWeekly ? 'on Sunday at 00:00 UTC' : 'at 00:00 UTC';
  warnings.set(
    `${at} other-turnover`,
    note(at, 'other-turnover', `${ours}; QuickFIX C++ 1.15 begins anew ${theirs}`),
  );
}
