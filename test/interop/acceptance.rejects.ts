/** Dialogues about messages that the dictionary does not allow, and the routing fields of their Reject. */
import { closed, hear, message, open, type Dialogue, type Step } from './acceptance.wire.ts';
import type { Party } from './acceptance.versions.ts';
import { logon, say } from './acceptance.phrases.ts';

/** Each message is answered with one message; then a Logout follows. */
function answered(party: Party, name: string, said: readonly ((seqNum: number) => Step)[]): Dialogue {
  const exchange = said.flatMap((one, i) => [one(i + 2), hear(1)]);
  const last = [say(party, '5', said.length + 2), hear(1), closed()];
  return { name, steps: [open(), logon(party, { heartBtInt: 2 }), hear(1), ...exchange, ...last] };
}

export function rejectDialogues(party: Party): readonly Dialogue[] {
  const heartbeat =
    (fields: string) =>
    (seqNum: number): Step =>
      say(party, '0', seqNum, fields);
  const order =
    (fields: string) =>
    (seqNum: number): Step =>
      say(party, 'D', seqNum, fields);
  return [
    answered(party, '14a tags that are none', ['999=HI', '0=HI', '-1=HI', '5000=HI'].map(heartbeat)),
    missing(party),
    answered(party, '14c tag of another message', [heartbeat('55=MSFT'), heartbeat('58=text')]),
    withoutValue(party),
    wrongValues(party, order),
    answered(party, '14f sign before a quantity', [
      order('11=ID|21=1|40=1|54=1|38=+200.00|55=INTC|60=<TIME>'),
    ]),
    outOfOrder(party),
    answered(party, '14h tag twice', [
      order(`11=ID|21=1|40=1|40=2|54=1|38=${party.isModern ? '200.00' : '200'}|55=INTC|60=<TIME>`),
    ]),
    ...(party.isModern
      ? [
          answered(party, '14i count of a group', [
            order('11=ID|21=1|40=1|54=1|38=200.00|55=INTC|386=3|336=PRE-OPEN|336=AFTER-HOURS|60=<TIME>'),
          ]),
        ]
      : []),
    routed(party),
    routedEmpty(party),
  ];
}

function missing(party: Party): Dialogue {
  const { beginString, compId } = party;
  const orders: Readonly<Record<string, string>> = {
    'FIX.4.0': '40=1|60=<TIME>|54=1|38=100|21=3|11=id',
    'FIX.4.1': '38=100|40=1|60=<TIME>|54=1|21=3|11=id',
    'FIX.4.2': '40=1|60=<TIME>|54=1|21=3|11=id',
    'FIX.4.3': '40=1|60=<TIME>|54=1|21=3',
    'FIX.4.4': '40=1|60=<TIME>|54=1|21=3',
  };
  return answered(party, '14b required tags', [
    (seqNum) => message(`8=${beginString}|35=0|34=${seqNum}|49=${compId}|52=<TIME>`),
    (seqNum) =>
      message(
        `8=${beginString}|35=D|49=${compId}|34=${seqNum}|56=ISLD|52=<TIME>|` +
          (orders[beginString] ?? '40=1|60=<TIME>|11=id|21=3'),
      ),
    (seqNum) =>
      message(`8=${beginString}|35=D|49=${compId}|34=${seqNum}|56=ISLD|52=<TIME>|40=1|60=<TIME>|54=1|21=3`),
  ]);
}

function withoutValue(party: Party): Dialogue {
  const { beginString, compId } = party;
  return answered(party, '14d tags without a value', [
    (seqNum) => message(`8=${beginString}|35=0|34=${seqNum}|49=${compId}|52=<TIME>|56=`),
    (seqNum) => say(party, '1', seqNum, '112='),
  ]);
}

function wrongValues(party: Party, order: (fields: string) => (seqNum: number) => Step): Dialogue {
  const fields = (instructions: number): string =>
    `11=ID|21=${instructions}|40=1|54=1|38=002000.00|55=INTC|60=<TIME>`;
  const known = party.beginString === 'FIX.4.2' ? 'FUT' : 'CS';
  return answered(party, '14e values that are none', [
    order(fields(4)),
    ...(party.isModern ? [order(`${fields(1)}|167=BOO`), order(`${fields(1)}|167=${known}`)] : []),
    order(fields(1)),
  ]);
}

function outOfOrder(party: Party): Dialogue {
  const { beginString, compId } = party;
  const quantity = party.isModern ? '' : '38=100|';
  return answered(party, '14g header behind body', [
    (seqNum) =>
      message(
        `8=${beginString}|35=D|11=id|21=3|${quantity}40=1|54=1|55=MSFT|60=<TIME>|` +
          `34=${seqNum}|49=${compId}|52=<TIME>|56=ISLD`,
      ),
    (seqNum) =>
      message(
        `8=${beginString}|35=D|55=MSFT|34=${seqNum}|49=${compId}|52=<TIME>|56=ISLD|` +
          `11=id|21=3|${quantity}40=1|54=1|60=<TIME>`,
      ),
  ]);
}

function routed(party: Party): Dialogue {
  const routes = [
    '115=JCD',
    '128=JCD',
    '115=JCD|116=CS',
    '128=JCD|129=CS',
    '115=JCD|116=CS|144=CHI',
    '128=JCD|129=CS|145=CHI',
  ];
  return answered(
    party,
    'a Reject goes back the route',
    routes.map(
      (route) => (seqNum) =>
        say(party, 'D', seqNum, `${route}|11=ID|21=3|38=100|40=w|54=1|55=INTC|60=<TIME>`),
    ),
  );
}

function routedEmpty(party: Party): Dialogue {
  const routes = [
    '115=',
    '128=',
    '115=JCD|116=',
    '128=JCD|129=',
    '115=JCD|116=CS|144=',
    '128=JCD|129=CS|145=',
  ];
  return answered(
    party,
    'a Reject leaves out empty routing fields',
    routes.map(
      (route, i) => (seqNum) =>
        say(party, 'D', seqNum, `${route}|11=ID|21=3|38=100|40=${i === 5 ? 'w' : 1}|54=1|55=INTC|60=<TIME>`),
    ),
  );
}

/** The session that lets empty fields pass, and the others, which don't. */
export function emptyValue(party: Party): Dialogue {
  return answered(party, 'a TestRequest without an id', [(seqNum) => say(party, '1', seqNum, '112=')]);
}
