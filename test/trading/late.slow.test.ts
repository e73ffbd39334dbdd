/**
 * NATS away for 20 s under load, in four processes: no order reaches a provider after its moment, and of each
 * its sender knows what became of it.
 */
import type { OrderView } from '@tidegate/wire/orders';
import { FixClient } from '@tidegate/sim/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { controlNaming, fillOf, ScriptedProvider } from '../interop/scripted.provider.ts';
import { eventually, signIn, type RestClient } from '../platform.ts';
import { startFourTowards } from './deployments.ts';

/** `DECIDE_WITHIN_MS` and the time that a route may take to its session. */
const decideMs = 2_000;
const routeMs = 2_000;
const awayMs = 20_000;
const everyMs = 50;

const alpha = new ScriptedProvider('alpha');
let control: { readonly url: string; close(): void };
let deployment: Awaited<ReturnType<typeof startFourTowards>>;
let rest: RestClient;
let client: FixClient;
let quoting: NodeJS.Timeout;

beforeAll(async () => {
  await alpha.listen();
  alpha.orders.onMessage = (message) => {
    if (message.get(35) === 'D') alpha.report(message, fillOf(message));
  };
  control = await controlNaming([alpha]);
  deployment = await startFourTowards(control.url);
  quoting = setInterval(
    () => alpha.quote('269=0 270=1.0849 271=10000000 269=1 270=1.0851 271=10000000'),
    100,
  );
  rest = await signIn(deployment.http);
  client = await new FixClient({
    port: deployment.ports['port-01']!,
    senderCompId: 'DEMO1',
    targetCompId: 'TIDEGATE',
    username: 'DEMO1',
    password: 'demo-only',
  }).logOn();
}, 120_000);

afterAll(async () => {
  clearInterval(quoting);
  await client?.stop();
  await deployment?.stop();
  control?.close();
  await alpha.stop();
}, 60_000);

interface Sent {
  readonly clOrdId: string;
  readonly atMs: number;
  /** By REST: what was answered. */
  readonly answer?: Promise<{ readonly status: number; readonly code: string | undefined }>;
}

/** By its size, of which each has its own. */
const orders = new Map<number, Sent>();

function sendByFix(quantity: number): Sent {
  const sent = { clOrdId: `f-${quantity}`, atMs: Date.now() };
  client.order({
    clOrdId: sent.clOrdId,
    symbol: 'EUR/USD',
    side: 'buy',
    quantity: String(quantity),
    timeInForce: 'ioc',
  });
  return sent;
}

function sendByRest(quantity: number): Sent {
  const [clOrdId, atMs] = [`r-${quantity}`, Date.now()];
  const body = {
    clOrdId,
    instrument: 'EURUSD',
    side: 'buy',
    type: 'market',
    timeInForce: 'ioc',
    quantity: String(quantity),
  };
  const answer = fetch(new URL('/api/v1/orders', deployment.http), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${rest.token}`,
      'content-type': 'application/json',
      'x-tidegate-sent-at': new Date(atMs).toISOString(),
    },
    body: JSON.stringify(body),
  }).then(async (response) => {
    const { code } = (await response.json()) as { code?: string };
    return { status: response.status, code };
  });
  return { clOrdId, atMs, answer };
}

/** Until `isOver`, an order each turn, by FIX and by REST. */
async function load(isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const quantity = 1_000 * (orders.size + 1);
    orders.set(quantity, quantity % 3_000 === 0 ? sendByRest(quantity) : sendByFix(quantity));
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

const after = (ms: number) => {
  const untilMs = performance.now() + ms;
  return () => performance.now() >= untilMs;
};
const deals = () => alpha.orders.count((message) => message.get(35) === 'D');

/** SendingTime(52), as milliseconds. */
function sentAtMs(message: ReadonlyMap<number, string>): number {
  const [, year, month, day, time] = /^(\d{4})(\d\d)(\d\d)-(.*)$/.exec(message.get(52)!)!;
  return Date.parse(`${year}-${month}-${day}T${time}Z`);
}

/** What the sender of an order by REST can learn of it. */
async function fateByRest({ clOrdId, answer }: Sent): Promise<string> {
  const { status, code } = await answer!;
  if (status === 422) return `refused ${code}`;
  expect([201, 504]).toContain(status);
  return eventually(
    async () => {
      const found = await rest.get(`/api/v1/clordids/${clOrdId}`);
      if (found.status === 404) return 'never seen';
      const order = found.body as OrderView;
      if (found.status !== 200 || ['new', 'partiallyFilled'].includes(order.status)) return undefined;
      return order.status === 'rejected' ? `refused ${order.code}` : order.status;
    },
    `the fate of ${clOrdId}`,
    30_000,
  );
}

async function fateByFix({ clOrdId }: Sent): Promise<string> {
  const isEnd = (status: string | undefined) => '248C'.includes(status ?? '?');
  const ends = await eventually(
    () => {
      const found = client.reports(clOrdId).filter(({ fields }) => isEnd(fields.get(39)));
      return found.length > 0 ? found : undefined;
    },
    `the fate of ${clOrdId}`,
    60_000,
  );
  expect([clOrdId, ends.length]).toEqual([clOrdId, 1]);
  const { fields } = ends[0]!;
  if (fields.get(39) === '2') return 'filled';
  return fields.get(39) === '8' ? `refused ${fields.get(58)!.split(':')[0]}` : 'canceled';
}

it('deals no order after its moment, and each has one fate that its sender knows', async () => {
  await eventually(async () => {
    const { body } = await rest.get('/api/v1/prices');
    return (body as { state: string }[]).some(({ state }) => state === 'live') || undefined;
  }, 'a live price');
  await load(() => deals() >= 20);
  await deployment.nats.die();
  const goneMs = Date.now();
  const over = after(awayMs);
  await load(over);
  const backMs = Date.now();
  await deployment.nats.comeBack();
  const dealtBefore = deals();
  await load(() => deals() >= dealtBefore + 20);
  const fates = new Map<number, string>();
  await Promise.all(
    [...orders].map(async ([quantity, sent]) => {
      fates.set(quantity, await (sent.answer === undefined ? fateByFix(sent) : fateByRest(sent)));
    }),
  );
  const routes = alpha.orders.received.filter((message) => message.get(35) === 'D');
  const routed = new Set<number>();
  for (const route of routes) {
    const quantity = Number(route.get(38));
    const sent = orders.get(quantity)!;
    expect([quantity, routed.has(quantity)]).toEqual([quantity, false]);
    routed.add(quantity);
    expect(sentAtMs(route)).toBeLessThanOrEqual(sent.atMs + decideMs + routeMs);
  }
  let tooLate = 0;
  for (const [quantity, { clOrdId, atMs, answer }] of orders) {
    const fate = fates.get(quantity)!;
    // Dealt if and only if the provider has it; nobody is told anything else.
    expect([clOrdId, fate === 'filled', fate]).toEqual([clOrdId, routed.has(quantity), fate]);
    if (atMs <= goneMs || atMs + decideMs >= backMs) continue;
    tooLate += 1;
    const expected = answer === undefined ? ['refused TOO_LATE'] : ['refused TOO_LATE', 'never seen'];
    expect([clOrdId, expected]).toEqual([clOrdId, expect.arrayContaining([fate])]);
  }
  expect(tooLate).toBeGreaterThan(100);
  const counts = Map.groupBy(fates.values(), (fate) => fate);
  expect(counts.get('filled')?.length).toBeGreaterThanOrEqual(40);
}, 150_000);
