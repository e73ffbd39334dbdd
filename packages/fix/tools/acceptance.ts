/**
 * `npm run fix:acceptance -- --host 127.0.0.1 --port N`: an acceptor set up as the field's acceptance suites
 * expect one. A suite's runner logs on to its sessions one after the other, says what its scenarios say, and
 * compares every field of the answers.
 *
 * Prints `listening on HOST:PORT` when it serves, ends on SIGTERM and SIGINT.
 */
import { parseArgs } from 'node:util';
import { copyBody } from '@tidegate/fix/codec/echo';
import { applVerIdOf, type BeginString } from '@tidegate/fix/dictionary/versions';
import type { Application, SessionHandle } from '@tidegate/fix/session/application';
import type { SessionSettings } from '@tidegate/fix/session/settings';
import { MemoryStore } from '@tidegate/fix/session/store.memory';
import { Acceptor } from '@tidegate/fix/transport/acceptor';
import type { LogonDecision, LogonRequest } from '@tidegate/fix/transport/contract';
import type { Message } from '@tidegate/fix/codec/fields';

const OUR_COMP_ID = 'ISLD';
const UNSUPPORTED_MESSAGE_TYPE = 3;
const PARENT_POLL_MS = 500;
/** A suite connects from one address as fast as it can, and much of what it says is refused. */
const UNLIMITED = {
  connectionsPerSecond: 1_000_000,
  connectionsPerSecondPerAddress: 1_000_000,
  refusedLogonsMax: 0,
  refusedLogonsPerAddressMax: 0,
};

/**
 * The scenario of a wrong SendingTime stamps it 121 s ahead, to the second; some of that is gone on arrival.
 */
const MAX_LATENCY_MS = 119_000;
/** BeginString by the CompID of who may log on. */
const PARTIES: ReadonlyMap<string, BeginString> = new Map([
  ['TW40', 'FIX.4.0'],
  ['TW41', 'FIX.4.1'],
  ['TW42', 'FIX.4.2'],
  ['TW43', 'FIX.4.3'],
  ['TW44', 'FIX.4.4'],
  ['TW50', 'FIXT.1.1'],
  ['TW50SP1', 'FIXT.1.1'],
  ['TW50SP2', 'FIXT.1.1'],
  ['TW', 'FIX.4.4'],
  ['NO_CHECK_FIELDS_HAVE_VALUES', 'FIX.4.4'],
]);

function admit(request: LogonRequest): LogonDecision {
  const { beginString, senderCompId, targetCompId, defaultVersion } = request;
  const isKnown = targetCompId === OUR_COMP_ID && PARTIES.get(senderCompId) === beginString;
  if (!isKnown || (beginString === 'FIXT.1.1' && defaultVersion === undefined)) {
    return { accept: false, text: 'unknown session', isSilent: true };
  }
  const settings: SessionSettings = {
    beginString: beginString as BeginString,
    senderCompId: OUR_COMP_ID,
    targetCompId: senderCompId,
    resetOnLogon: true,
    maxLatencyMs: MAX_LATENCY_MS,
    ...(defaultVersion === undefined ? {} : { defaultVersion }),
    ...(senderCompId === 'NO_CHECK_FIELDS_HAVE_VALUES'
      ? { validation: { validateFieldsHaveValues: false } }
      : {}),
  };
  return { accept: true, settings, store: new MemoryStore(), application: new Echo(settings) };
}

/** Sends orders, security definitions and emails back as they came; refuses everything else. */
class Echo implements Application {
  readonly #isEarly: boolean;
  readonly #defaultApplVerId: string | undefined;
  readonly #seen = new Set<string>();

  constructor({ beginString, defaultVersion }: SessionSettings) {
    this.#isEarly = beginString === 'FIX.4.0' || beginString === 'FIX.4.1';
    this.#defaultApplVerId = defaultVersion === undefined ? undefined : applVerIdOf(defaultVersion);
  }

  onLogout(): void {
    this.#seen.clear();
  }

  onMessage(message: Message, session: SessionHandle): void {
    const { msgType } = message;
    const isEchoed = msgType === 'D' || msgType === 'C' || (msgType === 'd' && !this.#isEarly);
    if (!isEchoed) return this.#refuse(message, session);
    if (msgType === 'D') {
      const clOrdId = message.text(11) ?? '';
      if (message.possResend && this.#seen.has(clOrdId)) return;
      this.#seen.add(clOrdId);
    }
    session.send(msgType, (fields) => {
      if (message.possResend) fields.boolean(97, true);
      copyBody(message, fields);
    });
  }

  #refuse(message: Message, session: SessionHandle): void {
    if (this.#isEarly) {
      session.send('3', (fields) => {
        fields.int(45, message.seqNum).text(58, 'Unsupported message type');
      });
      return;
    }
    session.send('j', (fields) => {
      fields.int(45, message.seqNum).text(58, 'Unsupported Message Type').text(372, message.msgType);
      fields.int(380, UNSUPPORTED_MESSAGE_TYPE);
      if (this.#defaultApplVerId !== undefined) fields.text(1137, this.#defaultApplVerId);
    });
  }
}

const { values } = parseArgs({
  options: { host: { type: 'string', default: '127.0.0.1' }, port: { type: 'string', default: '0' } },
});
const acceptor = new Acceptor({
  host: values.host,
  port: Number(values.port),
  authenticate: admit,
  limits: UNLIMITED,
});
await acceptor.listen();
process.stdout.write(`listening on ${values.host}:${acceptor.port}\n`);
const stop = (): void => void acceptor.close().then(() => process.exit(0));
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
// Who started us can't pass on its own kill -9, and the port must be free for the next run.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.exit(0);
}, PARENT_POLL_MS).unref();
