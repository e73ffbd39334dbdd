/** Bodies of the administrative messages that a session writes, and its words for the end of a connection. */
import { fieldText } from '../codec/encoder.ts';
import type { FieldWriter, Message } from '../codec/fields.ts';
import type { Input } from './states.ts';

/** Why a message is refused with Reject(3). */
export interface Refusal {
  /** SessionRejectReason(373). */
  readonly sessionRejectReason: number;
  /** RefTagID(371). */
  readonly refTagId?: number;
  readonly text: string;
}

/** `heartBtInt` in seconds; `reset`: ResetSeqNumFlag(141). */
export function writeLogon(fields: FieldWriter, heartBtInt: number, reset: boolean): void {
  fields.int(98, 0).int(108, heartBtInt);
  if (reset) fields.boolean(141, true);
}

export function writeReject(fields: FieldWriter, message: Message, why: Refusal): void {
  fields.int(45, message.seqNum);
  if (why.refTagId !== undefined) fields.int(371, why.refTagId);
  fields
    .text(372, fieldText(message.msgType))
    .int(373, why.sessionRejectReason)
    .text(58, fieldText(why.text));
}

export function writeTest(fields: FieldWriter): void {
  fields.text(112, 'TEST');
}

export function writeText(fields: FieldWriter, text: string): void {
  fields.text(58, fieldText(text));
}

export function noFields(): void {}

/** Why a connection is dropped without a word; anything else is a first message that is not a Logon. */
export const CUT_REASONS: Partial<Record<Input, string>> = {
  logout: 'logged out by us',
  logonOverdue: 'no Logon in time',
  logoutOverdue: 'no answer to Logout in time',
  silenceAfterTest: 'nothing received, and no answer to TestRequest',
  wrongBeginString: 'Incorrect BeginString',
  wrongCompId: 'CompID is not that of this session',
  wrongTime: 'SendingTime accuracy problem',
  wrongNumber: 'MsgSeqNum is missing or malformed',
};
