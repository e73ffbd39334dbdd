/** Bodies of the administrative messages that a session writes, and its words for the end of a connection. */
import { fieldText } from '../codec/encoder.ts';
import type { FieldWriter, Message } from '../codec/fields.ts';
import { applVerIdOf, type Version } from '../dictionary/versions.ts';
import type { Profile } from './profile.ts';
import type { Input } from './states.ts';

/** Why a message is refused with Reject(3). */
export interface Refusal {
  /** SessionRejectReason(373). */
  readonly sessionRejectReason: number;
  /** RefTagID(371). */
  readonly refTagId?: number;
  readonly text: string;
}

interface LogonAnswer {
  /** HeartBtInt(108), seconds. */
  readonly heartBtInt: number;
  /** ResetSeqNumFlag(141). */
  readonly reset: boolean;
  /** DefaultApplVerID(1137). */
  readonly version: Version | undefined;
  /** NextExpectedMsgSeqNum(789). */
  readonly nextExpected: number | undefined;
}

/** `more` writes what the application adds. */
export function writeLogon(
  fields: FieldWriter,
  logon: LogonAnswer,
  more?: (fields: FieldWriter) => void,
): void {
  fields.int(98, 0).int(108, logon.heartBtInt);
  if (logon.reset) fields.boolean(141, true);
  more?.(fields);
  if (logon.nextExpected !== undefined) fields.int(789, logon.nextExpected);
  if (logon.version !== undefined) fields.text(1137, applVerIdOf(logon.version));
}

/** SessionRejectReason(373) 11 is about the MsgType and names no tag. */
const INVALID_MSG_TYPE = 11;

export function writeReject(fields: FieldWriter, message: Message, why: Refusal, profile: Profile): void {
  const { sessionRejectReason: reason, text } = why;
  const refTagId = reason === INVALID_MSG_TYPE ? undefined : why.refTagId;
  if (message.has(34)) fields.int(45, message.seqNum);
  if (!profile.rejectHasReason) {
    fields.text(58, fieldText(refTagId === undefined ? text : `${text} (${refTagId})`));
    return;
  }
  fields.text(58, fieldText(text));
  if (refTagId !== undefined) fields.int(371, refTagId);
  fields.text(372, fieldText(message.msgType));
  if (reason <= profile.sessionRejectReasonMax) fields.int(373, reason);
}

export function writeTest(fields: FieldWriter): void {
  fields.text(112, 'TEST');
}

/** Logout(5) with its reason, or without one. */
export function writeLogout(fields: FieldWriter, text: string | undefined): void {
  if (text !== undefined && text !== '') fields.text(58, fieldText(text));
}

export function noFields(): void {}

/** Why a connection is dropped without a word; anything else is a first message that is not a Logon. */
export const CUT_REASONS: Partial<Record<Input, string>> = {
  logout: 'logged out by us',
  logonOverdue: 'no Logon in time',
  logoutOverdue: 'no answer to Logout in time',
  silenceAfterTest: 'nothing received, and no answer to TestRequest',
  periodEnded: 'the session time is over',
  garbled: 'garbled message before the Logon',
  invalid: 'invalid message before the Logon',
  wrongBeginString: 'Incorrect BeginString',
  wrongCompId: 'CompID problem',
  wrongTime: 'SendingTime accuracy problem',
  wrongNumber: 'MsgSeqNum is missing or malformed',
};
