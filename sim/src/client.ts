/**
 * A FIX client on our own initiator, for tests and load: towards a simulated provider as the platform, or
 * towards the platform as a client firm. It keeps everything it hears and lets a test wait for conditions,
 * never for time.
 */
import { mkdirSync } from 'node:fs';
import type { FieldWriter, Message } from '@tidegate/fix/codec/fields';
import { Tag } from '@tidegate/fix/dictionary/tags44';
import type { Application, SessionHandle } from '@tidegate/fix/session/application';
import type { SessionStore } from '@tidegate/fix/session/store';
import { FileStore } from '@tidegate/fix/session/store.file';
import { MemoryStore } from '@tidegate/fix/session/store.memory';
import { Initiator } from '@tidegate/fix/transport/initiator';
import type { ClientBook, ReceivedMessage } from './client.received.ts';
import { applyQuotes, fillOf, received } from './client.received.ts';
import type { BookedFill } from './reconcile.ts';
import { isReconciled, reconcile } from './reconcile.ts';

export interface FixClientOptions {
  readonly host?: string;
  readonly port: number;
  /** Where else the platform is, tried in turn. */
  readonly otherPorts?: readonly number[];
  readonly senderCompId: string;
  readonly targetCompId: string;
  readonly username?: string;
  readonly password?: string;
  /** Market data: sequence numbers start at 1 with each logon and nothing is stored. */
  readonly marketData?: boolean;
  /** Directory for sequence numbers and messages, so that the client can be killed and come back. */
  readonly directory?: string;
  /** A store of the caller's instead, to hand the session on to a next client in the same process. */
  readonly store?: SessionStore;
  readonly heartBtInt?: number;
  /** For an answer to a Logon, before the next address is tried. */
  readonly logonTimeoutMs?: number;
  /** `count`: quotes are counted and not read, for load. Default `books`. */
  readonly quotes?: 'books' | 'count';
  readonly reconnectMinMs?: number;
  readonly reconnectMaxMs?: number;
}

export interface ClientOrder {
  readonly clOrdId: string;
  readonly symbol: string;
  readonly side: 'buy' | 'sell';
  /** Decimal text. */
  readonly quantity: string;
  /** Limit price; a market order without it. */
  readonly price?: string;
  readonly timeInForce?: 'day' | 'gtc' | 'ioc' | 'fok';
  readonly account?: string;
}

export interface ClientChange {
  readonly clOrdId: string;
  readonly origClOrdId: string;
  readonly symbol: string;
  readonly side: 'buy' | 'sell';
  readonly quantity: string;
  /** Replace only. */
  readonly price?: string;
}

export interface SubscriptionRequest {
  readonly mdReqId: string;
  readonly symbols: readonly string[];
  /** Levels; 0 for the full book. */
  readonly depth?: number;
  readonly updates?: 'full' | 'incremental' | 'none';
}

/**
 * Messages kept of each kind; beyond that the client has a bug or is used for load without `quotes: 'count'`.
 */
const MESSAGES_MAX = 1_000_000;
const CONNECT_FAILURES_MAX = 100;
const WAIT_MS_DEFAULT = 10_000;
const timeInForceChars = { day: '0', gtc: '1', ioc: '3', fok: '4' } as const;

interface Waiter {
  /** Only messages with this ClOrdID can change its condition. */
  readonly clOrdId: string | undefined;
  check(): void;
  fail(error: Error): void;
}

export interface WaitOptions {
  /** For the error when it does not come. */
  readonly what?: string;
  readonly timeoutMs?: number;
  /** Ask the condition only after messages with this ClOrdID: for thousands of orders at once. */
  readonly clOrdId?: string;
}

export class FixClient {
  /** Everything but quotes, in the order of receipt: 8, 9, j, Y and others; Reject(3) too. */
  readonly messages: ReceivedMessage[] = [];
  /** By ExecID. */
  readonly fills = new Map<string, BookedFill>();
  /** ExecIDs of trades that came twice as new. */
  readonly repeatedExecIds: string[] = [];
  /** By symbol. */
  readonly books = new Map<string, ClientBook>();
  /** W and X received. */
  quotes = 0;
  logons = 0;
  readonly logoutReasons: string[] = [];
  /** Connections that did not come to a logon: the last reasons. */
  readonly connectFailures: string[] = [];
  readonly #initiator: Initiator;
  readonly #options: FixClientOptions;
  readonly #reports: ReceivedMessage[] = [];
  readonly #reportsByClOrdId = new Map<string, ReceivedMessage[]>();
  readonly #waiters = new Set<Waiter>();
  readonly #waitersByClOrdId = new Map<string, Set<Waiter>>();
  #failure: Error | undefined;

