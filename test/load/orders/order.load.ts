/**
 * Client firms of the benchmarks as a process of their own, so that what they cost is on nobody else's
 * event loop: market orders at constant rates from due times, or as many as are answered. Says how late it
 * was itself, for then the figures are its and not the platform's.
 *
 * Forked with IPC: takes one `LoadOrder`, answers `{ begun: true }` when measuring begins and `{ report }`.
 */
import type { Message } from '@tidegate/fix/codec/fields';
import { Tag } from '@tidegate/fix/dictionary/tags44';
import type { Initiator } from '@tidegate/fix/transport/initiator';
import { logOn, sendOrder, type Endpoint } from '../journeys.ts';
import { Latencies } from '../measure.ts';
import { monoMs, pace } from '../pace.ts';
import { symbols } from '../ticks.ts';

export interface LoadOrder {
  /** One session a firm; orders go round. */
  readonly sessions: readonly Endpoint[];
  /** Before it is measured, one after the other. */
  readonly warmUps: readonly Stage[];
  readonly measured: Stage | Window;
  /** Of an order to its fill: when more than a hundredth can't keep it any more, the rest is not sent. */
  readonly limitMs: number;
}

export interface Stage {
  readonly rate: number;
  readonly seconds: number;
}

/** So many orders, `inFlight` unanswered at a time: as fast as they are answered. */
export interface Window {
  readonly count: number;
  readonly inFlight: number;
}

export interface LoadReport {
  readonly sent: number;
  readonly answered: number;
  /** Texts of refusals and cancels, counted. */
  readonly refused: Readonly<Record<string, number>>;
  readonly isAbandoned: boolean;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  /** Of the generator itself: from when an order was due to when it was written. */
  readonly lateMsP99: number;
  /** From the first measured order due to the last answer. */
  readonly seconds: number;
  /** Of one core, of the generator itself. */
  readonly share: number;
}

/** An order unanswered for so long: nothing that follows will be in time. */
const lostMs = 3_000;
/**
 * Orders due within it go out together: the generator has less to do, and nothing here is judged so finely.
 */
const quantumMs = 1;
const answerMs = 15_000;
const overShareMax = 0.01;

class Abandoned extends Error {}

class OrderLoad {
  private readonly order: LoadOrder;
  private readonly clients: Initiator[] = [];
  private readonly run = Date.now().toString(36);
  private readonly latencies = new Latencies();
  private readonly lateness = new Latencies();
  private readonly refused: Record<string, number> = {};
  /** By number: when it was due; 0 once answered. */
  private readonly due: number[] = [];
  private oldest = 0;
  private answered = 0;
  private over = 0;
  private measuredFrom = Infinity;
  private lastAnswerMs = 0;
  private onAnswer: () => void = () => undefined;

  constructor(order: LoadOrder) {
    this.order = order;
  }

  async logOn(): Promise<void> {
    for (const session of this.order.sessions)
      this.clients.push(await logOn(session, true, (message) => this.receive(message)));
  }

  async work(onBegin: () => void): Promise<LoadReport> {
    for (const stage of this.order.warmUps) await this.paced(stage, 0);
    this.measuredFrom = this.due.length;
    onBegin();
    const startMs = monoMs();
    const before = process.cpuUsage();
    const isAbandoned = await this.measure();
    const { user, system } = process.cpuUsage(before);
    const share = (user + system) / 1_000 / (monoMs() - startMs);
    const sent = this.due.length - this.measuredFrom;
    for (const client of this.clients) await client.stop();
    return {
      sent,
      answered: this.answered,
      refused: this.refused,
      isAbandoned,
      p50: this.latencies.percentile(50),
      p99: this.latencies.percentile(99),
      p999: this.latencies.percentile(99.9),
      lateMsP99: this.lateness.percentile(99),
      share,
      seconds: (Math.max(this.lastAnswerMs, startMs) - startMs) / 1_000,
    };
  }

