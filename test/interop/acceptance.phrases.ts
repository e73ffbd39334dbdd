/** What acceptance dialogues are made of: messages as a party says them, and exchanges that come again. */
import { closed, hear, message, open, type Step } from './acceptance.wire.ts';
import type { Party } from './acceptance.versions.ts';

/** A message of the party with the usual header; `fields` follow it. */
export function say(party: Party, msgType: string, seqNum: number, fields = '', connection = 1): Step {
  const header = `35=${msgType}|34=${seqNum}|49=${party.compId}|52=<TIME>|56=ISLD`;
  return message(`8=${party.beginString}|${header}${fields === '' ? '' : `|${fields}`}`, connection);
}

export function logon(party: Party, options: LogonOptions = {}): Step {
  const { seqNum = 1, heartBtInt = 30, fields = '', connection = 1 } = options;
  const terms = `98=0|108=${heartBtInt}${fields}${party.logonFields}`;
  return say(party, 'A', seqNum, terms, connection);
}

interface LogonOptions {
  readonly seqNum?: number;
  readonly heartBtInt?: number;
  readonly fields?: string;
  readonly connection?: number;
}

export const loggedOn = (party: Party, options: LogonOptions = {}): Step[] => [
  open(options.connection),
  logon(party, options),
  hear(1, options.connection),
];

export const loggedOut = (party: Party, seqNum: number): Step[] => [
  say(party, '5', seqNum),
  hear(1),
  closed(),
];

export const test = (party: Party, seqNum: number, id = 'HELLO'): Step =>
  say(party, '1', seqNum, `112=${id}`);

/** A TestRequest and its answer: nothing else was on its way. */
export const tested = (party: Party, seqNum: number): Step[] => [test(party, seqNum), hear(1)];

export const order = (party: Party, seqNum: number, symbol = 'INTC'): Step =>
  say(party, 'D', seqNum, party.order(symbol));

export const ordered = (party: Party, seqNum: number, symbol?: string): Step[] => [
  order(party, seqNum, symbol),
  hear(1),
];

/** The header as it comes, then the fields: for messages that the usual header does not fit. */
export const sayAll = (party: Party, fields: string): Step => message(`8=${party.beginString}|${fields}`);
