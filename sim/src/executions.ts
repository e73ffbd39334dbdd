/**
 * Every trade of the simulated providers, in the order of booking: one side of the three-way reconciliation
 * (provider, platform, client). Kept in memory and, with a file, appended before anyone is told and read
 * again at the next start.
 */
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { formatDecimal, trimDecimal } from '@tidegate/core/number/decimal';
import { instrumentsBySymbol } from './instruments.ts';
import type { Fill, Side } from './provider.messages.ts';

export interface Execution {
  readonly venue: string;
  /** The session that traded. */
  readonly client: string;
  readonly clOrdId: string;
  readonly orderId: string;
  readonly execId: string;
  readonly symbol: string;
  readonly side: Side;
  /** Decimal text. */
  readonly quantity: string;
  readonly price: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

export interface ExecutionQuery {
  readonly venue?: string | undefined;
  readonly from: number;
  readonly limit: number;
}

export interface ExecutionPage {
  readonly executions: readonly Execution[];
  readonly next: number;
}

/** Kept in memory, up to twice as many; older ones are in the file only. */
const EXECUTIONS_MAX = 500_000;

export class ExecutionLog {
  #executions: Execution[] = [];
  /** Position of the first one kept. */
  #first = 0;
  #file: number | undefined;

  /**
   * `path`: JSONL file; a line that a kill tore is cut off. Throws when it cannot be opened or is not a log.
   */
  constructor(path?: string) {
    if (path === undefined) return;
    this.#file = openSync(path, 'a+', 0o600);
    const content = readFileSync(path);
    const end = content.lastIndexOf(10) + 1;
    if (end < content.length) ftruncateSync(this.#file, end);
    for (const line of content.subarray(0, end).toString('utf8').split('\n')) {
      if (line !== '') this.#keep(JSON.parse(line) as Execution);
    }
  }

  get size(): number {
    return this.#first + this.#executions.length;
  }

  add(venue: string, fill: Fill): void {
    const document = instrumentsBySymbol.get(fill.symbol)?.document;
    if (document === undefined) throw new Error(`fill of the unknown symbol ${fill.symbol}`);
    const execution: Execution = {
      venue,
      client: fill.client,
      clOrdId: fill.clOrdId,
      orderId: fill.orderId,
      execId: fill.execId,
      symbol: fill.symbol,
      side: fill.side,
      quantity: trimDecimal(fill.quantity, document.quantityScale),
      price: formatDecimal(fill.price, document.priceScale),
      at: new Date(fill.atMs).toISOString(),
    };
    if (this.#file !== undefined) writeSync(this.#file, `${JSON.stringify(execution)}\n`);
    this.#keep(execution);
  }

  /**
   * Of one venue or all, from position `from` of the log (or the first kept), at most `limit`; go on at
   * `next`.
   */
  page(options: ExecutionQuery): ExecutionPage {
    const executions: Execution[] = [];
    let position = Math.max(options.from, this.#first);
    for (; position < this.size && executions.length < options.limit; position += 1) {
      const execution = this.#executions[position - this.#first] as Execution;
      if (options.venue === undefined || execution.venue === options.venue) executions.push(execution);
    }
    return { executions, next: position };
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #keep(execution: Execution): void {
    this.#executions.push(execution);
    if (this.#executions.length < EXECUTIONS_MAX * 2) return;
    this.#executions = this.#executions.slice(EXECUTIONS_MAX);
    this.#first += EXECUTIONS_MAX;
  }
}
