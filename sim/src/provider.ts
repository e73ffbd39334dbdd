/**
 * One simulated liquidity provider as a pure machine: (state, input, now) → outputs, random only by its seed.
 * The shell (`provider.fix.ts`) gives it market moves and decoded orders, calls it again at `nextDueMs`, and
 * sends what comes out.
 */
import { instrumentsBySymbol } from './instruments.ts';
import type { Personality } from './personality.ts';
import type { ProviderOrder } from './provider.book.ts';
import type { Image, OrderInput, ProviderInput, ProviderOutput } from './provider.messages.ts';
import { OrderDesk } from './provider.orders.ts';
import { Quotes } from './provider.quotes.ts';
import { Random } from './random.ts';
import { Schedule } from './schedule.ts';
import { Switches } from './switches.ts';

type Task =
  | { readonly kind: 'arrival'; readonly input: OrderInput }
  | { readonly kind: 'work'; readonly order: ProviderOrder }
  | { readonly kind: 'image'; readonly image: Image };

/** Orders waiting for their latency or last look, and delayed quotes, beyond this are refused or dropped. */
const TASKS_MAX = 100_000;
const SILENCED_MAX = 100_000;

export interface ProviderOptions {
  readonly personality: Personality;
  readonly seed: number;
  /** Begins every OrderID and ExecID; has to differ between starts, so that no ExecID is given twice. */
  readonly idPrefix: string;
}

export interface ProviderCounters {
  ordersIn: number;
  ordersSilenced: number;
  imagesDropped: number;
  tradesDoubted: number;
}

export class Provider {
  readonly personality: Personality;
  readonly switches = new Switches();
  readonly counters: ProviderCounters = {
    ordersIn: 0,
    ordersSilenced: 0,
    imagesDropped: 0,
    tradesDoubted: 0,
  };
  readonly #random: Random;
  readonly #quotes: Quotes;
  readonly #desk: OrderDesk;
  readonly #tasks = new Schedule<Task>();
  /** Latest due time of an arrival per symbol: a later message of a symbol never overtakes an earlier one. */
  readonly #arrivals = new Map<string, number>();
  /** Orders that met silence and were lost or held, `client SOH ClOrdID` → symbol. */
  readonly #silenced = new Map<string, string>();
  #held: OrderInput[] = [];
  #nowMs = 0;

