/**
 * Messages that came before their turn: beyond a gap that is being filled. What is kept is a copy of the
 * bytes, which does not hold on to the receive buffer and is decoded again when its turn comes; their number
 * and bytes are bounded, and what is over the bounds is forgotten and asked for again. Between the session's
 * decision and its next message.
 */
import { Decoder } from '../codec/decoder.ts';
import type { Message } from '../codec/fields.ts';
import { MessageView } from '../codec/view.ts';
import type { Dictionary } from '../dictionary/dictionary.ts';

/** A number that is used already: its message could not wait, or is not to be taken again. */
export const HANDLED = 'handled';

interface Kept {
  readonly frame: Uint8Array;
  readonly dictionary: Dictionary;
  readonly emptyIsAbsent: boolean;
}

export class EarlyMessages {
  readonly #messagesMax: number;
  readonly #bytesMax: number;
  readonly #messages = new Map<number, Kept | typeof HANDLED>();
  #bytes = 0;
  /** Nothing below is kept. */
  #low = 0;
  /** One for all that is kept; made for the first. */
  #decoder: Decoder | undefined;

  constructor(messagesMax: number, bytesMax: number) {
    this.#messagesMax = messagesMax;
    this.#bytesMax = bytesMax;
  }

  get size(): number {
    return this.#messages.size;
  }

  has(seqNum: number): boolean {
    return this.#messages.has(seqNum);
  }

  /** False when there is no room. */
  keep(message: Message): boolean {
    if (!(message instanceof MessageView)) throw new TypeError('not a message of the decoder');
    const { seqNum, raw, dictionary, emptyIsAbsent } = message;
    if (this.#messages.has(seqNum)) return true;
    if (this.#messages.size >= this.#messagesMax || this.#bytes + raw.length > this.#bytesMax) return false;
    this.#bytes += raw.length;
    this.#messages.set(seqNum, { frame: new Uint8Array(raw), dictionary, emptyIsAbsent });
    return true;
  }

  /** The message is dealt with, its number is used when its turn comes. */
  note(seqNum: number): void {
    if (this.#messages.size < this.#messagesMax) this.#set(seqNum, HANDLED);
  }

  /** Valid until the next call. */
  take(seqNum: number): Message | typeof HANDLED | undefined {
    const found = this.#messages.get(seqNum);
    if (found === undefined) return undefined;
    this.#delete(seqNum);
    return found === HANDLED ? found : this.#decode(found);
  }

  #decode({ frame, dictionary, emptyIsAbsent }: Kept): Message {
    const decoder = (this.#decoder ??= new Decoder({ dictionary, maxMessageBytes: this.#bytesMax }));
    decoder.dictionary = dictionary;
    decoder.emptyIsAbsent = emptyIsAbsent;
    decoder.push(frame);
    const result = decoder.next();
    if (result.kind !== 'message') throw new Error(`a message that was kept is ${result.kind}`);
    return result.message;
  }

  /** Forgets what came again by itself or was filled: every number below `expected`. */
  dropBelow(expected: number): void {
    if (expected - this.#low <= this.#messages.size) {
      for (let seqNum = this.#low; seqNum < expected; seqNum++) this.#delete(seqNum);
    } else {
      for (const seqNum of this.#messages.keys()) if (seqNum < expected) this.#delete(seqNum);
    }
    this.#low = expected;
  }

  /** The lowest number there is; Infinity when there is none. */
  lowest(): number {
    let lowest = Infinity;
    for (const seqNum of this.#messages.keys()) lowest = Math.min(lowest, seqNum);
    return lowest;
  }

  clear(): void {
    this.#messages.clear();
    this.#bytes = 0;
    this.#low = 0;
  }

  #set(seqNum: number, entry: Kept | typeof HANDLED): void {
    this.#delete(seqNum);
    this.#messages.set(seqNum, entry);
  }

  #delete(seqNum: number): void {
    const entry = this.#messages.get(seqNum);
    if (entry === undefined) return;
    if (entry !== HANDLED) this.#bytes -= entry.frame.length;
    this.#messages.delete(seqNum);
  }
}
