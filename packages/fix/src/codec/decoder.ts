/**
 * Bytes in, messages out: finds the frames in a byte stream, checks them and indexes their fields in one
 * pass. First station of every inbound FIX message, between the socket and the session.
 *
 * A garbled frame (FIX 4.4 volume 2, "Message Integrity"; its first three fields are out of order, its
 * BodyLength or its CheckSum is wrong) is skipped and reported, and decoding goes on at the next `8=FIX`.
 */
import type { Dictionary } from '../dictionary/dictionary.ts';
import { loadDictionary } from '../dictionary/load.ts';
import { VERSION_OF_APPL_VER_ID } from '../dictionary/versions.ts';
import type { Version } from '../dictionary/versions.ts';
import type { Message } from './fields.ts';
import { latin1 } from './values.ts';
import { MessageView } from './view.ts';

export interface DecoderOptions {
  /** In use to begin with; see `Decoder.dictionary`. */
  readonly dictionary: Dictionary;
  /**
   * Asked when a frame's BeginString is not that of the dictionary in use; the answer is used from that frame
   * on. Without an answer the dictionary stays, and the session will refuse the BeginString.
   */
  readonly choose?: (beginString: string) => Dictionary | undefined;
  /**
   * Dictionary of a message on FIXT.1.1 whose ApplVerID(1128) names another version than that in use.
   * Default: the standard one.
   */
  readonly forVersion?: (version: Version) => Dictionary | undefined;
  /** Longest frame accepted, bytes. Default 262,144. */
  readonly maxMessageBytes?: number;
}

export type GarbledReason =
  /** Bytes between frames. */
  | 'not-a-message'
  | 'begin-string'
  /** Not a number, or no CheckSum(10) where it points. */
  | 'body-length'
  /** BeginString, BodyLength, MsgType are not the first three fields. */
  | 'field-order'
  | 'checksum';

/** The objects are reused: read one before the next call of `next`. */
export type DecodeResult =
  /** A view, valid until the next `push` or `next`. */
  | { readonly kind: 'message'; readonly message: MessageView }
  /** Everything decodable is decoded; push more bytes. The pushed chunks are not referenced any more. */
  | { readonly kind: 'more' }
  /** Bytes were skipped, as the session protocol asks for garbled messages; call `next` again. */
  | { readonly kind: 'garbled'; readonly reason: GarbledReason }
  /**
   * The peer announces a frame beyond maxMessageBytes. Final, nothing more is taken in: cut the connection.
   */
  | { readonly kind: 'too-long'; readonly announcedBytes: number };

const MESSAGE_BYTES_DEFAULT = 262_144;
/** `8=` to the SOH behind the longest BeginString in use, with some room. */
const BEGIN_STRING_BYTES_MAX = 20;
const BODY_LENGTH_DIGITS_MAX = 9;
/** `10=nnn` and SOH. */
const TRAILER_BYTES = 7;
const STORAGE_BYTES_MIN = 2048;
const APPL_VER_ID = 1128;
const NOTHING = new Uint8Array(0);
const MORE: DecodeResult = { kind: 'more' };
/** `8=FIX` */
const MAGIC = [0x38, 0x3d, 0x46, 0x49, 0x58] as const;
const MAGIC_SUM = MAGIC.reduce((sum, byte) => sum + byte, 0);

export class Decoder {
  /** Takes effect at the next frame. */
  dictionary: Dictionary;

