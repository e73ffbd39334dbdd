/**
 * A simulated provider on the network: a FIX 4.4 port for market data (sessions start at 1 with each logon,
 * nothing is resent) and one for trading (persistent, resent). The shell around `provider.ts`: it owns clock,
 * timer, sockets, stores and the execution log, and carries out what the provider decides.
 */
import { mkdirSync } from 'node:fs';
import type { Application } from '@tidegate/fix/session/application';
import type { SessionStore } from '@tidegate/fix/session/store';
import { FileStore } from '@tidegate/fix/session/store.file';
import { MemoryStore } from '@tidegate/fix/session/store.memory';
import { Acceptor } from '@tidegate/fix/transport/acceptor';
import type { LogonDecision, LogonRequest, SessionSettings } from '@tidegate/fix/transport/contract';
import type { ExecutionLog } from './executions.ts';
import { OrderSessions } from './orders.fix.ts';
import type { Passwords } from './passwords.ts';
import type { Personality } from './personality.ts';
import { Provider } from './provider.ts';
import type { ProviderInput } from './provider.messages.ts';
import { QuoteSessions } from './quotes.fix.ts';

/** The platform's comp ids at every provider. */
export const QUOTES_CLIENT = 'TIDEGATE-MD';
export const ORDERS_CLIENT = 'TIDEGATE-OE';

const HOST = '127.0.0.1';
const LOGOUT_TIMEOUT_MS = 500;
const QUOTES_QUEUED_BYTES_MAX = 256 * 1024;

export interface ProviderServerOptions {
  readonly personality: Personality;
  readonly seed: number;
  readonly executions: ExecutionLog;
  readonly passwords: Passwords;
  /** Mid of the shared market now; `undefined` in manual mode, where only pushed quotes exist. */
  readonly midOf: (symbol: string) => number | undefined;
  /** 0: the system chooses. */
  readonly quotesPort: number;
  readonly ordersPort: number;
  /** Where the trading session keeps its numbers and messages; memory without it. */
  readonly directory?: string | undefined;
  /** Milliseconds since the epoch; does not go back. */
  readonly now: () => number;
}

export class ProviderServer {
  readonly provider: Provider;
  readonly senderCompId: string;
  readonly quotes: QuoteSessions;
  readonly orders: OrderSessions;
  readonly #options: ProviderServerOptions;
  readonly #orderStore: () => SessionStore;
  #quotesAcceptor: Acceptor | undefined;
  #ordersAcceptor: Acceptor | undefined;
  #quotesPort: number;
  #ordersPort: number;
  #timer: NodeJS.Timeout | undefined;
  #timerDueMs = Infinity;
  /** Opening and closing of the ports happens one after the other. */
  #doing: Promise<void> = Promise.resolve();
  #refusedLogons = 0;

