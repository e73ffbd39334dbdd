/**
 * The Bloomberg service measured over the emulator library: messages a second from the library to quotes on
 * the bus, latency at a constant rate, and what it costs to serve many conflated WebSocket clients. The
 * service runs headless, in this process; the clients are a child process, so that only the server's work
 * counts. Emulator and polling thread are in this process, too, and their work is counted.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { BlpBatch, BlpSessionListener } from '@tidegate/blpapi/contract';
import { openLibrary } from '@tidegate/blpapi/library';
import { BlpSession } from '@tidegate/blpapi/session';
import { MemoryBus } from '@tidegate/platform/bus/bus.memory';
import { Epochs } from '@tidegate/platform/sql/epochs';
import { systemClock } from '@tidegate/platform/observe/clock';
import { loadSettings } from '@tidegate/platform/configuration/config';
import { buildSnapshot } from '@tidegate/platform/configuration/configuration.documents';
import { Metrics } from '@tidegate/platform/observe/metrics';
import { silentLog } from '@tidegate/platform/testing/database';
import { sessionOptions, type Binding } from '@tidegate/services/bloomberg/binding';
import { Bloomberg } from '@tidegate/services/bloomberg/bloomberg';
import { emulatorPath } from '@tidegate/services/bloomberg/library.path';
import { demoDocuments } from '@tidegate/services/start/demo';
import { quoteTopic } from '@tidegate/wire/topics';
import { WebSocket } from 'ws';
import { measureBlpapi } from '../../packages/blpapi/bench/blpapi.ts';
import { Latencies, type BenchReport, type Result } from './measure.ts';
import { monoMs } from './pace.ts';

const floors = { decodedPerSecond: 500_000, messagesPerSecond: 100_000, p99Ms: 2, cpuShare: 0.5 };
const settleMs = 2_000;
const clientCount = 200;
const perClient = 50;
/** A user has a limit of connections. */
const userCount = 8;
const securityCount = 100;

const security = (index: number): string => `S${String(index + 1).padStart(5, '0')} Curncy`;
const instrumentId = (index: number): string => `I${String(index + 1).padStart(5, '0')}`;

/** Instruments with prices of the emulator's scale, all mapped to its securities. */
function snapshot(instruments: number) {
  const documents = demoDocuments('none', 'none').filter(({ kind }) => kind !== 'feed');
  const example = documents.find(({ kind }) => kind === 'instrument')!;
  const admin = documents.find(({ kind }) => kind === 'user')!;
  const ids = Array.from({ length: instruments }, (_, index) => instrumentId(index));
  const feed = {
    kind: 'feed',
    body: {
      id: 'bloomberg',
      name: 'Bloomberg',
      enabled: true,
      staleAfterMs: 10_000,
      securities: Object.fromEntries(ids.map((id, index) => [id, security(index)])),
      rights: [{ roles: ['admin'], services: ['*'], fields: ['*'] }],
    },
  };
  const more = ids.map((id) => ({ kind: 'instrument', body: { ...example.body, id, symbol: id } }));
  const users = Array.from({ length: userCount }, (_, index) => ({
    kind: 'user',
    body: { ...admin.body, id: `user${index}` },
  }));
  const rows = [...documents, ...more, ...users, feed].map(({ kind, body }, index) => ({
    version: index + 1,
    kind,
    id: body.id,
    body,
  }));
  const built = buildSnapshot(rows);
  if ('refusal' in built) throw new Error(built.refusal.text);
  return built.snapshot;
}

export interface Headless {
  readonly service: Bloomberg;
  readonly bus: MemoryBus;
  stop(): Promise<void>;
}

