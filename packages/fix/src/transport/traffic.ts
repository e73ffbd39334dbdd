/**
 * What went over a session's wire, for the ring of recent messages and for the message log. Messages that
 * stand one behind the other in the receive buffer are gathered to one piece, so a turn of hundreds costs one
 * copy; without ring and log it costs one comparison per message.
 */
import { MessageView } from '../codec/view.ts';
import type { Message } from '../codec/fields.ts';
import type { RecentMessage } from '../session/application.ts';
import type { MessageLog, MessageLogEntry } from './message.log.ts';
import { frameEnd, RecentMessages, type Direction } from './recent.ts';
import { redact } from './redaction.ts';

const MESSAGES_DEFAULT = 100;
const BYTES_DEFAULT = 32 << 10;

export interface TrafficOptions {
  readonly sessionId: string;
  readonly recentMessages: number | undefined;
  readonly recentBytes: number | undefined;
  readonly log: MessageLog | undefined;
  /** The log threw. */
  failed(error: unknown): void;
}

export class Traffic {
  /** When bytes were last received and written, milliseconds since the epoch; 0: never. */
  lastReceivedAtMs = 0;
  lastSentAtMs = 0;
  readonly #options: TrafficOptions;
  readonly #ring: RecentMessages;
  readonly #isKept: boolean;
  /** The piece of the receive buffer that is being gathered. */
  #bytes: Uint8Array | undefined;
  #start = 0;
  #end = 0;

  constructor(options: TrafficOptions) {
    this.#options = options;
    this.#ring = new RecentMessages(
      options.recentMessages ?? MESSAGES_DEFAULT,
      options.recentBytes ?? BYTES_DEFAULT,
    );
    this.#isKept = this.#ring.isKept || options.log !== undefined;
  }

  /** A message that was received; `utcMs` is that of the turn, which ends with `turnEnded`. */
  received(message: Message, utcMs: number): void {
    this.lastReceivedAtMs = utcMs;
    if (!this.#isKept || !(message instanceof MessageView)) return;
    const { bytesOf, start, end } = message;
    if (bytesOf === this.#bytes && start === this.#end) {
      this.#end = end;
      return;
    }
    this.turnEnded(utcMs);
    this.#bytes = bytesOf;
    this.#start = start;
    this.#end = end;
  }

  /** What was gathered is taken out of the receive buffer before the next bytes come. */
  turnEnded(utcMs: number): void {
    const bytes = this.#bytes;
    if (bytes === undefined) return;
    this.#bytes = undefined;
    this.#note('in', utcMs, bytes, this.#start, this.#end);
  }

  /** Frames one behind the other that were given to the socket. */
  sent(bytes: Uint8Array, utcMs: number): void {
    this.lastSentAtMs = utcMs;
    if (this.#isKept) this.#note('out', utcMs, bytes, 0, bytes.length);
  }

  recent(): readonly RecentMessage[] {
    return this.#ring.read();
  }

  #note(direction: Direction, utcMs: number, bytes: Uint8Array, start: number, end: number): void {
    this.#ring.add(direction, utcMs, bytes, start, end);
    const { log, sessionId } = this.#options;
    if (log === undefined) return;
    const entries: MessageLogEntry[] = [];
    for (let from = start; from < end;) {
      const to = frameEnd(bytes, from, end);
      entries.push({ sessionId, direction, utcMs, raw: redact(bytes.subarray(from, to)) });
      from = to;
    }
    try {
      log.write(entries);
    } catch (error) {
      this.#options.failed(error);
    }
  }
}
