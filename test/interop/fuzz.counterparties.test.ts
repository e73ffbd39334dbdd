/**
 * Whatever a counterparty's application messages look like, no session ends for them, no other order stops,
 * and every execution report is accounted for: booked, a repeat, or told to people. Messages come out of the
 * dictionary's grammar and then get fields nobody knows, odd values, another order, repetitions, and are sent
 * again. A failure names seed and messages.
 */
import { loadDictionary } from '@tidegate/fix/dictionary/load';
import type { SystemEvent } from '@tidegate/wire/monitoring';
import type { ExecutionView } from '@tidegate/wire/orders';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Draw, Grammar } from '../../packages/fix/acceptance/grammar.ts';
import { startConfigured, type ConfiguredPlatform } from '../configured.ts';
import { eventually, signIn, type RestClient } from '../platform.ts';
import { demo1, demo2 } from './gateway.floor.ts';
import { body, RawPeer, utc, type Fields, type Received } from './raw.peer.ts';
import { controlNaming, fillOf, ScriptedProvider } from './scripted.provider.ts';

const seed = 20_261_128;
const batches = 40;
const messagesMax = 40;

const dictionary = loadDictionary('FIX.4.4');
const alpha = new ScriptedProvider('alpha');
const good = '269=0 270=1.0849 271=1000000 269=1 270=1.0851 271=1000000';
let control: { readonly url: string; close(): void };
let desk: ConfiguredPlatform;
let admin: RestClient;
/** Whose orders must go on, and who says whatever comes to its mind. */
let honest: RawPeer;
let wild: RawPeer;

type Field = readonly [tag: number, value: string | number];

beforeAll(async () => {
  await alpha.listen();
  control = await controlNaming([alpha]);
  const off = ['bravo', 'charlie'].map((id) => ({ ...alphaDocument(id), enabled: false }));
  desk = await startConfigured(
    'fuzz',
    () => [alphaDocument('alpha'), ...off].map((document) => ({ kind: 'venue' as const, body: document })),
    { SIMULATOR: control.url },
  );
  admin = await signIn(desk.http);
  const port = desk.ports['port-08']!;
  [honest, wild] = await Promise.all([RawPeer.logOn(port, demo1), RawPeer.logOn(port, demo2)]);
  await alpha.quotes.message((message) => message.get(35) === 'V', 'a subscription');
}, 120_000);

afterAll(async () => {
  for (const peer of [honest, wild]) peer?.socket.destroy();
  await desk?.stop();
  control?.close();
  await alpha.stop();
}, 60_000);

function alphaDocument(id: string) {
  const hosts = [{ host: '127.0.0.1', port: 0 }];
  return {
    id,
    name: id,
    dialect: 'standard',
    enabled: true,
    senderCompId: 'TIDEGATE',
    targetCompId: id.toUpperCase(),
    quotes: { hosts, senderCompId: 'TIDEGATE-MD' },
    orders: { hosts, senderCompId: 'TIDEGATE-OE' },
    staleAfterMs: 60_000,
    routeTimeoutMs: 60_000,
    instruments: ['EURUSD'],
  };
}