/** The service alone, on an in-process bus, over the emulator with this scenario. */
export async function startHeadless(
  scenario: readonly string[],
  instruments: number,
  onBatch: (batch: BlpBatch, service: Bloomberg) => void = () => undefined,
): Promise<Headless> {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-bench-'));
  const path = join(folder, 'scenario');
  writeFileSync(path, `${scenario.join('\n')}\n`);
  const settings = loadSettings({ BLOOMBERG_PORT: '0', BLOOMBERG_HITS_PER_DAY: '0' }, []);
  if (Array.isArray(settings)) throw new Error('the settings are not good');
  const options = {
    ...sessionOptions(emulatorPath, settings, true, 'bench'),
    servers: [{ host: `scenario:${path}`, port: 8194 }],
    recordReceiveTimes: true,
  };
  const listen = (listener: BlpSessionListener): BlpSessionListener => ({
    onBatch: (batch) => {
      const done = listener.onBatch(batch);
      onBatch(batch, service);
      return done;
    },
    onEnd: (end) => listener.onEnd(end),
  });
  const binding: Binding = {
    open: () =>
      Promise.resolve({
        description: openLibrary(emulatorPath),
        session: (listener) => new BlpSession(options, listen(listener)),
        authorise: () => Promise.resolve(undefined),
      }),
  };
  const bus = new MemoryBus();
  const current = snapshot(instruments);
  const service: Bloomberg = new Bloomberg({
    binding,
    bus,
    clock: systemClock,
    epochs: new Epochs(1),
    configuration: { current, onChange: () => () => undefined },
    events: { record: () => undefined },
    log: silentLog,
    metrics: new Metrics({ includeProcess: false }),
    settings,
    tokens: { verify: (user) => Promise.resolve(claimsOf(user)) },
    usage: { load: () => Promise.resolve({ rows: [], securities: [] }), add: () => Promise.resolve() },
  });
  await service.start();
  return {
    service,
    bus,
    stop: async () => {
      await service.stop();
      await bus.close();
      rmSync(folder, { recursive: true });
    },
  };
}

const claimsOf = (user: string) => ({
  id: user,
  user,
  role: 'admin' as const,
  firm: 'house',
  signedInAtMs: systemClock.nowMs(),
  expiresAtMs: systemClock.nowMs() + 3_600_000,
  endsAtMs: systemClock.nowMs() + 3_600_000,
});

const securities = (count: number, rate: number): string =>
  `securities ${count} "S* Curncy" price 1.08502 decimals 5 spread 0.00004 volatility 0.00003 ` +
  `size 1000000 rate ${rate}`;

/** As fast as the emulator can: the queue is always full, back-pressure decides. */
async function messagesPerSecond(seconds: number): Promise<number> {
  const target = await startHeadless(
    [securities(securityCount, 1_000), 'pace fast', 'batch 64'],
    securityCount,
  );
  let delivered = 0;
  target.bus.subscribe(quoteTopic('bloomberg', '*'), () => (delivered += 1), { conflate: true });
  try {
    await delay(settleMs);
    const [from, fromMs] = [target.service.table.ticks, monoMs()];
    await delay(seconds * 1_000);
    const rate = ((target.service.table.ticks - from) * 1_000) / (monoMs() - fromMs);
    if (delivered === 0) throw new Error('no quote reached the bus');
    return rate;
  } finally {
    await target.stop();
  }
}

/** From receipt in the library to the handler of a subscriber on the bus, of every message. */
async function latencies(ratePerSecond: number, seconds: number): Promise<Latencies> {
  const measured = new Latencies();
  let isMeasuring = false;
  const pending: { readonly batch: BlpBatch; readonly published: number }[] = [];
  const target = await startHeadless(
    [securities(securityCount, ratePerSecond / securityCount)],
    securityCount,
    (batch, service) => {
      if (isMeasuring) pending.push({ batch, published: service.quotes.published });
    },
  );
  let delivered = 0;
  target.bus.subscribe(quoteTopic('bloomberg', '*'), () => {
    delivered += 1;
    while (pending.length > 0 && pending[0]!.published <= delivered) settle(pending.shift()!.batch, measured);
  });
  try {
    await delay(settleMs);
    delivered = target.service.quotes.published; // nothing waits between two turns
    isMeasuring = true;
    await delay(seconds * 1_000);
    return measured;
  } finally {
    await target.stop();
  }
}

function settle({ events, takenAtMs }: BlpBatch, into: Latencies): void {
  const ours = monoMs() - takenAtMs;
  for (const event of events) if (event.kind === 'data') into.add(ours + (event.receiveDelayNs ?? 0) / 1e6);
}

