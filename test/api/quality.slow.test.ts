/**
 * Quality of data over the running platform: what the simulator's switches do to providers is found, told,
 * judged and counted, and a monitor that is killed leaves no time of which nothing is said.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type {
  AvailabilityView,
  QualityPeriodDetail,
  QualityPeriodView,
  QualityStateView,
} from '@tidegate/wire/quality';
import {
  eventually,
  signIn,
  startPlatform,
  startSimulator,
  temporaryFolder,
  type Platform,
  type RestClient,
  type SimulatorProcess,
} from '../platform.ts';
import { StreamPeer } from './stream.client.ts';

interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

const folder = temporaryFolder('quality');
let simulator: SimulatorProcess;
let platform: Platform;
let rest: RestClient;

const begin = async (): Promise<void> => {
  platform = await startPlatform(`${folder.path}/platform`, { SIMULATOR: simulator.control });
  rest = await signIn(platform.ready.http);
};

beforeAll(async () => {
  simulator = await startSimulator('--seed', '11', '--data', `${folder.path}/simulator`);
  await begin();
}, 60_000);

afterAll(async () => {
  await platform?.stop();
  await simulator?.stop();
  folder.remove();
});

async function all<T>(path: string): Promise<T[]> {
  const items: T[] = [];
  for (let before = ''; ;) {
    const { status, body } = await rest.get(
      `/api/v1/${path}${path.includes('?') ? '&' : '?'}limit=500${before}`,
    );
    expect([path, status]).toEqual([path, 200]);
    const page: Page<T> = body;
    items.push(...page.items);
    if (page.next === null) return items;
    before = `&before=${encodeURIComponent(page.next)}`;
  }
}

/** Of the simulated providers: an indicative feed is here or not. */
const isProvider = ({ source }: QualityStateView): boolean =>
  simulator.providers.some(({ venue }) => venue === source);
const statesNow = async (): Promise<QualityStateView[]> =>
  (await all<QualityStateView>('quality/states')).filter(isProvider);
const becomes = (source: string, instrument: string, state: string): Promise<QualityStateView> =>
  eventually(
    async () =>
      (await statesNow()).find(
        (each) => each.source === source && each.instrument === instrument && each.state === state,
      ),
    `${instrument} of ${source} is ${state}`,
  );
const allGood = (): Promise<true> =>
  eventually(async () => {
    const states = await statesNow();
    return states.length === 39 && states.every(({ state }) => state === 'GOOD') ? true : undefined;
  }, 'all data is good');
const turn = (venue: string, name: string, on: boolean, symbol?: string, value?: number): Promise<unknown> =>
  simulator.post('/switch', { venue, switch: name, on, symbol, value });

/** The published formula, each millisecond by itself, from recorded states. */
function recomputed(states: readonly QualityStateView[], from: string, to: string): number {
  let [good, expected] = [0, 0];
  for (let ms = Date.parse(from); ms < Date.parse(to); ms += 1) {
    const held = states.find(
      (each) => Date.parse(each.from) <= ms && (each.to === null || ms < Date.parse(each.to)),
    );
    if (held?.state === 'EXCUSED' && held.why === 'schedule') continue;
    expected += 1;
    if (held?.state === 'GOOD') good += 1;
  }
  return good / expected;
}

let [first, second, third] = ['', '', ''];
let stale: QualityStateView;
let silence: QualityPeriodView;

it('finds what providers do, with its bounds, and tells it on the stream', async () => {
  await allGood();
  [first, second, third] = simulator.providers.map(({ venue }) => venue) as [string, string, string];
  const peer = await StreamPeer.open(platform.ready.http, rest.token);
  peer.subscribe('quality');
  await peer.first((message) => message.op === 'snapshot', 'the states that hold');
  expect(peer.rows<QualityStateView>('quality').length).toBeGreaterThanOrEqual(39);

  await turn(first, 'stale', true, 'EUR/USD');
  await turn(second, 'wide', true, 'GBP/USD', 500);
  await turn(second, 'spike', true, 'AUD/USD', 400);
  await turn(third, 'crossed', true, 'USD/JPY');
  stale = await becomes(first, 'EURUSD', 'STALE');
  await becomes(second, 'GBPUSD', 'WIDE');
  await becomes(second, 'AUDUSD', 'SPIKE');
  await becomes(third, 'USDJPY', 'CROSSED');
  const ordered = await rest.post('/api/v1/orders', {
    clOrdId: 'in-trouble-1',
    instrument: 'EURUSD',
    side: 'buy',
    type: 'market',
    timeInForce: 'ioc',
    quantity: '1000',
  });
  expect(ordered.status).toBe(201);
  await turn(first, 'stale', false);
  await turn(second, 'wide', false);
  await turn(second, 'spike', false);
  await turn(third, 'crossed', false);
  await allGood();
  await eventually(
    () =>
      peer
        .rows<QualityStateView>('quality', 'update')
        .find(({ from, to }) => from === stale.from && to !== null),
    'the end of the silence on the stream',
  );
  peer.socket.close();
  const metrics = await (await fetch(new URL('/metrics', platform.ready.ops))).text();
  expect(metrics).toMatch(new RegExp(`tidegate_quality_instruments\\{source="${first}",state="GOOD"\\} 12`));
  expect(metrics).toMatch(/tidegate_quality_images_total [1-9]/);
});