  constructor(options: FixClientOptions) {
    this.#options = options;
    const { marketData = false, directory, username, password } = options;
    if (directory !== undefined) mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#initiator = new Initiator({
      hosts: [options.port, ...(options.otherPorts ?? [])].map((port) => ({
        host: options.host ?? '127.0.0.1',
        port,
      })),
      settings: {
        beginString: 'FIX.4.4',
        senderCompId: options.senderCompId,
        targetCompId: options.targetCompId,
        heartBtInt: options.heartBtInt ?? 30,
        ...(options.logonTimeoutMs === undefined ? {} : { logonTimeoutMs: options.logonTimeoutMs }),
        persistMessages: !marketData,
        resetOnLogon: marketData,
      },
      store: options.store ?? storeOf(options),
      application: this.#application(),
      reconnectMinMs: options.reconnectMinMs ?? 20,
      reconnectMaxMs: options.reconnectMaxMs ?? 200,
      onConnectFailed: ({ reason }) => {
        this.connectFailures.push(reason);
        if (this.connectFailures.length > CONNECT_FAILURES_MAX) this.connectFailures.shift();
        this.#happened();
      },
      logonFields: (fields) => {
        if (username !== undefined) fields.text(Tag.Username, username);
        if (password !== undefined) fields.text(Tag.Password, password);
      },
    });
  }

  get session(): SessionHandle {
    return this.#initiator.session;
  }

  get isLoggedOn(): boolean {
    return this.session.isLoggedOn;
  }

  /** Starts to connect and waits for the logon. */
  async logOn(timeoutMs = WAIT_MS_DEFAULT): Promise<this> {
    await this.#initiator.start();
    await this.until(() => this.isLoggedOn, { what: 'logon', timeoutMs });
    return this;
  }

  /** Starts to connect; `until` tells more. */
  start(): Promise<void> {
    return this.#initiator.start();
  }

  stop(text?: string): Promise<void> {
    return this.#initiator.stop(text);
  }

  /** Reports (8) on one order, in the order of receipt; all without an argument. */
  reports(clOrdId?: string): readonly ReceivedMessage[] {
    return clOrdId === undefined ? this.#reports : (this.#reportsByClOrdId.get(clOrdId) ?? []);
  }

  ofType(msgType: string): ReceivedMessage[] {
    return this.messages.filter((message) => message.msgType === msgType);
  }

  /**
   * The first value of the condition that is neither false nor undefined; asked after each message and event.
   */
  async until<T>(condition: () => T | false | undefined, options: WaitOptions = {}): Promise<T> {
    const timeoutMs = options.timeoutMs ?? WAIT_MS_DEFAULT;
    if (this.#failure !== undefined) throw this.#failure;
    const first = condition();
    if (first !== undefined && first !== false) return first;
    return new Promise<T>((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waitersOf(waiter.clOrdId).delete(waiter);
      };
      const fail = (error: Error): void => {
        end();
        reject(error);
      };
      const waiter: Waiter = {
        clOrdId: options.clOrdId,
        fail,
        check: () => {
          const value = condition();
          if (value === undefined || value === false) return;
          end();
          resolve(value);
        },
      };
      const timer = setTimeout(() => {
        const what = options.what ?? condition.toString();
        fail(new Error(`not within ${timeoutMs} ms: ${what}; ${this.#summary()}`));
      }, timeoutMs);
      this.#waitersOf(waiter.clOrdId).add(waiter);
    });
  }

  /** Waits for a report on the order with this ExecType, or any of these. */
  report(clOrdId: string, execTypes: string): Promise<ReceivedMessage> {
    return this.until(
      () => this.reports(clOrdId).find((each) => execTypes.includes(each.fields.get(Tag.ExecType) ?? '?')),
      { what: `report ${execTypes} on ${clOrdId}`, clOrdId },
    );
  }

  /** Waits until the order is filled, canceled, rejected or expired; gives the report that says so. */
  ended(clOrdId: string): Promise<ReceivedMessage> {
    return this.until(
      () => this.reports(clOrdId).find((each) => '248C'.includes(each.fields.get(Tag.OrdStatus) ?? '?')),
      { what: `end of ${clOrdId}`, clOrdId },
    );
  }

  /** Waits until these trades are here and no others; throws with the differences. */
  async expectFills(expected: readonly BookedFill[], timeoutMs = WAIT_MS_DEFAULT): Promise<void> {
    try {
      await this.until(() => expected.every((fill) => this.fills.has(fill.execId)), {
        what: 'fills',
        timeoutMs,
      });
    } catch {
      // Told below, with all other differences.
    }
    const differences = reconcile(expected, this.fills.values());
    const all = { ...differences, repeated: [...differences.repeated, ...this.repeatedExecIds] };
    if (!isReconciled(all)) throw new Error(`fills differ: ${JSON.stringify(all)}`);
  }

  subscribe(request: SubscriptionRequest): void {
    const updates = request.updates ?? 'full';
    this.session.send('V', (fields) => {
      fields
        .text(Tag.MDReqID, request.mdReqId)
        .char(Tag.SubscriptionRequestType, updates === 'none' ? '0' : '1')
        .int(Tag.MarketDepth, request.depth ?? 0)
        .char(Tag.MDUpdateType, updates === 'incremental' ? '1' : '0');
      writeSubscribed(fields, request.symbols);
    });
  }

  unsubscribe(request: Pick<SubscriptionRequest, 'mdReqId' | 'symbols'>): void {
    this.session.send('V', (fields) => {
      fields
        .text(Tag.MDReqID, request.mdReqId)
        .char(Tag.SubscriptionRequestType, '2')
        .int(Tag.MarketDepth, 0);
      writeSubscribed(fields, request.symbols);
    });
  }

  order(order: ClientOrder): void {
    this.session.send('D', (fields) => {
      fields.text(Tag.ClOrdID, order.clOrdId);
      if (order.account !== undefined) fields.text(Tag.Account, order.account);
      fields
        .text(Tag.Symbol, order.symbol)
        .char(Tag.Side, sideChar(order.side))
        .utcMillis(Tag.TransactTime, Date.now())
        .text(Tag.OrderQty, order.quantity)
        .char(Tag.OrdType, order.price === undefined ? '1' : '2');
      if (order.price !== undefined) fields.text(Tag.Price, order.price);
      fields.char(Tag.TimeInForce, timeInForceChars[order.timeInForce ?? 'day']);
    });
  }

  cancel(change: Omit<ClientChange, 'price'>): void {
    this.session.send('F', (fields) => writeChange(fields, change));
  }

  replace(change: ClientChange): void {
    this.session.send('G', (fields) => {
      writeChange(fields, change);
      fields.char(Tag.OrdType, change.price === undefined ? '1' : '2');
      if (change.price !== undefined) fields.text(Tag.Price, change.price);
    });
  }

  /** OrderStatusRequest(H). */
  askStatus(order: Pick<ClientOrder, 'clOrdId' | 'symbol' | 'side'>, requestId?: string): void {
    this.session.send('H', (fields) => {
      fields.text(Tag.ClOrdID, order.clOrdId);
      if (requestId !== undefined) fields.text(Tag.OrdStatusReqID, requestId);
      fields.text(Tag.Symbol, order.symbol).char(Tag.Side, sideChar(order.side));
    });
  }

  /** OrderMassStatusRequest(AF) for all orders. */
  askMassStatus(requestId: string): void {
    this.session.send('AF', (fields) => {
      fields.text(Tag.MassStatusReqID, requestId).int(Tag.MassStatusReqType, 7);
    });
  }

  /** Any other message. */
  send(msgType: string, write: (fields: FieldWriter) => void): number {
    return this.session.send(msgType, write);
  }

  #application(): Application {
    return {
      onLogon: () => {
        this.logons += 1;
        this.#happened();
      },
      onLogout: (_session, reason) => {
        this.logoutReasons.push(reason);
        this.#happened();
      },
      onMessage: (message) => {
        let clOrdId: string | undefined;
        try {
          clOrdId = this.#take(message);
        } catch (error) {
          this.#failure = error instanceof Error ? error : new Error(String(error));
        }
        this.#happened(clOrdId);
      },
      onReject: (message) => {
        this.#keep(received(message));
        this.#happened();
      },
    };
  }

  /** Returns the ClOrdID that the message is about, if any. */
  #take(message: Message): string | undefined {
    if (message.msgType === 'W' || message.msgType === 'X') {
      this.quotes += 1;
      if (this.#options.quotes !== 'count') applyQuotes(this.books, message);
      return undefined;
    }
    const kept = received(message);
    this.#keep(kept);
    const fill = fillOf(kept);
    if (fill !== undefined) {
      if (this.fills.has(fill.execId)) this.repeatedExecIds.push(fill.execId);
      else this.fills.set(fill.execId, fill);
    }
    return kept.fields.get(Tag.ClOrdID);
  }

  #keep(message: ReceivedMessage): void {
    if (this.messages.length >= MESSAGES_MAX) throw new Error(`more than ${MESSAGES_MAX} messages`);
    this.messages.push(message);
    const clOrdId = message.fields.get(Tag.ClOrdID);
    if (message.msgType !== '8' || clOrdId === undefined) return;
    this.#reports.push(message);
    const reports = this.#reportsByClOrdId.get(clOrdId);
    if (reports === undefined) this.#reportsByClOrdId.set(clOrdId, [message]);
    else reports.push(message);
  }

  #waitersOf(clOrdId: string | undefined): Set<Waiter> {
    if (clOrdId === undefined) return this.#waiters;
    let waiters = this.#waitersByClOrdId.get(clOrdId);
    if (waiters === undefined) {
      waiters = new Set();
      this.#waitersByClOrdId.set(clOrdId, waiters);
    }
    return waiters;
  }

  /** A message or a change of the session: the conditions that it can change are asked again. */
  #happened(clOrdId?: string): void {
    if (this.#failure !== undefined) {
      const everyone = [this.#waiters, ...this.#waitersByClOrdId.values()].flatMap((waiters) => [...waiters]);
      for (const waiter of everyone) waiter.fail(this.#failure);
      return;
    }
    for (const waiter of this.#waiters) ask(waiter);
    if (clOrdId === undefined) return;
    const waiters = this.#waitersByClOrdId.get(clOrdId);
    if (waiters === undefined) return;
    for (const waiter of waiters) ask(waiter);
    if (waiters.size === 0) this.#waitersByClOrdId.delete(clOrdId);
  }

  #summary(): string {
    const types = new Map<string, number>();
    for (const { msgType } of this.messages) types.set(msgType, (types.get(msgType) ?? 0) + 1);
    const counts = [...types].map(([type, count]) => `${type}×${count}`).join(' ');
    const last = this.messages.at(-1)?.fields.get(Tag.Text);
    return (
      `${this.isLoggedOn ? 'logged on' : 'logged out'}, ${this.quotes} quotes, ${counts}` +
      `${last === undefined ? '' : `, last text "${last}"`}` +
      `, logouts: ${this.logoutReasons.slice(-3).join(' | ')}` +
      `, connecting: ${this.connectFailures.slice(-3).join(' | ')}`
    );
  }
}

