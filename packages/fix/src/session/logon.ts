/**
 * How a session gets logged on: the Logon of either side, what it agrees to, and what is refused. Steps of
 * the table in `states.ts`, as moves of a `Dialogue`.
 */
import type { Message } from '../codec/fields.ts';
import type { Violation } from '../codec/validator.ts';
import * as admin from './admin.ts';
import * as checks from './checks.ts';
import type { Dialogue } from './dialogue.ts';

export function sendLogon(dialogue: Dialogue): void {
  const { config } = dialogue;
  dialogue.enter('logonSent');
  if (config.resetOnLogon) dialogue.reset(dialogue.utcMs, 'us');
  const isNew = dialogue.outbox.nextOutbound === 1 && dialogue.progress.expected === 1;
  const resets = config.resetOnLogon || config.resetOnLogout || config.resetOnDisconnect;
  dialogue.sentReset = resets && isNew && dialogue.profile.hasResetSeqNumFlag;
  dialogue.liveness.agree(config.heartBtInt);
  writeLogon(dialogue, config.heartBtInt, dialogue.sentReset, undefined);
}

/** `message`: the Logon that this one answers. */
function writeLogon(
  dialogue: Dialogue,
  heartBtInt: number,
  reset: boolean,
  message: Message | undefined,
): void {
  const { config } = dialogue;
  const { defaultVersion, enableNextExpectedMsgSeqNum } = config;
  const answersTo = message !== undefined && dialogue.profile.hasDefaultApplVerId ? message : undefined;
  const version = defaultVersion ?? (answersTo === undefined ? undefined : checks.versionOf(answersTo));
  const hasNext = enableNextExpectedMsgSeqNum && (message === undefined || message.has(789));
  const nextExpected = hasNext ? dialogue.progress.expected : undefined;
  dialogue.write('A', (fields) => {
    admin.writeLogon(
      fields,
      { heartBtInt, reset, version, nextExpected },
      message === undefined ? (more) => dialogue.owner.logonFields(more) : undefined,
    );
  });
}

/** What keeps a Logon from being agreed to, for the peer to read. */
function logonFault(dialogue: Dialogue, message: Message): string | undefined {
  if (!dialogue.calendar.isOpen(dialogue.utcMs)) return 'Logon outside of the session time';
  return checks.logonFault(dialogue.config, message);
}

/** What the peer misses, when it says so: NextExpectedMsgSeqNum(789). */
function peerExpects(dialogue: Dialogue, message: Message): number | undefined {
  const next = dialogue.config.enableNextExpectedMsgSeqNum ? message.int(789) : undefined;
  return next !== undefined && next >= 1 ? next : undefined;
}

export function acceptLogon(dialogue: Dialogue, message: Message): void {
  const text = logonFault(dialogue, message);
  if (text !== undefined) return dialogue.refuse(text);
  const restart = message.boolean(141) === true;
  if (restart || dialogue.config.resetOnLogon) dialogue.reset(dialogue.utcMs, restart ? 'peer' : 'us');
  if (message.seqNum < dialogue.progress.expected) return dialogue.refuseTooLow(message);
  const heartBtInt = message.int(108) as number;
  dialogue.liveness.agree(heartBtInt);
  establish(dialogue, message, () => writeLogon(dialogue, heartBtInt, restart, message));
}

export function confirmLogon(dialogue: Dialogue, message: Message): void {
  const text = logonFault(dialogue, message);
  if (text !== undefined) return dialogue.refuse(text);
  if (message.boolean(141) === true && !dialogue.sentReset) {
    // The acceptor restarts the numbers of its own accord; our Logon counts as number 1.
    dialogue.reset(dialogue.utcMs, 'peer');
    dialogue.outbox.skipTo(2);
  }
  if (message.seqNum < dialogue.progress.expected) return dialogue.refuseTooLow(message);
  establish(dialogue, message, () => undefined);
}

function establish(dialogue: Dialogue, message: Message, answer: () => void): void {
  const { seqNum } = message;
  const theirNext = peerExpects(dialogue, message);
  const ourNext = dialogue.outbox.nextOutbound;
  if (theirNext !== undefined && theirNext > ourNext) {
    return dialogue.refuse(
      `Tag 789 (NextExpectedMsgSeqNum) is higher than expected. Expected ${ourNext}, Received ${theirNext}`,
    );
  }
  const version = dialogue.profile.hasDefaultApplVerId ? checks.versionOf(message) : undefined;
  if (version !== undefined) dialogue.owner.speaks(version);
  const missing = seqNum > dialogue.progress.expected;
  dialogue.enter(missing ? 'recovering' : 'established');
  dialogue.wasLoggedOn = true;
  if (!missing) dialogue.progress.advance(seqNum + 1);
  answer();
  // What the peer says it misses it gets without having to ask.
  if (theirNext !== undefined && theirNext < ourNext) dialogue.serveRange(theirNext, 0);
  if (missing) {
    dialogue.early.note(seqNum);
    dialogue.askForResend(seqNum, theirNext !== undefined);
  }
  dialogue.owner.event({ kind: 'loggedOn', heartBtInt: message.int(108) as number });
  dialogue.owner.loggedOn();
}

/** Logon while logged on. */
export function restartNumbers(dialogue: Dialogue, message: Message): void {
  // One that is sent again counts for its number only.
  if (message.possDup) return dialogue.use(message);
  if (message.boolean(141) !== true) return cut(dialogue);
  const text = checks.logonFault(dialogue.config, message);
  if (text !== undefined) return dialogue.refuse(text);
  dialogue.reset(dialogue.utcMs, 'peer');
  const heartBtInt = message.int(108) as number;
  dialogue.liveness.agree(heartBtInt);
  dialogue.enter('established');
  dialogue.progress.advance(2);
  writeLogon(dialogue, heartBtInt, true, message);
}

/** A Logon, or the first message, that the dictionary does not allow. */
export function refuseInvalid(dialogue: Dialogue, message: Message, violation: Violation): void {
  const { text, refTagId } = violation;
  const appl = message.text(1137);
  // FIXT without a version to speak has no words in common; one that is not spoken is named.
  if (message.msgType !== 'A' || (refTagId === 1137 && appl === undefined)) return cut(dialogue);
  if (refTagId === 1137) return dialogue.refuse(`DefaultApplVerID ${appl} is not supported`);
  dialogue.refuse(refTagId === undefined ? text : `${text} (${refTagId})`);
}

export function cut(dialogue: Dialogue): void {
  if (dialogue.input === 'garbled') dialogue.countGarbled();
  const first = dialogue.state === 'logonAwaited' || dialogue.state === 'logonSent';
  const otherwise = first ? 'first message is not a Logon' : 'Logon on a session that is logged on';
  const reason = admin.CUT_REASONS[dialogue.input] ?? otherwise;
  if (first) dialogue.owner.event({ kind: 'logonRefused', reason });
  dialogue.leave(reason);
}
