/** Dialogues about sequence numbers: gaps, garbled messages, duplicates, sequence resets, resends. */
import { closed, exactly, hear, type Dialogue, type Step } from './acceptance.wire.ts';
import type { Party } from './acceptance.versions.ts';
import { loggedOn, loggedOut, order, ordered, say, sayAll, test, tested } from './acceptance.phrases.ts';

export function sequenceDialogues(party: Party): readonly Dialogue[] {
  return [
    ...sequence(party),
    ...garbled(party),
    ...possibleDuplicates(party),
    ...sequenceResets(party),
    ...resends(party),
  ];
}

function sequence(party: Party): Dialogue[] {
  const heartbeats = (...numbers: number[]): Step[] => numbers.map((number) => say(party, '0', number));
  return [
    {
      name: '2a in sequence',
      steps: [...loggedOn(party), ...heartbeats(2, 3, 4, 5), ...loggedOut(party, 6)],
    },
    {
      name: '2b too high',
      steps: [
        ...loggedOn(party),
        ...heartbeats(2, 3, 4, 10),
        hear(1),
        ...heartbeats(5, 6, 7, 8, 9),
        ...loggedOut(party, 11),
      ],
    },
    {
      name: '2b what was too high is answered when the gap is filled',
      steps: [
        ...loggedOn(party),
        test(party, 4, 'FOUR'),
        hear(1),
        test(party, 3, 'THREE'),
        test(party, 2, 'TWO'),
        hear(3),
        ...loggedOut(party, 5),
      ],
    },
    {
      name: '13b a Logout is answered whatever its number is',
      steps: [...loggedOn(party), ...heartbeats(2, 3, 4, 5), say(party, '5', 3), hear(1), closed()],
    },
    {
      name: '2c too low',
      steps: [...loggedOn(party), ...heartbeats(2, 3, 4), say(party, '0', 2), hear(1), closed()],
    },
    {
      name: '20 both sides ask for a resend',
      steps: [
        ...loggedOn(party),
        ...ordered(party, 2),
        ...ordered(party, 3),
        say(party, '0', 7),
        hear(1),
        say(party, '2', 8, '7=2|16=3'),
        hear(2),
        ...[4, 5, 6].map((number) => repeated(party, number)),
        ...loggedOut(party, 7),
      ],
    },
    {
      name: '14 a resent message is rejected',
      steps: [
        ...loggedOn(party),
        test(party, 3, 'HELLO1'),
        hear(1),
        sayAll(
          party,
          `35=D|34=2|43=Y|49=${party.compId}|52=<TIME>|56=ISLD|122=<TIME>|` +
            `11=ID|21=3|38=100|40=1|54=1|55=IVP|` +
            `${party.isModern ? '60=<TIME>|' : ''}126=20040415`,
        ),
        hear(1),
        test(party, 4, 'HELLO2'),
        hear(2),
        ...loggedOut(party, 11),
      ],
    },
  ];
}

const repeated = (party: Party, seqNum: number): Step =>
  sayAll(party, `35=0|34=${seqNum}|43=Y|49=${party.compId}|52=<TIME>|122=<TIME>|56=ISLD`);

function garbled(party: Party): Dialogue[] {
  const { beginString, compId } = party;
  const brokenOrder =
    `8=${beginString}|9=81|35=D|34=3|49garbled=${compId}|52=<TIME>|56=ISLD|` +
    `11=ID|21=3|40=1|54=1|55=INTC|10=0|`;
  const steps = (last: Step[]): Step[] => [
    ...loggedOn(party),
    exactly(`8=${beginString}|9=52|35=0|34=2|4garbled9=${compId}|52=<TIME>|56=ISLD|10=0|`),
    say(party, '0', 2),
    exactly(brokenOrder),
    say(party, '0', 4),
    hear(1),
    ...last,
  ];
  return [
    { name: '2d garbled', steps: steps([...ordered(party, 3), ...loggedOut(party, 5)]) },
    {
      name: '3c garbled, number of the Logout too low',
      steps: steps([
        say(party, 'D', 3, `122=<TIME>|${party.order('INTC')}`),
        hear(1),
        say(party, '5', 4),
        hear(1),
        closed(),
      ]),
    },
    bodyLength(party),
    {
      name: '2t first three fields',
      steps: [
        ...loggedOn(party),
        exactly(`35=0|8=${beginString}|9=29|34=2|49=${compId}|52=<TIME>|56=ISLD|10=121|`),
        ...tested(party, 2),
        sayAll(party, `34=3|35=0|49=${compId}|52=<TIME>|56=ISLD`),
        ...tested(party, 3),
        ...loggedOut(party, 4),
      ],
    },
    {
      name: '3b CheckSum',
      steps: [
        ...loggedOn(party),
        sayAll(party, `35=0|34=2|49=${compId}|52=<TIME>|56=ISLD|10=256`),
        say(party, '0', 2),
        sayAll(party, `35=D|34=3|49=${compId}|52=<TIME>|56=ISLD|11=ID|21=3|40=1|54=1|55=INTC|10=256`),
        say(party, '0', 4),
        hear(1),
        ...ordered(party, 3),
        ...loggedOut(party, 4),
      ],
    },
  ];
}

function bodyLength(party: Party): Dialogue {
  const said = (length: number, seqNum: number): Step =>
    sayAll(
      party,
      `9=${length}|35=D|34=${seqNum}|49=${party.compId}|52=<TIME>|56=ISLD|${party.order('INTC')}`,
    );
  return {
    name: '2m BodyLength',
    steps: [
      ...loggedOn(party),
      said(30, 2),
      order(party, 3),
      hear(1),
      say(party, 'D', 2, `122=<TIME>|${party.order('INTC')}`),
      hear(2),
      // Too long: it reaches into the next message, which is lost with it.
      said(111, 4),
      order(party, 5),
      order(party, 4),
      order(party, 5),
      hear(2),
      ...loggedOut(party, 7),
    ],
  };
}