function ask(waiter: Waiter): void {
  try {
    waiter.check();
  } catch (error) {
    waiter.fail(error instanceof Error ? error : new Error(String(error)));
  }
}

function storeOf(options: FixClientOptions): SessionStore {
  const { directory, senderCompId, targetCompId } = options;
  if (directory === undefined) return new MemoryStore();
  return new FileStore({ directory, name: `${senderCompId}-${targetCompId}` });
}

function sideChar(side: 'buy' | 'sell'): string {
  return side === 'buy' ? '1' : '2';
}

function writeSubscribed(fields: FieldWriter, symbols: readonly string[]): void {
  fields.int(Tag.NoMDEntryTypes, 2).char(Tag.MDEntryType, '0').char(Tag.MDEntryType, '1');
  fields.int(Tag.NoRelatedSym, symbols.length);
  for (const symbol of symbols) fields.text(Tag.Symbol, symbol);
}

function writeChange(fields: FieldWriter, change: Omit<ClientChange, 'price'>): void {
  fields
    .text(Tag.OrigClOrdID, change.origClOrdId)
    .text(Tag.ClOrdID, change.clOrdId)
    .text(Tag.Symbol, change.symbol)
    .char(Tag.Side, sideChar(change.side))
    .utcMillis(Tag.TransactTime, Date.now())
    .text(Tag.OrderQty, change.quantity);
}
