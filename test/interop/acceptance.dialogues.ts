/**
 * What the field's acceptance suites make an acceptor go through, as dialogues of our own: every case of the
 * FIX session layer test cases, for one session. What must be heard is not written here; a reference says it.
 */
import { closed, drop, hear, message, open, type Dialogue, type Step } from './acceptance.wire.ts';
import type { Party } from './acceptance.versions.ts';
import { loggedOn, loggedOut, logon, ordered, say, sayAll, tested } from './acceptance.phrases.ts';
import { sequenceDialogues } from './acceptance.sequence.ts';

export function dialogues(party: Party): readonly Dialogue[] {
  return [
    ...logons(party),
    ...duplicates(party),
    ...sequenceDialogues(party),
    ...identity(party),
    ...heartbeats(party),
    ...application(party),
  ];
}

function logons(party: Party): Dialogue[] {
  const { beginString, compId, logonFields } = party;
  const header = `35=A|34=1|49=${compId}|52=<TIME>|56=ISLD`;
  const terms = `98=0|108=30${logonFields}`;
  const refused = (name: string, text: string): Dialogue => ({
    name,
    steps: [open(), message(text), closed()],
  });
  return [
    { name: '1a Logon', steps: [...loggedOn(party), ...loggedOut(party, 2)] },
    {
      name: '1a Logon, number too high',
      steps: [open(), logon(party, { seqNum: 5 }), hear(2), ...loggedOut(party, 6)],
    },
    { name: '1a Logon, then the connection is lost', steps: [...loggedOn(party), drop()] },
    refused(
      '1c unknown SenderCompID',
      `8=${beginString}|${header.replace(`49=${compId}`, '49=WT')}|${terms}`,
    ),
    refused('1c unknown TargetCompID', `8=${beginString}|${header.replace('56=ISLD', '56=DLSI')}|${terms}`),
    refused(
      '1d Logon, bad SendingTime',
      `8=${beginString}|${header.replace('<TIME>', '20010101-00:00:00')}|${terms}`,
    ),
    refused('1d Logon, wrong length', `8=${beginString}|9=40|${header}|${terms}`),
    refused('1d Logon, wrong BeginString', `8=FIX.3.9|${header}|${terms}`),
    ...(logonFields === ''
      ? []
      : [refused('1d Logon without DefaultApplVerID', `8=${beginString}|${header}|98=0|108=30`)]),
    refused('1e not a Logon', `8=${beginString}|${header.replace('35=A', '35=0')}`),
    refused(
      '1e not a Logon, unknown TargetCompID',
      `8=${beginString}|${header.replace('35=A', '35=0').replace('ISLD', 'DLSI')}`,
    ),
    {
      name: '13b Logout',
      steps: [...loggedOn(party), say(party, '5', 2, '58=so long'), hear(1), closed()],
    },
    {
      name: '13b Logout, closed by the party',
      steps: [...loggedOn(party), say(party, '5', 2), hear(1), drop()],
    },
    ...(party.isModern && beginString !== 'FIX.4.2' ? sessionReset(party) : []),
  ];
}

function sessionReset(party: Party): Dialogue[] {
  const heartbeats = Array.from({ length: 8 }, (_none, i) => say(party, '0', i + 2));
  return [
    {
      name: '141 Logon with ResetSeqNumFlag on a session that is logged on',
      steps: [
        ...loggedOn(party),
        ...heartbeats,
        ...tested(party, 10),
        logon(party, { fields: '|141=Y' }),
        hear(1),
        ...tested(party, 2),
        ...loggedOut(party, 3),
      ],
    },
    {
      name: '141 first Logon with ResetSeqNumFlag',
      steps: [...loggedOn(party, { fields: '|141=Y' }), ...tested(party, 2), ...loggedOut(party, 3)],
    },
  ];
}

function duplicates(party: Party): Dialogue[] {
  const second: Step[] = [open(2), logon(party, { connection: 2 }), closed(2)];
  return [
    { name: '1b second Logon, first dropped', steps: [...loggedOn(party), ...second, drop(1)] },
    {
      name: '1b second Logon, first goes on',
      steps: [...loggedOn(party), ...second, ...loggedOut(party, 2)],
    },
    {
      name: '1b second Logon between messages',
      steps: [
        ...loggedOn(party),
        ...tested(party, 2),
        ...second,
        ...tested(party, 3),
        ...loggedOut(party, 4),
      ],
    },
  ];
}