  constructor(options: ProviderServerOptions) {
    this.#options = options;
    this.senderCompId = options.personality.venue.toUpperCase();
    this.#quotesPort = options.quotesPort;
    this.#ordersPort = options.ordersPort;
    this.provider = new Provider({
      personality: options.personality,
      seed: options.seed,
      idPrefix: `${this.senderCompId}-${Math.floor(options.now()).toString(36)}-`,
    });
    this.quotes = new QuoteSessions((symbol) => this.#imageOf(symbol));
    this.orders = new OrderSessions((input) => this.decide(input));
    const memory = new MemoryStore();
    const { directory } = options;
    // A file store is opened once per acceptor; the memory store outlives them, as a file would.
    this.#orderStore = (): SessionStore => (directory === undefined ? memory : openFileStore(directory));
  }

  get quotesPort(): number {
    return this.#quotesPort;
  }

  get ordersPort(): number {
    return this.#ordersPort;
  }

  get isListening(): boolean {
    return this.#quotesAcceptor !== undefined;
  }

  get refusedLogons(): number {
    return this.#refusedLogons;
  }

  /** Opens both ports, the same ones again after `disconnect`. Throws when a port is taken. */
  listen(): Promise<void> {
    return this.#inTurn(() => this.#listen());
  }

  /** Logs everyone out, closes both ports: further connections are refused. What there is to say is kept. */
  disconnect(text: string): Promise<void> {
    return this.#inTurn(() => this.#disconnect(text));
  }

  async close(): Promise<void> {
    await this.disconnect('provider closes');
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Gives the provider an input and carries out what it decides. */
  decide(input: ProviderInput): void {
    const outputs = this.provider.decide(input, this.#options.now());
    for (const output of outputs) {
      if (output.kind === 'image') this.quotes.publish(output.image);
      // Booked first, told then.
      else if (output.kind === 'fill') this.#options.executions.add(this.provider.personality.venue, output);
      else this.orders.send(output);
    }
    this.#wakeAt(this.provider.nextDueMs);
  }

  /** A quote around the market's mid, now. */
  tick(symbol: string): void {
    const mid = this.#options.midOf(symbol);
    if (mid !== undefined) this.decide({ kind: 'tick', symbol, mid });
  }

  async #listen(): Promise<void> {
    if (this.#quotesAcceptor !== undefined) return;
    const quotes = this.#acceptor(
      this.#quotesPort,
      this.#settings(QUOTES_CLIENT),
      this.quotes,
      new MemoryStore(),
    );
    const settings = this.#settings(ORDERS_CLIENT);
    const store = this.#orderStore();
    const orders = this.#acceptor(this.#ordersPort, settings, this.orders, store);
    // Before the port opens, so that there is a session to send to from the first moment.
    const session = await orders.register({ settings, store, application: this.orders });
    this.orders.attach(session);
    try {
      await quotes.listen();
      await orders.listen();
    } catch (error) {
      await Promise.all([quotes.close(), orders.close()]);
      throw error;
    }
    this.#quotesAcceptor = quotes;
    this.#ordersAcceptor = orders;
    this.#quotesPort = quotes.port;
    this.#ordersPort = orders.port;
  }

  async #disconnect(text: string): Promise<void> {
    const acceptors = [this.#quotesAcceptor, this.#ordersAcceptor];
    this.#quotesAcceptor = undefined;
    this.#ordersAcceptor = undefined;
    await Promise.all(acceptors.map((acceptor) => acceptor?.close(text) ?? Promise.resolve()));
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#doing.then(work);
    this.#doing = done.catch(() => undefined);
    return done;
  }

  #settings(client: string): SessionSettings {
    const isQuotes = client === QUOTES_CLIENT;
    return {
      beginString: 'FIX.4.4',
      senderCompId: this.senderCompId,
      targetCompId: client,
      heartBtInt: 30,
      persistMessages: !isQuotes,
      resetOnLogon: isQuotes,
      logoutTimeoutMs: LOGOUT_TIMEOUT_MS,
      // Quotes age in a queue: a slow reader misses some early rather than getting old ones late.
      ...(isQuotes ? { sendQueueHighWaterBytes: QUOTES_QUEUED_BYTES_MAX } : {}),
    };
  }

  #acceptor(
    port: number,
    settings: SessionSettings,
    application: Application,
    store: SessionStore,
  ): Acceptor {
    const authenticate = (request: LogonRequest): LogonDecision => {
      if (request.targetCompId !== settings.senderCompId || request.senderCompId !== settings.targetCompId) {
        return { accept: false, text: `unknown comp ids: this port is for ${settings.targetCompId}` };
      }
      if (!this.#options.passwords.accepts(request.username, request.password)) {
        return { accept: false, text: 'wrong username or password' };
      }
      return { accept: true, settings, store, application };
    };
    return new Acceptor({
      host: HOST,
      port,
      authenticate,
      maxConnections: 100,
      onRefused: () => {
        this.#refusedLogons += 1;
      },
    });
  }

  #imageOf(symbol: string): ReturnType<Provider['image']> {
    if (this.provider.switches.isOn('stale', symbol)) return undefined;
    if (this.provider.image(symbol) === undefined) this.tick(symbol);
    return this.provider.image(symbol);
  }

  /** One timer per provider, for its earliest task. */
  #wakeAt(dueMs: number | undefined): void {
    if (dueMs === undefined || (this.#timer !== undefined && dueMs >= this.#timerDueMs)) return;
    clearTimeout(this.#timer);
    this.#timerDueMs = dueMs;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.decide({ kind: 'wake' });
      },
      Math.max(0, Math.ceil(dueMs - this.#options.now())),
    );
  }
}

function openFileStore(directory: string): SessionStore {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return new FileStore({ directory, name: 'orders' });
}