  readonly #choose: DecoderOptions['choose'];
  readonly #forVersion: (version: Version) => Dictionary | undefined;
  readonly #messageBytesMax: number;
  readonly #view: MessageView;
  readonly #message: { kind: 'message'; message: MessageView };
  readonly #garbled: { kind: 'garbled'; reason: GarbledReason } = {
    kind: 'garbled',
    reason: 'not-a-message',
  };
  #tooLong: { kind: 'too-long'; announcedBytes: number } | undefined;

  /**
   * Bytes not yet decoded: [#position, #end) of a pushed chunk, or of our own storage once a frame spans
   * chunks.
   */
  #bytes: Uint8Array = NOTHING;
  #position = 0;
  #end = 0;
  #storage: Uint8Array = NOTHING;
  /** Behind a garbled frame, before the next `8=FIX`; what is passed over there is reported once. */
  #isLost = false;
  /** Length of the frame at #position when its BodyLength is known, so that storage grows once. */
  #expectedBytes = 0;
  /** How far behind #position a trailer was looked for in vain, so that no byte is looked at twice. */
  #searched = 0;

  constructor(options: DecoderOptions) {
    this.dictionary = options.dictionary;
    this.#choose = options.choose;
    this.#forVersion = options.forVersion ?? standardOnTransport;
    this.#messageBytesMax = options.maxMessageBytes ?? MESSAGE_BYTES_DEFAULT;
    this.#view = new MessageView(options.dictionary);
    this.#message = { kind: 'message', message: this.#view };
  }

  /** Fields without a value are read as if they were absent, from the next frame on. */
  set emptyIsAbsent(value: boolean) {
    this.#view.emptyIsAbsent = value;
  }

  /** Takes the next bytes of the stream; the chunk must not change until `next` says 'more'. */
  push(chunk: Uint8Array): void {
    if (this.#tooLong !== undefined) return;
    if (this.#position === this.#end) {
      // A plain Uint8Array whatever the caller has: one hidden class keeps the scan fast.
      this.#bytes =
        chunk.constructor === Uint8Array
          ? chunk
          : new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      this.#position = 0;
      this.#end = chunk.byteLength;
      return;
    }
    this.#store(chunk.byteLength);
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.byteLength;
  }

  /** Decodes one frame. Call until it says 'more' (or 'too-long'). */
  next(): DecodeResult {
    if (this.#tooLong !== undefined) return this.#tooLong;
    if (this.#isLost && !this.#findMagic()) return this.#more();
    const bytes = this.#bytes;
    const start = this.#position;
    const available = this.#end - start;
    if (available >= MAGIC.length) {
      return isMagic(bytes, start) ? this.#decode(bytes, start, this.#end) : this.#lose('not-a-message');
    }
    for (let i = 0; i < available; i++) {
      if (bytes[start + i] !== MAGIC[i]) return this.#lose('not-a-message');
    }
    return this.#more();
  }

  /** Decodes the frame that begins at `start` with `8=FIX`. */
  #decode(bytes: Uint8Array, start: number, end: number): DecodeResult {
    let p = start + MAGIC.length;
    let sum = MAGIC_SUM;
    while (p < end && bytes[p] !== 1) {
      if (p - start === BEGIN_STRING_BYTES_MAX || bytes[p] === 0x3d) return this.#lose('begin-string');
      sum += bytes[p++];
    }
    const beginStringEnd = p;
    if (p + 2 >= end) return this.#more();
    if (bytes[p + 1] !== 0x39 || bytes[p + 2] !== 0x3d) return this.#lose('field-order');
    p += 3;
    const lengthStart = p;
    let bodyLength = 0;
    for (; p < end && bytes[p] !== 1; p++) {
      const digit = bytes[p] - 0x30;
      if (digit < 0 || digit > 9 || p - lengthStart === BODY_LENGTH_DIGITS_MAX)
        return this.#lose('body-length');
      bodyLength = bodyLength * 10 + digit;
      sum += bytes[p];
    }
    if (p === end) return this.#more();
    if (p === lengthStart) return this.#lose('body-length');
    const body = p + 1;
    const trailer = body + bodyLength;
    const frameEnd = trailer + TRAILER_BYTES;
    if (frameEnd - start > this.#messageBytesMax) return this.#refuse(frameEnd - start);
    if (frameEnd > end) {
      this.#expectedBytes = frameEnd - start;
      return this.#more();
    }
    const checksum = checksumAt(bytes, trailer);
    if (checksum < 0) return this.#passTrailer(bytes, start, trailer, end);
    // BodyLength is right, so this is where the frame ends, whatever else is wrong with it.
    this.#position = frameEnd;
    if (bodyLength < 3 || bytes[body] !== 0x33 || bytes[body + 1] !== 0x35 || bytes[body + 2] !== 0x3d) {
      return this.#skipped('field-order');
    }
    const view = this.#view;
    if (!isEqual(this.dictionary.beginBytes, bytes, start + 2, beginStringEnd))
      this.#chooseFor(bytes, start + 2, beginStringEnd);
    view.dictionary = this.dictionary;
    view.open(bytes, start, beginStringEnd, lengthStart, p);
    // The two delimiters and `9=` are not in the sum yet.
    sum = view.scan(body, trailer, sum + 1 + 0x39 + 0x3d + 1);
    if ((sum & 0xff) !== checksum) return this.#skipped('checksum');
    view.close(trailer);
    if (view.dictionary.isOnTransport && view.has(APPL_VER_ID)) this.#followVersion(view);
    return this.#message;
  }

  /**
   * No CheckSum(10) where BodyLength points: the frame ends with the next one behind that place, so what a
   * length that is too large covers is lost with it, as with other engines.
   */
  #passTrailer(bytes: Uint8Array, start: number, trailer: number, end: number): DecodeResult {
    for (let p = Math.max(trailer - 1, start + this.#searched); p + 4 <= end; p++) {
      if (bytes[p] !== 1 || bytes[p + 1] !== 0x31 || bytes[p + 2] !== 0x30 || bytes[p + 3] !== 0x3d) continue;
      const frameEnd = bytes.indexOf(1, p + 4) + 1;
      this.#searched = p - start;
      if (frameEnd === 0 || frameEnd > end) return this.#moreOfTrailer(start, end);
      this.#searched = 0;
      if (frameEnd - start > this.#messageBytesMax) return this.#lose('body-length');
      this.#position = frameEnd;
      return this.#skipped('body-length');
    }
    this.#searched = Math.max(end - 3 - start, this.#searched);
    return this.#moreOfTrailer(start, end);
  }

  #moreOfTrailer(start: number, end: number): DecodeResult {
    if (end - start < this.#messageBytesMax) return this.#more();
    this.#searched = 0;
    return this.#lose('body-length');
  }

  #chooseFor(bytes: Uint8Array, start: number, end: number): void {
    this.dictionary = this.#choose?.(latin1(bytes, start, end)) ?? this.dictionary;
  }

  /** The message names its application version: it is read again if that is another one. */
  #followVersion(view: MessageView): void {
    const version = VERSION_OF_APPL_VER_ID[view.text(APPL_VER_ID) ?? ''];
    if (version === view.dictionary.version) return;
    const dictionary = version === undefined ? undefined : this.#forVersion(version);
    if (dictionary === undefined) view.isVersionUnknown = true;
    else view.reopen(dictionary);
  }

  #skipped(reason: GarbledReason): DecodeResult {
    this.#garbled.reason = reason;
    return this.#garbled;
  }

  /** What is at the position can't be a frame: go on at the next `8=FIX` behind it. */
  #lose(reason: GarbledReason): DecodeResult {
    this.#isLost = true;
    this.#searched = 0;
    return this.#skipped(reason);
  }

  /**
   * Moves to the next `8=FIX` behind the position; false when there is none yet. One behind a digit doesn't
   * count: it is the end of a field such as `58=FIXED`.
   */
  #findMagic(): boolean {
    const bytes = this.#bytes;
    const end = this.#end;
    let p = this.#position + 1;
    for (; p + MAGIC.length <= end; p++) {
      if (!isMagic(bytes, p)) continue;
      if (bytes[p - 1] >= 0x30 && bytes[p - 1] <= 0x39) continue;
      this.#position = p;
      this.#isLost = false;
      return true;
    }
    // The byte before the first place not yet looked at is needed for the digit rule.
    this.#position = Math.max(this.#position, end - MAGIC.length);
    return false;
  }

  /** Puts what is left into our own storage, so that the caller may use its chunk again. */
  #more(): DecodeResult {
    if (this.#position === this.#end) this.#bytes = NOTHING;
    else if (this.#bytes !== this.#storage) this.#store(0);
    if (this.#bytes === NOTHING) this.#position = this.#end = 0;
    return MORE;
  }

  /** Moves the undecoded bytes into storage with room for `room` more behind them. */
  #store(room: number): void {
    const left = this.#end - this.#position;
    const needed = Math.max(left + room, this.#expectedBytes);
    if (this.#bytes === this.#storage && this.#end + room <= this.#storage.length) return;
    const from = this.#bytes.subarray(this.#position, this.#end);
    if (needed > this.#storage.length) {
      let length = STORAGE_BYTES_MIN;
      while (length < needed) length *= 2;
      this.#storage = new Uint8Array(length);
    }
    this.#storage.set(from, 0);
    this.#bytes = this.#storage;
    this.#position = 0;
    this.#end = left;
  }

  #refuse(announcedBytes: number): DecodeResult {
    this.#tooLong = { kind: 'too-long', announcedBytes };
    this.#bytes = this.#storage = NOTHING;
    this.#position = this.#end = 0;
    return this.#tooLong;
  }
}

function standardOnTransport(version: Version): Dictionary {
  return loadDictionary(version, 'FIXT.1.1');
}

/** The bytes [start, end) are these. */
function isEqual(wanted: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  const length = wanted.length;
  if (end - start !== length) return false;
  let i = 0;
  while (i < length && wanted[i] === bytes[start + i]) i++;
  return i === length;
}

function isMagic(bytes: Uint8Array, at: number): boolean {
  return (
    bytes[at] === 0x38 &&
    bytes[at + 1] === 0x3d &&
    bytes[at + 2] === 0x46 &&
    bytes[at + 3] === 0x49 &&
    bytes[at + 4] === 0x58
  );
}

/** Value of `10=nnn` and SOH at `at`, with an SOH before it; -1 when that is not what is there. */
function checksumAt(bytes: Uint8Array, at: number): number {
  if (bytes[at - 1] !== 1 || bytes[at] !== 0x31 || bytes[at + 1] !== 0x30 || bytes[at + 2] !== 0x3d)
    return -1;
  const hundreds = bytes[at + 3] - 0x30;
  const tens = bytes[at + 4] - 0x30;
  const ones = bytes[at + 5] - 0x30;
  if (bytes[at + 6] !== 1 || hundreds < 0 || hundreds > 9 || tens < 0 || tens > 9 || ones < 0 || ones > 9)
    return -1;
  return hundreds * 100 + tens * 10 + ones;
}

/** A copy of the message that may be kept. */
export function detach(message: Message): Message {
  if (!(message instanceof MessageView)) throw new TypeError('not a message of the decoder');
  return message.copy();
}

/**
 * Decodes one whole frame, which must not change as long as the message is used. Throws when it is not
 * exactly one.
 */
export function decodeFrame(frame: Uint8Array, dictionary: Dictionary): MessageView {
  const decoder = new Decoder({ dictionary, maxMessageBytes: frame.length });
  decoder.push(frame);
  const result = decoder.next();
  if (result.kind === 'message' && result.message.end - result.message.start === frame.length)
    return result.message;
  const reason =
    result.kind === 'garbled' ? result.reason : result.kind === 'message' ? 'bytes behind it' : result.kind;
  throw new TypeError(`not one FIX frame (${reason}): ${latin1(frame, 0, Math.min(frame.length, 80))}`);
}
