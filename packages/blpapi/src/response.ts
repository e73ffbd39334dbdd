/**
 * One request's answer on its way to the caller: parts stream in, the caller iterates; errors, time-out,
 * cancel and a full queue end it. Fed by `session.ts`.
 */
import type { BlpReason, BlpRecord, BlpResponse, BlpResponsePart } from './contract.ts';
import { localError, reasonOf, type BlpError } from './errors.ts';

interface Waiting {
  readonly resolve: (result: IteratorResult<BlpResponsePart>) => void;
  readonly reject: (error: BlpError) => void;
}

export class ResponseStream implements BlpResponse {
  correlationId = 0;
  readonly #partsMax: number;
  readonly #onAbandon: () => void;
  readonly #parts: BlpResponsePart[] = [];
  #waiting: Waiting | undefined;
  #error: BlpError | undefined;
  #isDone = false;
  #isTaken = false;

  /** `onAbandon` is called once when the caller is not interested any more, or reads too slowly. */
  constructor(partsMax: number, onAbandon: () => void) {
    this.#partsMax = partsMax;
    this.#onAbandon = onAbandon;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  part(messageType: string, isFinal: boolean, elements: BlpRecord): void {
    if (this.#isDone) return;
    const responseError: BlpReason | undefined = reasonOf(elements.responseError);
    const part: BlpResponsePart = {
      correlationId: this.correlationId,
      messageType,
      isFinal,
      ...(responseError === undefined ? {} : { responseError }),
      elements,
    };
    if (isFinal) this.#isDone = true;
    if (this.#waiting !== undefined) this.#hand(part);
    else if (this.#parts.length >= this.#partsMax) this.#overrun();
    else this.#parts.push(part);
  }

  fail(error: BlpError): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#error = error;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) return;
    this.#error = undefined;
    waiting.reject(error);
  }

  cancel(): void {
    this.#abandon(localError('request', 'CANCELLED', 'cancelled by the caller'));
  }

  async all(): Promise<BlpResponsePart[]> {
    const parts: BlpResponsePart[] = [];
    for await (const part of this) parts.push(part);
    return parts;
  }

  [Symbol.asyncIterator](): AsyncIterator<BlpResponsePart> {
    if (this.#isTaken) throw localError('request', 'WRONG_STATE', 'an answer can be read once');
    this.#isTaken = true;
    return {
      next: () => this.#next(),
      return: () => {
        this.cancel();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  #hand(part: BlpResponsePart): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve({ done: false, value: part });
  }

  #overrun(): void {
    this.#parts.length = 0;
    this.#isDone = false;
    this.#abandon(localError('request', 'LIMIT', `${this.#partsMax} parts are waiting for a slow reader`));
  }

  #abandon(error: BlpError): void {
    if (this.#isDone) return;
    this.fail(error);
    this.#onAbandon();
  }

  #next(): Promise<IteratorResult<BlpResponsePart>> {
    const part = this.#parts.shift();
    if (part !== undefined) return Promise.resolve({ done: false, value: part });
    if (this.#error !== undefined) {
      const error = this.#error;
      this.#error = undefined;
      return Promise.reject(error);
    }
    if (this.#isDone) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }
}
