/**
 * What a session checks of a message before it looks at the sequence number, and of the fields the session
 * layer owns. The texts are the ones that other engines give and people search for.
 */
import type { HeaderField } from '../codec/encoder.ts';
import type { Message } from '../codec/fields.ts';
import { VERSION_OF_APPL_VER_ID, type Version } from '../dictionary/versions.ts';
import type { Refusal } from './admin.ts';
import type { SessionConfig } from './owner.ts';
import type { Profile } from './profile.ts';
import type { Event, Kind } from './states.ts';

/** Values of SessionRejectReason(373) that the session layer gives itself. */
export const REJECT_REASON = {
  requiredTagMissing: 1,
  valueIncorrect: 5,
  compIdProblem: 9,
  sendingTimeAccuracy: 10,
} as const;

export const INCORRECT_BEGIN_STRING = 'Incorrect BeginString';
export const NO_NUMBER = 'MsgSeqNum is missing or malformed';
const OUT_OF_RANGE = 'Value is incorrect (out of range) for this tag';

/** Why a message is not taken, in the words of Reject(3), and the event it is to the session. */
export interface Fault extends Refusal {
  readonly event: Extract<Event, 'wrongCompId' | 'wrongTime'>;
}

const WRONG_TIME: Fault = {
  event: 'wrongTime',
  sessionRejectReason: REJECT_REASON.sendingTimeAccuracy,
  text: 'SendingTime accuracy problem',
};
const WRONG_COMP_ID: Fault = {
  event: 'wrongCompId',
  sessionRejectReason: REJECT_REASON.compIdProblem,
  text: 'CompID problem',
};

export function kindOf(message: Message): Kind {
  switch (message.msgType) {
    case 'A':
      return 'logon';
    case '0':
      return 'heartbeat';
    case '1':
      return 'testRequest';
    case '2':
      return 'resendRequest';
    case '3':
      return 'reject';
    case '4':
      return message.boolean(123) === true ? 'gapFill' : 'reset';
    case '5':
      return 'logout';
    default:
      return 'application';
  }
}

/** MsgSeqNum is a number, though not above 0: that is too low, and of a SequenceReset-Reset it may be any. */
export function hasNumber(kind: Kind, message: Message): boolean {
  const seqNum = message.int(34);
  return seqNum !== undefined && (seqNum <= 0 || kind === 'reset');
}

/** SendingTime first, as other engines do. `config` is ours: the peer's SenderCompID must be our target. */
export function identityFault(config: SessionConfig, message: Message, utcMs: number): Fault | undefined {
  if (config.checkLatency) {
    const sentMicros = message.utcMicros(52);
    // A missing or malformed SendingTime is the validator's to refuse.
    if (sentMicros !== undefined && Math.abs(sentMicros / 1000 - utcMs) > config.maxLatencyMs)
      return WRONG_TIME;
  }
  if (config.checkCompId && !(message.is(49, config.targetCompId) && message.is(56, config.senderCompId)))
    return WRONG_COMP_ID;
  return undefined;
}

/**
 * OrigSendingTime(122) of a message with PossDupFlag=Y: there, and not after SendingTime (then we log out).
 */
export function repeatFault(message: Message): (Refusal & { readonly leave: boolean }) | undefined {
  const original = message.utcMicros(122);
  if (original === undefined) {
    return {
      sessionRejectReason: REJECT_REASON.requiredTagMissing,
      refTagId: 122,
      leave: false,
      text: 'Required tag missing',
    };
  }
  const sent = message.utcMicros(52);
  if (sent === undefined || !(original > sent)) return undefined;
  return { sessionRejectReason: REJECT_REASON.sendingTimeAccuracy, leave: true, text: WRONG_TIME.text };
}

/** A number in the message that can't be. */
export function valueFault(refTagId?: number): Refusal {
  const sessionRejectReason = REJECT_REASON.valueIncorrect;
  return refTagId === undefined
    ? { sessionRejectReason, text: OUT_OF_RANGE }
    : { sessionRejectReason, refTagId, text: OUT_OF_RANGE };
}

/** Text of the refusal when a Logon can't be agreed to. */
export function logonFault(config: SessionConfig, message: Message): string | undefined {
  const encryptMethod = message.text(98);
  if (encryptMethod !== '0') return `EncryptMethod ${encryptMethod} is not supported, expecting 0`;
  const heartBtInt = message.int(108);
  if (heartBtInt === undefined || !(heartBtInt >= 0)) return 'HeartBtInt must not be negative';
  if (config.role === 'acceptor' && heartBtInt < config.heartBtIntMin)
    return `HeartBtInt must be at least ${config.heartBtIntMin}`;
  if (config.role === 'acceptor' && heartBtInt > config.heartBtIntMax)
    return `HeartBtInt must be at most ${config.heartBtIntMax}`;
  if (message.boolean(141) === true && message.seqNum !== 1) return 'ResetSeqNumFlag=Y requires MsgSeqNum=1';
  if (config.beginString === 'FIXT.1.1' && versionOf(message) === undefined)
    return `DefaultApplVerID ${message.text(1137) ?? ''} is not supported`;
  return undefined;
}

/** The application version that a Logon's DefaultApplVerID(1137) names. */
export function versionOf(message: Message): Version | undefined {
  return VERSION_OF_APPL_VER_ID[message.text(1137) ?? ''];
}

/** Routing fields in, and what they become on the way back, ascending by the latter. */
const REVERSE_ROUTE: readonly (readonly [number, number])[] = [
  [128, 115],
  [129, 116],
  [115, 128],
  [116, 129],
  [145, 144],
  [144, 145],
];

/** OnBehalfOf… and DeliverTo… of an answer to `message`; empty ones are left out. */
export function reverseRoute(message: Message, profile: Profile): readonly HeaderField[] | undefined {
  let fields: HeaderField[] | undefined;
  for (const [from, tag] of REVERSE_ROUTE) {
    if (from >= 144 && !profile.hasLocationIds) continue;
    const value = message.text(from);
    if (value !== undefined && value !== '') (fields ??= []).push({ tag, value });
  }
  return fields;
}