  /** True when it was given up. */
  private async measure(): Promise<boolean> {
    const { measured } = this.order;
    try {
      if ('count' in measured) await this.window(measured);
      else await this.paced(measured, measured.rate * measured.seconds * overShareMax);
      await this.allAnswered();
      return false;
    } catch (error) {
      if (error instanceof Abandoned) return true;
      throw error;
    }
  }

  /** `overMax`: orders over the limit before it is given up; 0: whatever happens. */
  private async paced({ rate, seconds }: Stage, overMax: number): Promise<void> {
    const act = (_: number, dueMs: number): void => {
      if (overMax > 0 && this.isHopeless(overMax)) throw new Abandoned();
      this.send(dueMs);
    };
    await pace(monoMs() + 20, rate, rate * seconds, act, quantumMs);
  }

  private isHopeless(overMax: number): boolean {
    if (this.over > overMax || Object.keys(this.refused).length > 0) return true;
    while (this.oldest < this.due.length && this.due[this.oldest] === 0) this.oldest += 1;
    return this.oldest < this.due.length && monoMs() - this.due[this.oldest]! > lostMs;
  }

  private async window({ count, inFlight }: Window): Promise<void> {
    const all = Promise.withResolvers<void>();
    const silence = setInterval(() => {
      if (monoMs() - this.lastAnswerMs > answerMs) all.reject(new Abandoned());
    }, 1_000);
    this.lastAnswerMs = monoMs();
    const from = this.due.length;
    const next = (): void => {
      if (this.due.length < from + count) this.send(monoMs());
      else if (this.answered >= count) all.resolve();
    };
    this.onAnswer = next;
    for (let one = 0; one < Math.min(inFlight, count); one += 1) next();
    try {
      await all.promise;
    } finally {
      clearInterval(silence);
    }
  }

  private async allAnswered(): Promise<void> {
    const expected = this.due.length - this.measuredFrom;
    const deadlineMs = monoMs() + answerMs;
    while (this.answered < expected && monoMs() < deadlineMs)
      await new Promise((resolve) => setTimeout(resolve, 20));
  }

  private send(dueMs: number): void {
    const number = this.due.push(dueMs) - 1;
    const firms = this.clients.length;
    const client = this.clients[number % firms]!;
    const side = number % 2 === 0 ? '1' : '2';
    // A client counts its own orders up.
    const clOrdId = `${this.run}.${number % firms}-${Math.floor(number / firms)}`;
    sendOrder(client.session, clOrdId, symbols[number % symbols.length]!, side);
    if (number >= this.measuredFrom) this.lateness.add(monoMs() - dueMs);
  }

  private receive(message: Message): void {
    if (message.msgType === 'j' || message.msgType === '3')
      return this.note(message.text(Tag.Text) ?? message.msgType);
    if (message.msgType !== '8') return;
    const status = message.text(Tag.OrdStatus);
    const isFilled = status === '2';
    if (!isFilled && status !== '8' && status !== '4') return;
    const [run, firm, text] = message.text(Tag.ClOrdID)!.split(/[.-]/);
    const number = Number(text) * this.clients.length + Number(firm);
    const dueMs = run === this.run ? (this.due[number] ?? 0) : 0;
    if (dueMs === 0) return;
    this.due[number] = 0;
    if (!isFilled) this.note(message.text(Tag.Text) ?? `OrdStatus ${status}`);
    if (number >= this.measuredFrom) this.count(dueMs);
    this.onAnswer();
  }

  private count(dueMs: number): void {
    this.lastAnswerMs = monoMs();
    const ms = this.lastAnswerMs - dueMs;
    this.latencies.add(ms);
    if (ms > this.order.limitMs) this.over += 1;
    this.answered += 1;
  }

  private note(text: string): void {
    this.refused[text] = (this.refused[text] ?? 0) + 1;
  }
}

process.on('message', (order: LoadOrder) => void answer(order));
process.on('disconnect', () => process.exit(0));

async function answer(order: LoadOrder): Promise<void> {
  const load = new OrderLoad(order);
  await load.logOn();
  const report = await load.work(() => process.send!({ begun: true }));
  process.send!({ report });
}
