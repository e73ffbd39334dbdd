/**
 * The last raw messages of a session, both ways, for people who look into a problem. A ring of bytes that
 * grows to its size as it is filled: what a turn brought is copied in one piece (frames stand one behind the
 * other in the receive buffer as in a batch that is sent) and taken apart only when somebody reads.
 */
import type { RecentMessage } from '../session/application.ts';
import { redact } from './redaction.ts';

export type Direction = 'in' | 'out';

/** `Buffer.copy`, which takes offsets: a view made for each copy would cost more than the copy. */
const copyBytes = (Buffer.prototype as Buffer).copy as (
  this: Uint8Array,
  to: Uint8Array,
  at: number,
  start: number,
  end: number,
) => number;

const OUT = 1;
const CUT = 2;
const SOH = 1;
/** What a quiet session needs; the next step is the whole. */
const RING_BYTES_FIRST = 4 << 10;
const NOTHING = new Uint8Array(0);

export class RecentMessages {
  readonly #piecesMax: number;
  readonly #bytesMax: number;
  #ring: Uint8Array = NOTHING;
  /** By place in a second ring: where a piece of the first begins, its bytes, when, and what. */
  readonly #starts: Int32Array;
  readonly #lengths: Int32Array;
  readonly #times: Float64Array;
  readonly #kinds: Uint8Array;
  #oldest = 0;
  /** How many pieces were forgotten: a message keeps its id while it is kept. */
  #forgotten = 0;
  #count = 0;
  #at = 0;

  /** `messagesMax` 0 keeps none and costs nothing. */
  constructor(messagesMax: number, bytesMax: number) {
    this.#piecesMax = bytesMax >= 64 ? messagesMax : 0;
    this.#bytesMax = bytesMax;
    this.#starts = new Int32Array(this.#piecesMax);
    this.#lengths = new Int32Array(this.#piecesMax);
    this.#times = new Float64Array(this.#piecesMax);
    this.#kinds = new Uint8Array(this.#piecesMax);
  }

  get isKept(): boolean {
    return this.#piecesMax > 0;
  }

  /**
   * Whole frames, one behind the other, from `start` to `end`. Of more than half a ring only the last are
   * kept, so that one direction doesn't push out the other; a frame that is longer than that is kept cut.
   */
  add(direction: Direction, utcMs: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#piecesMax === 0 || start === end) return;
    const kind = direction === 'in' ? 0 : OUT;
    let from = start;
    let last = start;
    while (end - from > this.#bytesMax >> 1) {
      last = from;
      from = frameEnd(bytes, from, end);
    }
    if (from < end) this.#put(kind, utcMs, bytes, from, end);
    else this.#put(kind | CUT, utcMs, bytes, last, last + (this.#bytesMax >> 2));
  }

  /** Oldest first; copies, with secrets masked. */
  read(): RecentMessage[] {
    const messages: RecentMessage[] = [];
    const ring = this.#ring;
    for (let i = 0; i < this.#count; i++) {
      const piece = (this.#oldest + i) % this.#piecesMax;
      const end = this.#starts[piece] + this.#lengths[piece];
      let from = this.#starts[piece];
      let at = 0;
      while (from < end) {
        const to = frameEnd(ring, from, end);
        messages.push({
          id: `${this.#forgotten + i}.${at++}`,
          direction: (this.#kinds[piece] & OUT) === 0 ? 'in' : 'out',
          utcMs: this.#times[piece],
          raw: redact(ring.slice(from, to)),
          isCut: (this.#kinds[piece] & CUT) !== 0,
        });
        from = to;
      }
    }
    return messages.slice(-this.#piecesMax);
  }

  #put(kind: number, utcMs: number, bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (this.#at + length > this.#ring.length) this.#grow(this.#at + length);
    const ring = this.#ring;
    if (this.#at + length > ring.length) {
      // What stands behind is the oldest there is.
      this.#forget(this.#at, ring.length);
      this.#at = 0;
    }
    this.#forget(this.#at, this.#at + length);
    if (this.#count === this.#piecesMax) this.#forgetOldest();
    copyBytes.call(bytes, ring, this.#at, start, end);
    let piece = this.#oldest + this.#count;
    if (piece >= this.#piecesMax) piece -= this.#piecesMax;
    this.#starts[piece] = this.#at;
    this.#lengths[piece] = length;
    this.#times[piece] = utcMs;
    this.#kinds[piece] = kind;
    this.#count += 1;
    this.#at += length;
  }

  /** Before it has its full size it was never begun again, so what is in it stays where it is. */
  #grow(wanted: number): void {
    const before = this.#ring;
    if (before.length === this.#bytesMax) return;
    const isFirst = before.length === 0 && wanted <= RING_BYTES_FIRST;
    this.#ring = new Uint8Array(isFirst ? Math.min(RING_BYTES_FIRST, this.#bytesMax) : this.#bytesMax);
    this.#ring.set(before);
  }

  /** Pieces that begin in this part of the ring; they are the oldest. */
  #forget(from: number, to: number): void {
    while (this.#count > 0) {
      const start = this.#starts[this.#oldest];
      if (start < from || start >= to) return;
      this.#forgetOldest();
    }
  }

  #forgetOldest(): void {
    this.#oldest += 1;
    if (this.#oldest === this.#piecesMax) this.#oldest = 0;
    this.#count -= 1;
    this.#forgotten += 1;
  }
}

/** Where the frame that begins at `from` ends by its BodyLength(9); `end` when that can't be told. */
export function frameEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = bytes.indexOf(SOH, from) + 3;
  if (at < 3 || at >= end) return end;
  let bodyLength = 0;
  for (; at < end && bytes[at] !== SOH; at++) bodyLength = bodyLength * 10 + bytes[at] - 0x30;
  // The trailer is `10=nnn` and SOH.
  const to = at + 1 + bodyLength + 7;
  return to > from && to <= end ? to : end;
}