  constructor(options: ProviderOptions) {
    this.personality = options.personality;
    this.#random = new Random(options.seed, `orders:${options.personality.venue}`);
    this.#quotes = new Quotes(
      options.personality,
      this.switches,
      new Random(options.seed, `quotes:${options.personality.venue}`),
    );
    this.#desk = new OrderDesk({
      personality: options.personality,
      switches: this.switches,
      quotes: this.#quotes,
      random: this.#random,
      idPrefix: options.idPrefix,
      hold: (order, holdMs) => this.#tasks.add(this.#nowMs + holdMs, { kind: 'work', order }),
    });
  }

  get openOrders(): number {
    return this.#desk.openOrders;
  }

  /** When the next task is due, if there is one: call `decide` with `wake` then. */
  get nextDueMs(): number | undefined {
    return this.#tasks.nextDueMs;
  }

  /** Latest quote of a symbol. */
  image(symbol: string): Image | undefined {
    return this.#quotes.image(symbol);
  }

  /** `nowMs`: milliseconds since the epoch. A clock that went back is taken to stand still. */
  decide(input: ProviderInput, nowMs: number): readonly ProviderOutput[] {
    const out: ProviderOutput[] = [];
    this.#nowMs = Math.max(this.#nowMs, nowMs);
    this.#run(out);
    this.#accept(input, out);
    this.#run(out);
    return out;
  }

  #accept(input: ProviderInput, out: ProviderOutput[]): void {
    switch (input.kind) {
      case 'tick': {
        const instrument = instrumentsBySymbol.get(input.symbol);
        if (instrument === undefined) throw new Error(`tick of the unknown symbol ${input.symbol}`);
        const image = this.#quotes.quote(instrument, input.mid, this.#nowMs);
        if (image !== undefined) this.#publish(image, out);
        return;
      }
      case 'push':
        this.#publish(this.#quotes.set(input.symbol, input.bids, input.asks, this.#nowMs), out);
        return;
      case 'switch':
        this.switches.set(input.switch, input);
        if (input.switch === 'silentOrders') this.#endSilence(out);
        return;
      case 'endOfDay':
        this.#desk.endOfDay(this.#nowMs, out);
        return;
      case 'dontKnow':
        this.counters.tradesDoubted += 1;
        return;
      case 'wake':
        return;
      default:
        this.#arrive(input, out);
    }
  }

  #publish(image: Image, out: ProviderOutput[]): void {
    const slow = this.switches.get('slow', image.symbol);
    if (slow === undefined) out.push({ kind: 'image', image });
    else if (this.#tasks.size < TASKS_MAX) {
      this.#tasks.add(this.#nowMs + slow.value, { kind: 'image', image });
    } else this.counters.imagesDropped += 1;
    this.#desk.cross(image.symbol, this.#nowMs, out);
  }

  /** Latency: the message is looked at later, in the order of arrival per symbol. */
  #arrive(input: OrderInput, out: ProviderOutput[]): void {
    this.counters.ordersIn += 1;
    const symbol = input.kind === 'massStatus' ? '' : input.symbol;
    const [low, high] = this.personality.latencyMs;
    const latencyMs = this.#random.within(low, high) + (this.switches.get('slow', symbol)?.value ?? 0);
    const before = this.#arrivals.get(symbol) ?? 0;
    const dueMs = Math.max(this.#nowMs + latencyMs, before);
    if (this.#tasks.size >= TASKS_MAX) {
      if (input.kind === 'order') {
        this.#desk.refuse({ ...input, kind: 'refusedOrder', reason: 0, text: 'too busy' }, this.#nowMs, out);
      } else {
        // Cancels and questions are few and reduce risk: they are taken whatever the load.
        this.#take(input, out);
      }
    } else if (dueMs <= this.#nowMs) {
      this.#take(input, out);
    } else {
      if (instrumentsBySymbol.has(symbol) || symbol === '') this.#arrivals.set(symbol, dueMs);
      this.#tasks.add(dueMs, { kind: 'arrival', input });
    }
  }

  #run(out: ProviderOutput[]): void {
    for (let task = this.#tasks.take(this.#nowMs); task !== undefined; task = this.#tasks.take(this.#nowMs)) {
      if (task.kind === 'arrival') this.#take(task.input, out);
      else if (task.kind === 'work') this.#desk.work(task.order, this.#nowMs, out);
      else out.push({ kind: 'image', image: task.image });
    }
  }

  #take(input: OrderInput, out: ProviderOutput[]): void {
    const silent = input.kind === 'massStatus' ? undefined : this.switches.get('silentOrders', input.symbol);
    const executes = silent?.fate === 'execute' && !this.#desk.isWithholdingFull;
    if (silent !== undefined && this.#meetsSilence(input, executes)) {
      if (silent.fate === 'hold' && this.#held.length < SILENCED_MAX) this.#held.push(input);
      return;
    }
    this.#work(input, executes, out);
  }

  /**
   * True when the silence swallows the input: a new order, or a message about an order that was swallowed.
   */
  #meetsSilence(input: OrderInput, executes: boolean): boolean {
    if (input.kind === 'massStatus' || input.kind === 'refusedOrder') return false;
    if (input.kind === 'order') {
      this.counters.ordersSilenced += 1;
      if (executes) return false;
      if (this.#silenced.size < SILENCED_MAX) {
        this.#silenced.set(`${input.client}\u0001${input.clOrdId}`, input.symbol);
      }
      return true;
    }
    const clOrdId = input.kind === 'status' ? input.clOrdId : input.origClOrdId;
    return this.#silenced.has(`${input.client}\u0001${clOrdId}`);
  }

  #work(input: OrderInput, silenced: boolean, out: ProviderOutput[]): void {
    switch (input.kind) {
      case 'order':
        return this.#desk.place(input, silenced, this.#nowMs, out);
      case 'refusedOrder':
        return this.#desk.refuse(input, this.#nowMs, out);
      case 'cancel':
        return this.#desk.cancel(input, this.#nowMs, out);
      case 'replace':
        return this.#desk.replace(input, this.#nowMs, out);
      case 'status':
        return this.#desk.status(input, this.#nowMs, out);
      case 'massStatus':
        return this.#desk.massStatus(input, this.#nowMs, out);
    }
  }

  #endSilence(out: ProviderOutput[]): void {
    for (const [key, symbol] of this.#silenced) {
      if (!this.switches.isOn('silentOrders', symbol)) this.#silenced.delete(key);
    }
    this.#desk.speak(out);
    const held = this.#held;
    this.#held = [];
    for (const input of held) this.#take(input, out);
  }
}
