/**
 * How many application messages a second a session takes. What is over the limit is refused, never queued, so
 * nothing overtakes anything; cancels are always taken (they reduce risk) and cost nothing of the allowance.
 */
import type { FieldWriter, Message } from '../codec/fields.ts';
import type { SessionHandle } from '../session/application.ts';
import { fieldText } from '../codec/encoder.ts';
import { TokenBucket } from './token.bucket.ts';

export interface ThrottleSettings {
  readonly messagesPerSecondMax?: number;
  readonly throttleExempt?: readonly string[];
  readonly throttledPerSecondMax?: number;
}

/** OrderCancelRequest, OrderMassCancelRequest. */
const ALWAYS_TAKEN: readonly string[] = ['F', 'q'];
/** ClOrdID, QuoteReqID, MDReqID, QuoteID, SecurityReqID, MassStatusReqID: what an answer can refer to. */
const REFERENCES: readonly number[] = [11, 131, 262, 117, 320, 584];
const APPLICATION_NOT_AVAILABLE = 4;

export class Throttle {
  readonly #bucket: TokenBucket | undefined;
  readonly #exempt: ReadonlySet<string>;
  readonly #refusedMax: number;
  #refused = 0;
  #secondMs = 0;
  readonly #perSecond: number;

  constructor(settings: ThrottleSettings) {
    this.#perSecond = settings.messagesPerSecondMax ?? 0;
    // One second's worth may come at once.
    if (this.#perSecond > 0) this.#bucket = new TokenBucket(this.#perSecond, this.#perSecond);
    this.#exempt = new Set([...ALWAYS_TAKEN, ...(settings.throttleExempt ?? [])]);
    this.#refusedMax = settings.throttledPerSecondMax ?? 0;
  }

  get isOn(): boolean {
    return this.#bucket !== undefined;
  }

  /** `monoMs`: a clock that never goes back. */
  takes(msgType: string, monoMs: number): boolean {
    if (this.#bucket === undefined || this.#exempt.has(msgType) || this.#bucket.take(monoMs)) return true;
    if (monoMs - this.#secondMs >= 1000) {
      this.#secondMs = monoMs;
      this.#refused = 0;
    }
    this.#refused += 1;
    return false;
  }

  /** More were refused in this second than a session that means well can cause. */
  get isFarOver(): boolean {
    return this.#refusedMax > 0 && this.#refused > this.#refusedMax;
  }

  get text(): string {
    return `more than ${this.#perSecond} messages a second`;
  }
}

/** BusinessMessageReject(j); before FIX 4.2, which has none, Reject(3). */
export function refuseThrottled(
  session: SessionHandle,
  beginString: string,
  message: Message,
  text: string,
): void {
  const { seqNum, msgType } = message;
  if (beginString === 'FIX.4.0' || beginString === 'FIX.4.1') {
    session.send('3', (fields) => fields.int(45, seqNum).text(58, text), { answers: seqNum });
    return;
  }
  const reference = REFERENCES.map((tag) => message.text(tag)).find((value) => value !== undefined);
  const write = (fields: FieldWriter): void => {
    fields.int(45, seqNum).text(58, text).text(372, fieldText(msgType));
    if (reference !== undefined && reference !== '') fields.text(379, fieldText(reference));
    fields.int(380, APPLICATION_NOT_AVAILABLE);
  };
  session.send('j', write, { answers: seqNum });
}