const sources = ['orders', 'orders', 'orders', 'quotes', 'client', 'client'] as const;
const manners = [
  'plain',
  'plain too',
  'plain as well',
  'unknown',
  'odd',
  'reordered',
  'repeated',
  'resent',
  'sent anew',
] as const;
const step = fc.record({
  seed: fc.nat(),
  from: fc.constantFrom(...sources),
  manners: fc.uniqueArray(fc.constantFrom(...manners), { minLength: 1, maxLength: 3 }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** What each source says most; anything else at times. */
const usual = {
  orders: ['8', '8', '8', '8', '9', 'j'],
  quotes: ['W', 'W', 'X', 'Y'],
  client: ['D', 'D', 'F', 'G', 'H', 'V'],
} as const;
const unknownFields: Fields = [
  [20001, 'abc'],
  [9730, 'A'],
  [20, '0'],
  [851, '7'],
  [58, ''],
  [115, 'BROKER'],
  [6123, ''],
];
const oddValues = [
  '',
  '-',
  '.',
  '-0',
  '0',
  '0.00',
  '1e5',
  '.5',
  '99999999999999999999',
  'é',
  '=',
  'N/A',
  '1 2',
];
/** What is right stands for more than half of what is drawn. */
const mostly = (right: string, ...odd: readonly string[]) => [...odd.flatMap(() => [right]), right, ...odd];
const prices = mostly('1.0850', '1.08503', '151.3015', '0', '-0.5', '1.08500000000001', '.5', 'x');
const quantities = mostly('1000', '0', '0.001', '-5', '1000000000000', 'x', '500.50');
const execTypes = mostly('F', '0', '4', '8', 'I', 'G', 'H', 'D', '1', '2', 'Z', '');
/** Those that say that something was dealt, or may say so for all we know. */
const trades = new Set(['F', 'G', 'H', '1', '2', 'Z']);
const sides = mostly('1', '2', '8');

const isApplication = (msgType: string) => !dictionary.isAdmin(msgType);
const kinds = [...dictionary.messageTypes()].filter(isApplication);

/** An execution that the provider told of, by where it can be found again. */
interface Told {
  readonly execId: string;
  /** What an event says of it. */
  readonly ids: readonly string[];
  readonly text: string;
}
const told: Told[] = [];
/** Orders of the wild client that the provider has. */
const open: Received[] = [];
let number = 0;

function message({ seed: from, from: source, manners: how }: Step): { msgType: string; fields: Field[] } {
  const draw = new Draw(from);
  const msgType = draw.chance(0.8) ? draw.of(usual[source]) : draw.of(kinds);
  const grammar = new Grammar(dictionary, draw).body(msgType);
  let fields = grammar.fields.map((text): Field => {
    const at = text.indexOf('=');
    return [Number(text.slice(0, at)), text.slice(at + 1, -1)];
  });
  if (source === 'orders' && msgType === '8') fields = report(fields, draw);
  if (source === 'client' && 'DFGH'.includes(msgType)) fields = setField(fields, 11, `w${(number += 1)}`);
  if (draw.chance(0.8) && 'DFGHWV8'.includes(msgType)) fields = setField(fields, 55, 'EUR/USD');
  const places = Array.from({ length: 1 + draw.below(3) }, () => draw.below(fields.length + 1));
  for (const place of places) {
    if (how.includes('unknown')) fields.splice(place, 0, draw.of(unknownFields));
    const one = fields[place];
    if (one === undefined || kept.has(one[0])) continue;
    if (how.includes('odd')) fields[place] = [one[0], draw.of(oddValues)];
    if (how.includes('repeated')) fields.splice(draw.below(fields.length), 0, one);
  }
  if (how.includes('reordered'))
    fields = fields
      .map((field) => [draw.unit(), field] as const)
      .toSorted(([a], [b]) => a - b)
      .map(([, f]) => f);
  return { msgType, fields };
}

/** By these an execution is found again. */
const kept = new Set([11, 17, 150]);

function report(fields: Field[], draw: Draw): Field[] {
  const order = open.length === 0 ? undefined : draw.of(open);
  const isKnown = order !== undefined && draw.chance(0.8);
  number += 1;
  const clOrdId = isKnown ? order.get(11)! : draw.of([`nobody${number}`, `demo2.99${number}.1`]);
  const execType = draw.of(execTypes);
  const execId = `Z${number}.`;
  let changed = setField(setField(setField(fields, 11, clOrdId), 17, execId), 150, execType);
  changed = setField(setField(changed, 31, draw.of(prices)), 32, draw.of(quantities));
  changed = setField(changed, 54, draw.of(sides));
  // Half of those of an order of ours are fills of it as it is.
  const isOrders = isKnown && draw.chance(0.5);
  if (isOrders)
    for (const [tag, value] of [
      [31, order.get(44) ?? '1.0850'],
      [54, order.get(54)!],
      [55, order.get(55)!],
    ] as const)
      changed = setField(changed, tag, value);
  const text = changed.map((field) => field.join('=')).join('|');
  const ids = isKnown ? [execId] : [execId, clOrdId];
  if (trades.has(execType)) told.push({ execId, ids, text });
  return changed;
}

const setField = (fields: readonly Field[], tag: number, value: string): Field[] => {
  const others = fields.filter(([one]) => one !== tag);
  return others.length === fields.length
    ? [...fields, [tag, value]]
    : fields.map(([one, was]) => [one, one === tag ? value : was] as const);
};

function say(one: Step): void {
  const { msgType, fields } = message(one);
  const again: Fields = [[97, 'Y'], ...fields];
  if (one.from === 'client') {
    const seqNum = wild.send(msgType, fields);
    const frame = wild.frame(msgType, seqNum, [[43, 'Y'], [122, utc()], ...fields]);
    if (one.manners.includes('resent')) wild.socket.write(Buffer.from(frame, 'latin1'));
    if (one.manners.includes('sent anew')) wild.send(msgType, again);
    return;
  }
  const session = alpha[one.from];
  const seqNum = session.send(msgType, fields);
  if (one.manners.includes('resent')) session.again(seqNum);
  if (one.manners.includes('sent anew')) session.send(msgType, again);
}

let size = 300_000;
const seen = { all: 0, booked: new Set<string>() };
/** Others trade on, and nobody was sent away. */
async function goesOn(): Promise<void> {
  alpha.quote(good);
  size += 1;
  const quantity = size;
  const after = alpha.orders.received.length;
  const name = `honest-${quantity}`;
  honest.send(
    'D',
    body.order(name, body.market).map(([tag, value]) => [tag, tag === 38 ? quantity : value] as const),
  );
  const order = await alpha.order(quantity, after);
  alpha.report(order, fillOf(order));
  await honest.match((one) => one.get(11) === name && one.get(150) === 'F', `the fill of ${name}`);
  const ended = [
    ...alpha.orders.received,
    ...alpha.quotes.received,
    ...wild.received,
    ...honest.received,
  ].filter((one) => one.get(35) === '5');
  expect(ended.map((one) => one.get(58))).toEqual([]);
  expect([alpha.orders.connections, alpha.quotes.connections]).toEqual([1, 1]);
  expect([wild.socket.destroyed, honest.socket.destroyed]).toEqual([false, false]);
  for (const one of alpha.orders.received.slice(after))
    if (one.get(35) === 'D' && one.get(11)?.startsWith('demo2.')) open.push(one);
}

/** A resting order of the wild client, for reports to be about. */
async function anotherOrder(): Promise<void> {
  const after = alpha.orders.received.length;
  size += 1;
  const quantity = size;
  wild.send(
    'D',
    body
      .order(`open-${quantity}`, body.resting)
      .map(([tag, value]) => [tag, tag === 38 ? quantity : value] as const),
  );
  open.push(await alpha.order(quantity, after));
}

/** Each execution is among the executions once, or somebody was told of it. */
async function areAccountedFor(): Promise<void> {
  seen.all += told.length;
  let lost = told.splice(0);
  const look = async (): Promise<true | undefined> => {
    const events = ((await admin.get('/api/v1/events?limit=500')).body as { items: SystemEvent[] }).items;
    const { items } = (await admin.get('/api/v1/executions?limit=500')).body as { items: ExecutionView[] };
    const texts = events.filter(({ severity }) => severity === 'critical').map(({ text }) => text);
    lost = lost.filter(({ execId, ids }) => {
      const booked = items.filter((one) => one.venueExecId === execId).length;
      if (booked > 0) seen.booked.add(execId);
      expect([execId, booked > 1]).toEqual([execId, false]);
      return booked === 0 && !texts.some((text) => ids.some((id) => text.includes(id)));
    });
    return lost.length === 0 ? true : undefined;
  };
  await eventually(look, 'each execution booked or told', 5_000).catch((cause: unknown) => {
    throw new Error(`lost: ${JSON.stringify(lost, undefined, 1)}`, { cause });
  });
}

it('ends no session, stops no other order, and loses no execution', async () => {
  console.info(`fuzz of counterparties: seed ${seed}, ${batches} batches`);
  const run = fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: messagesMax }), async (steps) => {
    alpha.quote(good);
    await anotherOrder();
    for (const one of steps) say(one);
    await goesOn();
    await areAccountedFor();
  });
  await fc.assert(run, { seed, numRuns: batches, endOnFailure: true });
  // Of both there must be some, or nothing was shown.
  expect(seen.booked.size).toBeGreaterThan(20);
  expect(seen.all - seen.booked.size).toBeGreaterThan(20);
}, 60_000);