/** Share of one core that this process uses while it serves the clients. */
async function cpuShare(seconds: number): Promise<{ readonly share: number; readonly updates: number }> {
  const target = await startHeadless([securities(500, 10)], 1);
  const child = fork(fileURLToPath(import.meta.url), ['clients', target.service.server.address!], {
    execArgv: process.execArgv,
  });
  const told = async (): Promise<number> => ((await once(child, 'message')) as [number])[0];
  try {
    await told(); // all have their snapshots
    await delay(settleMs);
    child.send('count');
    const before = await told();
    const [from, fromMs] = [process.cpuUsage(), monoMs()];
    await delay(seconds * 1_000);
    const used = process.cpuUsage(from);
    const ms = monoMs() - fromMs;
    child.send('count');
    const updates = ((await told()) - before) / (ms / 1_000);
    return { share: (used.user + used.system) / 1_000 / ms, updates };
  } finally {
    child.kill();
    await target.stop();
  }
}

/** The child: clients that read and count. */
async function runClients(address: string): Promise<void> {
  let updates = 0;
  let ready = 0;
  const sockets = Array.from({ length: clientCount }, (_, client) => {
    const socket = new WebSocket(`${address.replace('http', 'ws')}/stream`);
    let isReady = false;
    socket.on('open', () => {
      socket.send(JSON.stringify({ op: 'auth', token: `user${client % userCount}` }));
      const subscriptions = Array.from({ length: perClient }, (__, index) => ({
        correlationId: index,
        security: security((client * 7 + index) % 500),
        fields: ['BID', 'ASK'],
        conflateMs: 200,
      }));
      socket.send(JSON.stringify({ op: 'subscribe', subscriptions }));
    });
    socket.on('message', (data: Buffer) => {
      for (let at = data.indexOf('"sequence"'); at >= 0; at = data.indexOf('"sequence"', at + 1))
        updates += 1;
      if (isReady || updates === 0) return;
      isReady = true;
      ready += 1;
      if (ready === clientCount) process.send!(updates);
    });
    return socket;
  });
  process.on('message', () => process.send!(updates));
  process.on('disconnect', () => process.exit());
  await Promise.all(sockets.map((socket) => once(socket, 'close')));
}

/** Each floor is missed when the value is on its wrong side. */
export async function benchBloomberg(seconds = 10): Promise<BenchReport> {
  let missed = 0;
  const results: Result[] = [];
  const report = (
    name: string,
    unit: string,
    value: number,
    [bound, floor]: readonly ['least' | 'most', number] | readonly ['none', 0],
    conditions: string,
  ): void => {
    const isKept = bound === 'none' || (bound === 'least' ? value >= floor : value <= floor);
    if (!isKept) missed += 1;
    const asked =
      bound === 'none' ? '' : `  (${bound === 'least' ? '≥' : '≤'} ${floor}${isKept ? '' : ': MISSED'})`;
    process.stdout.write(`${name.padEnd(40)} ${value.toFixed(3)} ${unit}${asked}   ${conditions}\n`);
    const ratio = bound === 'none' ? 0 : Math.round((value / floor) * 1_000) / 1_000;
    results.push({ name, unit, value, peer: 'floor', peerValue: floor, ratio, conditions });
  };
  for (const { path, decoder, fields, messagesPerSecond } of await measureBlpapi()) {
    const isFloor = path === 'one thread' && decoder === 'shim';
    report(
      `blpapi: library to objects, ${path}, ${decoder}`,
      'messages/s',
      messagesPerSecond,
      isFloor ? ['least', floors.decodedPerSecond] : ['none', 0],
      `${fields.toFixed(1)} fields a message`,
    );
  }
  const rate = await messagesPerSecond(seconds);
  report('blpapi: library to bus', 'messages/s', rate, ['least', floors.messagesPerSecond], '100 securities');
  const measured = await latencies(50_000, seconds);
  const seen = `50000/s asked for, ${Math.round(measured.count / seconds)}/s seen, 100 securities`;
  report('blpapi: library to bus p50', 'ms', measured.percentile(50), ['none', 0], seen);
  report('blpapi: library to bus p99', 'ms', measured.percentile(99), ['most', floors.p99Ms], seen);
  report('blpapi: library to bus p99.9', 'ms', measured.percentile(99.9), ['none', 0], seen);
  const { share, updates } = await cpuShare(seconds);
  const clients = `${clientCount} clients × ${perClient} securities: ${Math.round(updates)} updates/s`;
  report('blpapi: WebSocket clients', 'cores', share, ['most', floors.cpuShare], clients);
  return { results, missed };
}

if (process.argv[1] === import.meta.filename) {
  if (process.argv[2] === 'clients') await runClients(process.argv[3]!);
  else await benchBloomberg(Number(process.argv[2] ?? 5));
}