it('makes of an outage of a session one incident, with its instruments as children', async () => {
  await turn(first, 'disconnected', true);
  await becomes(first, '*', 'DOWN');
  await turn(first, 'disconnected', false);
  await allGood();
  const down = (await all<QualityPeriodView>(`quality/periods?source=${first}&instrument=*&state=DOWN`))[0]!;
  const outage: QualityPeriodDetail = (await rest.get(`/api/v1/quality/periods/${down.id}`)).body;
  expect(outage.children.map(({ state }) => state)).toEqual(Array.from({ length: 12 }, () => 'DOWN'));
  expect(down).toMatchObject({ severity: 'critical', children: 12, cause: null });
  for (const { from, to } of outage.children) {
    expect(Math.abs(Date.parse(from) - Date.parse(down.from))).toBeLessThan(100);
    expect(Date.parse(to!)).toBeGreaterThanOrEqual(Date.parse(down.to!));
  }
});

it('finds the orders within a period, and keeps what people say of it', async () => {
  // The silence began when it was too long after the last image, and ended with the next one.
  silence = (
    await all<QualityPeriodView>(`quality/periods?source=${first}&state=STALE&instrument=EURUSD`)
  )[0]!;
  expect(silence.from).toBe(stale.from);
  const detail = await eventually(async () => {
    const { body } = await rest.get(`/api/v1/quality/periods/${silence.id}`);
    const found: QualityPeriodDetail = body;
    return found.orders.length > 0 ? found : undefined;
  }, 'the order within the silence');
  expect(detail.orders.map(({ clOrdId }) => clOrdId)).toEqual(['in-trouble-1']);
  const orderId = detail.orders[0]!.orderId;
  expect((await all<QualityPeriodView>(`quality/periods?order=${orderId}`)).map(({ id }) => id)).toContain(
    silence.id,
  );

  for (const [action, reason] of [
    ['acknowledge', 'seen'],
    ['annotate', 'their line'],
    ['excuse', 'agreed'],
  ])
    expect((await rest.post(`/api/v1/quality/periods/${silence.id}/${action}`, { reason })).status).toBe(200);
  const judged: QualityPeriodDetail = (await rest.get(`/api/v1/quality/periods/${silence.id}`)).body;
  expect(judged.marks.map(({ action, by, reason }) => [action, by, reason])).toEqual([
    ['acknowledge', 'admin', 'seen'],
    ['annotate', 'admin', 'their line'],
    ['excuse', 'admin', 'agreed'],
  ]);
  expect(judged.period).toMatchObject({ acknowledged: { by: 'admin' }, excused: { by: 'admin' } });
  expect((await rest.post('/api/v1/quality/periods/none/annotate', { reason: 'x' })).status).toBe(404);
});

it('leaves no time unsaid when it is killed, and computes availability from what it said', async () => {
  // Nobody watches from the kill to the next start: that is UNKNOWN, and everything else is said.
  await platform.kill();
  await begin();
  await allGood();
  const from = new Date(Date.parse(stale.from) - 1_000).toISOString();
  const to = (await statesNow())
    .map((each) => each.from)
    .toSorted()
    .at(-1)!;
  const states = (await all<QualityStateView>(`quality/states?from=${from}&to=${to}`)).filter(isProvider);
  const cells = Map.groupBy(states, ({ source, instrument }) => `${source} ${instrument}`);
  expect(cells.size).toBe(39);
  for (const spans of cells.values()) {
    const inOrder = spans.toSorted((left, right) => left.from.localeCompare(right.from));
    expect(inOrder.some(({ state, to: until }) => state === 'UNKNOWN' && until !== null)).toBe(true);
    for (const [index, span] of inOrder.entries())
      if (index > 0) expect(span.from).toBe(inOrder[index - 1]!.to);
  }
  const blind = await all<QualityPeriodView>('quality/periods?source=*');
  expect(blind).toMatchObject([{ instrument: '*', state: 'UNKNOWN', severity: 'critical' }]);

  // Raw: what the twin makes of the recorded states. Excused: the agreed silence counts no more.
  const range = `from=${from}&to=${to}&source=${first}&instrument=EURUSD`;
  const [found] = await all<AvailabilityView>(`quality/availability?${range}`);
  const own = states.filter(({ source, instrument }) => source === first && instrument === 'EURUSD');
  expect(found!.raw).toBe(recomputed(own, found!.from, found!.to));
  expect(found!.excusedMs).toBe(Date.parse(silence.to!) - Date.parse(silence.from));
  expect(found!.excused).toBe(found!.goodMs / (found!.expectedMs - found!.excusedMs));
});
