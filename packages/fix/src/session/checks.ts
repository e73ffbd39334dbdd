/**
 * What a session checks of a message before it looks at the sequence number, and of the fields the session
 * layer owns.
 */
import type { HeaderField } from '../codec/encoder.ts';
import type { Message } from '../codec/fields.ts';
import type { Event, Kind } from './states.ts';

/** Values of SessionRejectReason(373) that the session layer gives itself. */
export const REJECT_REASON = {
  requiredTagMissing: 1,
  valueIncorrect: 5,
  compIdProblem: 9,
  sendingTimeAccuracy: 10,
} as const;

/** Why a message is not taken, in the words of Reject(3). */
export interface Fault {
  readonly event: Extract<Event, 'wrongBeginString' | 'wrongCompId' | 'wrongTime' | 'wrongNumber'>;
  readonly sessionRejectReason: number;
  readonly refTagId: number;
  readonly text: string;
}

export interface Identity {
  readonly beginString: string;
  readonly senderCompId: string;
  readonly targetCompId: string;
  readonly checkLatency: boolean;
  readonly maxLatencyMs: number;
}

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

/** `identity` is ours: the peer's SenderCompID must be our target. */
export function identityFault(identity: Identity, message: Message, utcMs: number): Fault | undefined {
  if (message.text(8) !== identity.beginString) {
    return {
      event: 'wrongBeginString',
      sessionRejectReason: REJECT_REASON.valueIncorrect,
      refTagId: 8,
      text: `Incorrect BeginString, expecting ${identity.beginString}`,
    };
  }
  const seqNum = message.seqNum;
  if (!(seqNum >= 1 && Number.isSafeInteger(seqNum))) {
    return {
      event: 'wrongNumber',
      sessionRejectReason: REJECT_REASON.requiredTagMissing,
      refTagId: 34,
      text: 'MsgSeqNum is missing or malformed',
    };
  }
  if (message.text(49) !== identity.targetCompId) {
    return {
      event: 'wrongCompId',
      sessionRejectReason: REJECT_REASON.compIdProblem,
      refTagId: 49,
      text: 'SenderCompID is not that of this session',
    };
  }
  if (message.text(56) !== identity.senderCompId) {
    return {
      event: 'wrongCompId',
      sessionRejectReason: REJECT_REASON.compIdProblem,
      refTagId: 56,
      text: 'TargetCompID is not that of this session',
    };
  }
  if (!identity.checkLatency) return undefined;
  const sentMicros = message.utcMicros(52);
  // A missing or malformed SendingTime is the validator's to refuse.
  if (sentMicros === undefined || !(Math.abs(sentMicros / 1000 - utcMs) > identity.maxLatencyMs))
    return undefined;
  return {
    event: 'wrongTime',
    sessionRejectReason: REJECT_REASON.sendingTimeAccuracy,
    refTagId: 52,
    text: 'SendingTime accuracy problem',
  };
}

/** OrigSendingTime(122) of a message with PossDupFlag=Y: there, and not after SendingTime. */
export function repeatFault(
  message: Message,
): (Omit<Fault, 'event'> & { readonly leave: boolean }) | undefined {
  const original = message.utcMicros(122);
  if (original === undefined) {
    return {
      sessionRejectReason: REJECT_REASON.requiredTagMissing,
      refTagId: 122,
      leave: false,
      text: 'OrigSendingTime is required when PossDupFlag=Y',
    };
  }
  const sent = message.utcMicros(52);
  if (sent === undefined || !(original > sent)) return undefined;
  return {
    sessionRejectReason: REJECT_REASON.sendingTimeAccuracy,
    refTagId: 122,
    leave: true,
    text: 'OrigSendingTime is after SendingTime',
  };
}

const HEART_BT_INT_MAX = 120;

/** Text of the refusal when a Logon can't be agreed to. */
export function logonFault(role: 'acceptor' | 'initiator', message: Message): string | undefined {
  if (message.text(98) !== '0') return 'EncryptMethod must be 0';
  const heartBtInt = message.int(108);
  const least = role === 'acceptor' ? 1 : 0;
  if (heartBtInt === undefined || !(heartBtInt >= least)) return `HeartBtInt must be at least ${least}`;
  if (role === 'acceptor' && heartBtInt > HEART_BT_INT_MAX)
    return `HeartBtInt must be at most ${HEART_BT_INT_MAX}`;
  if (message.boolean(141) === true && message.seqNum !== 1) return 'ResetSeqNumFlag=Y requires MsgSeqNum=1';
  return undefined;
}

/** Routing fields in, and what they become on the way back. */
const REVERSE_ROUTE: readonly (readonly [number, number])[] = [
  [115, 128],
  [116, 129],
  [144, 145],
  [128, 115],
  [129, 116],
  [145, 144],
];

/** OnBehalfOf… and DeliverTo… of an answer to `message`; empty ones are left out. */
export function reverseRoute(message: Message): readonly HeaderField[] | undefined {
  let fields: HeaderField[] | undefined;
  for (const [from, tag] of REVERSE_ROUTE) {
    const value = message.text(from);
    if (value !== undefined && value !== '') (fields ??= []).push({ tag, value });
  }
  return fields;
}