function possibleDuplicates(party: Party): Dialogue[] {
  const again = (number: number, header: string, fields: string, msgType = 'D'): Step =>
    sayAll(party, `35=${msgType}|34=${number}|49=${party.compId}|52=<TIME>|56=ISLD|43=Y${header}|${fields}`);
  const twoOrders = [...loggedOn(party), ...ordered(party, 2), ...ordered(party, 3)];
  return [
    {
      name: '2e PossDup already received',
      steps: [
        ...loggedOn(party),
        say(party, '0', 2),
        again(2, '|122=<TIME>', '112=AGAIN', '0'),
        say(party, '0', 3),
        ...loggedOut(party, 4),
      ],
    },
    {
      name: '2e PossDup not received',
      steps: [
        ...loggedOn(party),
        say(party, '0', 2),
        repeated(party, 2),
        repeated(party, 3),
        ...loggedOut(party, 4),
      ],
    },
    {
      name: '2f OrigSendingTime after SendingTime',
      steps: [
        ...twoOrders,
        again(2, '|122=<TIME+10>', party.order('INTC')),
        hear(2),
        say(party, '5', 4),
        closed(),
      ],
    },
    {
      name: '2g PossDup without OrigSendingTime',
      steps: [
        ...twoOrders,
        again(2, '', party.order('INTC')),
        hear(1),
        ...tested(party, 4),
        ...loggedOut(party, 5),
      ],
    },
  ];
}

function sequenceResets(party: Party): Dialogue[] {
  const reset = (seqNum: number, fields: string): Step => say(party, '4', seqNum, fields);
  return [
    {
      name: '10 GapFill, number expected',
      steps: [...loggedOn(party), reset(2, '36=20|123=Y'), ...tested(party, 20), ...loggedOut(party, 21)],
    },
    {
      name: '10 GapFill, number too high',
      steps: [...loggedOn(party), reset(10, '36=20|123=Y'), test(party, 20), hear(1), ...loggedOut(party, 2)],
    },
    {
      name: '10 GapFill, number too low',
      steps: [
        ...loggedOn(party),
        sayAll(party, `35=4|34=1|49=${party.compId}|52=<TIME>|56=ISLD|43=Y|122=<TIME-1>|36=20|123=Y`),
        ...tested(party, 2),
        reset(1, '36=20|123=Y'),
        hear(1),
        closed(),
      ],
    },
    {
      name: '11a Reset forward',
      steps: [
        ...loggedOn(party),
        reset(0, '36=25'),
        ...tested(party, 25),
        reset(0, '36=50|123=N'),
        ...tested(party, 50),
        ...loggedOut(party, 51),
      ],
    },
    {
      name: '11b Reset to where it is',
      steps: [
        ...loggedOn(party),
        reset(0, '36=2'),
        ...tested(party, 2),
        reset(0, '36=4|123=N'),
        ...tested(party, 4),
        ...loggedOut(party, 5),
      ],
    },
    {
      name: '11c Reset back',
      steps: [
        ...loggedOn(party),
        reset(0, '36=1'),
        hear(1),
        ...tested(party, 2),
        reset(0, '36=1|123=N'),
        hear(1),
        ...tested(party, 3),
        ...loggedOut(party, 4),
      ],
    },
  ];
}

function resends(party: Party): Dialogue[] {
  const resend = (seqNum: number, from: number, to: number | string): Step =>
    say(party, '2', seqNum, `7=${from}|16=${to}`);
  const tests = (...numbers: number[]): Step[] => numbers.flatMap((number) => tested(party, number));
  return [
    ...administrativeResends(party, resend, tests),
    {
      name: '8 only application messages',
      steps: [
        ...loggedOn(party),
        ...ordered(party, 2),
        ...ordered(party, 3, 'CDG'),
        ...ordered(party, 4, 'IVP'),
        resend(5, 2, 4),
        hear(3),
        ...tests(6),
        resend(7, 2, party.infinity),
        hear(4),
        ...loggedOut(party, 8),
      ],
    },
    {
      name: '8 both',
      steps: [
        ...loggedOn(party),
        ...tests(2, 3, 4),
        ...ordered(party, 5),
        ...ordered(party, 6, 'CDG'),
        ...tests(7, 8),
        ...ordered(party, 9, 'IVP'),
        resend(10, 2, 4),
        hear(1),
        resend(11, 2, 6),
        hear(3),
        resend(12, 2, 8),
        hear(4),
        resend(13, 2, 9),
        hear(5),
        resend(14, 2, party.infinity),
        hear(5),
        ...tests(15),
        ...loggedOut(party, 16),
      ],
    },
  ];
}

function administrativeResends(
  party: Party,
  resend: (seqNum: number, from: number, to: number | string) => Step,
  tests: (...numbers: number[]) => Step[],
): Dialogue[] {
  return [
    {
      name: '8 only administrative messages',
      steps: [
        ...loggedOn(party),
        ...tests(2, 3, 4),
        resend(5, 1, 4),
        hear(1),
        ...tests(6),
        resend(7, 1, party.infinity),
        hear(1),
        ...loggedOut(party, 8),
      ],
    },
    {
      name: '8 only administrative messages, number of the ResendRequest too low',
      steps: [
        ...loggedOn(party),
        ...tests(2, 3, 4),
        resend(5, 1, 4),
        hear(1),
        ...tests(6),
        resend(5, 1, party.infinity),
        hear(1),
        ...loggedOut(party, 6),
      ],
    },
  ];
}
