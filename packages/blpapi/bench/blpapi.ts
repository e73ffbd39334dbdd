/**
 * Market data messages a second from the emulator into TypeScript objects, by the compiled shim and by direct
 * FFI calls:
 *
 *   node packages/blpapi/bench/blpapi.ts [messages]
 *
 * `one thread` makes, polls and decodes the messages on one core, per second of that thread's processor time:
 * the floor is 500,000/s with the shim. `worker` is the real thing by the clock: made and polled in the
 * worker, decoded and delivered on the main thread.
 */
import { openAbi } from '../src/abi.ts';
import type { BlpEvent, BlpSessionOptions } from '../src/contract.ts';
import { BatchDecoder, type RawMessage } from '../src/decode.ts';
import { openFfiPoller } from '../src/ffi.ts';
import { eventsPerPollMax } from '../src/layout.ts';
import { NativeSession } from '../src/native.session.ts';
import type { Poller } from '../src/poller.ts';
import { BlpSession } from '../src/session.ts';
import { openShim, shimPath } from '../src/shim.ts';
import { buildNative, emulatedOptions, emulatorPath, scenarioHost } from '../acceptance/emulated.ts';

export interface BlpapiFigure {
  readonly path: 'one thread' | 'worker';
  readonly decoder: 'shim' | 'ffi';
  readonly messages: number;
  /** Mean fields of a message. */
  readonly fields: number;
  readonly messagesPerSecond: number;
}

const securities = 100;
/** With the two event type fields ten in each quote. */
const fields = ['BID', 'BID_SIZE', 'BID_UPDATE_STAMP_RT', 'ASK', 'ASK_SIZE', 'ASK_UPDATE_STAMP_RT', 'EID'];
const warmUp = 50_000;

const fastHost = (ticks: number): string =>
  scenarioHost(
    'pace fast',
    `ticks ${ticks}`,
    `securities ${securities} "B* Curncy" decimals 5 price 1.1 spread 0.0001`,
  );

const entries = Array.from({ length: securities }, (_, index) => ({
  topic: `B${String(index + 1).padStart(5, '0')} Curncy`,
  fields,
}));

class Count {
  messages = 0;
  fields = 0;
  readonly #now: () => number;
  #begun = 0;
  #ended = 0;
  #counted = 0;

  /** `now` gives microseconds: of the processor where one thread does it all, else of the clock. */
  constructor(now: () => number) {
    this.#now = now;
  }

  add(events: readonly BlpEvent[]): void {
    for (const event of events) {
      if (event.kind !== 'data') continue;
      this.messages++;
      if (this.messages === warmUp) this.#begun = this.#now();
      if (this.messages % 1000 === 0) this.fields += Object.keys(event.fields).length;
    }
    this.#ended = this.#now();
    this.#counted = this.messages - warmUp;
  }

  figure(path: BlpapiFigure['path'], decoder: BlpapiFigure['decoder']): BlpapiFigure {
    const seconds = (this.#ended - this.#begun) / 1e6;
    return {
      path,
      decoder,
      messages: this.messages,
      fields: this.fields / Math.max(1, Math.floor(this.messages / 1000)),
      messagesPerSecond: Math.round(this.#counted / seconds),
    };
  }
}

function processorMicroseconds(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

const clockMicroseconds = (): number => Number(process.hrtime.bigint()) / 1e3;

/** Everything on this thread: emulator, poll, decode. */
function measureOneThread(decoder: 'shim' | 'ffi', messages: number): BlpapiFigure {
  const options = emulatedOptions(fastHost(messages));
  const abi = openAbi(emulatorPath);
  const session = new NativeSession(abi, options, 1);
  const pollerOptions = { session: session.handle, messageBytesMax: 1 << 26, isTimed: false };
  const poller =
    decoder === 'shim'
      ? openShim(shimPath, emulatorPath).openPoller(pollerOptions)
      : openFfiPoller(abi, pollerOptions);
  const count = new Count(processorMicroseconds);
  session.calls.start(null);
  const seen = new Set<string>();
  const batches = new BatchDecoder({
    message: (raw: RawMessage) => {
      seen.add(raw.messageType);
      return undefined;
    },
    log: () => undefined,
    tooLarge: () => undefined,
    failure: (call, code, text) => {
      throw new Error(`${call}: ${code} ${text}`);
    },
  });
  const buffer = new ArrayBuffer(1 << 20);
  const turn = (): void => drain(poller, buffer, batches, count);
  while (!seen.has('SessionStarted')) turn();
  session.calls.openService({ service: '//blp/mktdata', correlationId: 2 });
  while (!seen.has('ServiceOpened')) turn();
  const list = entries.map((entry, index) => ({ ...entry, correlationId: 10 + index, options: [] }));
  for (const { correlationId } of list) batches.keepFields(correlationId, fields);
  session.calls.subscribe({ entries: list });
  while (count.messages < messages) turn();
  poller.close();
  session.destroy();
  return count.figure('one thread', decoder);
}

function drain(poller: Poller, buffer: ArrayBuffer, batches: BatchDecoder, count: Count): void {
  poller.poll(new Uint8Array(buffer), 10, eventsPerPollMax);
  count.add(batches.decode(buffer).events);
}

/** The session as the platform uses it. */
async function measureWorker(decoder: 'shim' | 'ffi', messages: number): Promise<BlpapiFigure> {
  const count = new Count(clockMicroseconds);
  const done = Promise.withResolvers<void>();
  const options: BlpSessionOptions = emulatedOptions(fastHost(messages), { decoder });
  const session = new BlpSession(options, {
    onBatch: ({ events }) => {
      count.add(events);
      if (count.messages >= messages) done.resolve();
    },
    onEnd: () => done.resolve(),
  });
  await session.start();
  await session.openService('//blp/mktdata');
  await session.subscribe(entries);
  await done.promise;
  await session.stop();
  return count.figure('worker', decoder);
}

/** `messages` for the shim; FFI gets a fifth of them. */
export async function measureBlpapi(messages = 2_000_000): Promise<BlpapiFigure[]> {
  buildNative();
  const few = Math.max(warmUp * 2, Math.round(messages / 5));
  return [
    measureOneThread('shim', messages),
    measureOneThread('ffi', few),
    await measureWorker('shim', messages),
    await measureWorker('ffi', few),
  ];
}

if (process.argv[1] === import.meta.filename)
  console.table(await measureBlpapi(process.argv[2] === undefined ? undefined : Number(process.argv[2])));