function identity(party: Party): Dialogue[] {
  const { beginString, compId } = party;
  const other = beginString === 'FIX.4.1' ? 'FIX.4.2' : 'FIX.4.1';
  const wrong = message(`8=${other}|35=1|34=2|49=${compId}|52=<TIME>|56=ISLD|112=id`);
  const from = (sender: string, target: string): Dialogue => ({
    name: `2k from ${sender === compId ? 'us' : sender} to ${target}`,
    steps: [
      ...loggedOn(party),
      sayAll(party, `35=D|34=2|49=${sender}|52=<TIME>|56=${target}|${party.order('INTC')}`),
      hear(2),
      say(party, '5', 3),
      closed(),
    ],
  });
  const at = (offset: string): Dialogue => ({
    name: `2o SendingTime ${offset} s`,
    steps: [
      ...loggedOn(party),
      sayAll(party, `35=0|34=2|49=${compId}|52=<TIME${offset}>|56=ISLD`),
      hear(2),
      say(party, '5', 3),
      closed(),
    ],
  });
  return [
    {
      name: '2i BeginString, Logout answered',
      steps: [...loggedOn(party), wrong, hear(1), say(party, '5', 3), closed()],
    },
    { name: '2i BeginString, Logout not answered', steps: [...loggedOn(party), wrong, hear(1), closed()] },
    from('WT', 'ISLD'),
    from(compId, 'DLSI'),
    from('WT', 'DLSI'),
    at('-121'),
    at('+121'),
    {
      name: '2q MsgType',
      steps: [...loggedOn(party), say(party, '*', 2), hear(1), ...loggedOut(party, 3)],
    },
    {
      name: '7 Reject received',
      steps: [...loggedOn(party), say(party, '3', 2, '45=1'), ...loggedOut(party, 3)],
    },
  ];
}

/**
 * A Heartbeat and the TestRequest behind it are a fifth of HeartBtInt apart: that must be longer than a busy
 * machine keeps one of the two engines waiting.
 */
function heartbeats(party: Party): Dialogue[] {
  return [
    {
      name: '4a Heartbeats in silence',
      steps: [
        ...loggedOn(party, { heartBtInt: 8 }),
        hear(1),
        say(party, '0', 2),
        hear(1),
        say(party, '0', 3),
        ...loggedOut(party, 4),
      ],
    },
    { name: '4b TestRequest', steps: [...loggedOn(party), ...tested(party, 2), ...loggedOut(party, 3)] },
    {
      name: '6 TestRequest in silence, then disconnected',
      steps: [
        ...loggedOn(party, { heartBtInt: 6 }),
        hear(1),
        say(party, '0', 2),
        hear(2),
        say(party, '0', 3, '112=TEST'),
        hear(1),
        say(party, '0', 4),
        hear(2),
        closed(),
      ],
    },
  ];
}

function application(party: Party): Dialogue[] {
  const early = '11=id|31=10.5|32=100|37=id|38=100|17=1|20=0|39=0|55=WLRI|54=1|14=0|6=0.0';
  const report: Readonly<Record<string, string>> = {
    'FIX.4.0': early,
    'FIX.4.1': `${early}|150=1|151=0`,
    'FIX.4.2': '37=id|17=id|20=0|150=0|39=0|55=WLRI|54=1|151=100|14=0|6=0.0',
  };
  const unsupported = report[party.beginString] ?? '37=id|17=id|150=0|39=0|55=WLRI|54=1|151=100|14=0|6=0.0';
  const resent = say(party, 'D', 3, `97=Y|${party.order('MSFT')}`);
  return [
    {
      name: '2r MsgType the application does not know',
      steps: [...loggedOn(party), say(party, '8', 2, unsupported), hear(1), ...loggedOut(party, 3)],
    },
    {
      name: '19a PossResend, seen',
      steps: [...loggedOn(party), ...ordered(party, 2, 'MSFT'), resent, ...loggedOut(party, 4)],
    },
    {
      name: '19b PossResend, not seen',
      steps: [
        ...loggedOn(party),
        say(party, 'D', 2, `97=Y|${party.order('MSFT')}`),
        hear(1),
        ...loggedOut(party, 3),
      ],
    },
    {
      name: '15 fields in another order',
      steps: [
        ...loggedOn(party),
        ...ordered(party, 2, 'MSFT'),
        sayAll(
          party,
          `35=D|49=${party.compId}|34=3|56=ISLD|52=<TIME>|` +
            party.order('MSFT').split('|').toReversed().join('|'),
        ),
        hear(1),
        ...loggedOut(party, 4),
      ],
    },
    ...(party.isModern ? [emptyGroup(party)] : []),
  ];
}

function emptyGroup(party: Party): Dialogue {
  const isFix42 = party.beginString === 'FIX.4.2';
  const kind = isFix42 ? '167=OPT' : '167=CS';
  const groups = isFix42 ? '393=0|146=0' : '454=0';
  const fields = (session: string): string =>
    `320=JCD1091|322=10343564|323=6|55=TBS|22=8|${kind}${session}|58=none found|${groups}`;
  return {
    name: '21 groups of none',
    steps: [
      ...loggedOn(party),
      say(party, 'd', 2, fields('|336=ONE_MAIN')),
      hear(1),
      say(party, 'd', 3, fields('')),
      hear(1),
      ...loggedOut(party, 4),
    ],
  };
}
