/**
 * `npm run bench -- quotes`: quotes a second that one process takes from a provider while every subscriber is
 * conflated at ten a second and orders go on. A rung holds when orders keep their time and prices are not
 * old: quotes that wait in a socket are not taken. Each rung has a platform of its own.
 */
import { WebSocket } from 'ws';
import { signIn } from '../../platform.ts';
import { Figures } from '../figures.ts';
import { BenchProvider, logOn, readTick, subscribe } from '../journeys.ts';
import { Usage } from '../machine.ts';
import { Latencies } from '../measure.ts';
import { highestRung } from '../orders/ladder.ts';
import { firmsOf, refusalsOf, runLoad, wasLate } from '../orders/load.ts';
import type { LoadReport } from '../orders/order.load.ts';
import { monoMs } from '../pace.ts';
import { startTarget, type PlatformTarget } from '../targets.ts';
import { ageOf, type QuoteOrder } from '../ticks.ts';

const rungs = [10_000, 20_000, 30_000, 40_000, 60_000, 80_000, 120_000] as const;
const floor = 60_000;
const orderRate = 500;
const orderMsMax = 10;
const conflatedMs = 100;
/** Waits for its turn, and as long again for what the machine does meanwhile. */
const priceMsMax = 2 * conflatedMs;
const seconds = { whole: 20, quick: 5 } as const;
const warmUp = { rate: orderRate, seconds: 5 };
/** Quotes go on until the orders are answered. */
const spareSeconds = 5;
const settleMs = 1_000;
/** The provider's own lateness at the end beyond which it was the bottleneck. */
const providerLateMsMax = 500;

interface Rung {
  readonly report: LoadReport;
  readonly ageMsP99: number;
  readonly share: number;
  readonly providerLateMs: number;
}

export async function benchQuotes(isQuick: boolean): Promise<Figures> {
  const figures = new Figures('quotes');
  const length = isQuick ? seconds.quick : seconds.whole;
  const passed = new Map<number, Rung>();
  const highest = await highestRung(rungs, floor, async (rate) => {
    const rung = await climb(rate, length);
    passed.set(rate, rung);
    figures.say(`  ${rate}/s ${holds(rung) ? 'holds' : 'does not hold'}: ${textOf(rung)}`);
    return holds(rung);
  });
  const conditions =
    `12 instruments, 5 levels, one provider; FIX and WebSocket subscribers conflated at 10/s, prices ≤ ` +
    `${priceMsMax} ms old, ${orderRate} market orders/s with p99 ≤ ${orderMsMax} ms; ` +
    `${length} s a rung of ${rungs.join(' ')}`;
  figures.add({
    name: 'taken by one process',
    unit: 'quotes/s',
    value: highest,
    floor: { atLeast: floor },
    conditions,
  });
  const rung = passed.get(highest);
  if (rung === undefined) return figures;
  const add = (name: string, value: number): void => figures.add({ name, unit: 'ms', value, conditions });
  add('order to fill at that rate p99', rung.report.p99);
  add('age of prices at that rate p99', rung.ageMsP99);
  return figures;
}

const holds = ({ report, ageMsP99, providerLateMs }: Rung): boolean =>
  !report.isAbandoned &&
  report.answered === report.sent &&
  refusalsOf(report) === '' &&
  report.p99 <= orderMsMax &&
  ageMsP99 <= priceMsMax &&
  providerLateMs <= providerLateMsMax;

async function climb(rate: number, length: number): Promise<Rung> {
  const provider = await BenchProvider.start();
  try {
    const environment = { FIX_FLUSH_MS: String(conflatedMs), PRICE_FLUSH_MS: String(conflatedMs) };
    const target = await startTarget('one', provider, environment);
    try {
      return await measure(target, provider, rate, length);
    } finally {
      await target.stop();
    }
  } finally {
    await provider.stop();
  }
}

async function measure(
  target: PlatformTarget,
  provider: BenchProvider,
  rate: number,
  length: number,
): Promise<Rung> {
  const ages = new Latencies();
  const count = rate * (warmUp.seconds + length + spareSeconds);
  const socket = await subscriber(target.ready.http);
  const schedule: QuoteOrder = { startMs: monoMs() + settleMs, rate, count, quantumMs: 1 };
  let isMeasured = false;
  const client = await logOn(target.quotes, false, (message) =>
    readTick(message, (symbol, bid) => {
      const nowMs = monoMs();
      if (isMeasured) ages.add(ageOf(schedule, { symbol, bid: bid + target.markupPoints, nowMs }));
    }),
  );
  subscribe(client.session);
  const quoted = provider.quote(schedule).then(() => monoMs());
  quoted.catch(() => undefined);
  const usage = new Usage(target.ready.pid);
  const measured = { rate: orderRate, seconds: length };
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  const load = { sessions: firmsOf(target, 3), warmUps: [warmUp], measured, limitMs: orderMsMax };
  const report = await runLoad(load, () => {
    isMeasured = true;
    usage.begin();
  });
  isMeasured = false;
  const share = usage.share();
  const endMs = schedule.startMs + (count / rate) * 1_000;
  const doneMs = report.isAbandoned ? endMs : await quoted;
  await client.stop();
  socket.terminate();
  return { report, share, ageMsP99: ages.percentile(99), providerLateMs: Math.max(0, doneMs - endMs) };
}

/** Everything that a desk shows, at its pace. */
async function subscriber(http: string): Promise<WebSocket> {
  const { token } = await signIn(http);
  const socket = new WebSocket(new URL('/api/v1/stream', http.replace('http', 'ws')));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  socket.send(JSON.stringify({ op: 'auth', token }));
  socket.send(JSON.stringify({ op: 'subscribe', id: 'prices', channel: 'prices' }));
  return socket;
}

function textOf({ report, ageMsP99, share, providerLateMs }: Rung): string {
  const ms = (value: number): string => `${value.toFixed(1)} ms`;
  const refused = refusalsOf(report);
  return [
    `orders p50 ${ms(report.p50)}, p99 ${ms(report.p99)}, prices p99 ${ms(ageMsP99)} old`,
    `${Math.round(share * 100)} % of a core`,
    ...(refused === '' ? [] : [refused]),
    ...(report.isAbandoned ? ['given up'] : []),
    ...(wasLate(report) ? [`the generator was late itself, p99 ${ms(report.lateMsP99)}`] : []),
    ...(providerLateMs > providerLateMsMax ? [`the provider was late itself, ${ms(providerLateMs)}`] : []),
  ].join(', ');
}
