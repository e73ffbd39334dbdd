/**
 * Read and write access to the fields of one FIX message. What the application sees of a message on its way
 * in (`Message`) and writes on its way out (`FieldWriter`); the decoder and the encoder implement them over
 * reused buffers.
 */

/**
 * Where an outbound message comes from in the application's own journal; stored with it, so it is the
 * delivery cursor.
 */
export interface Source {
  readonly partition: string;
  /** Sequence number of the event in that partition, from 1. */
  readonly sequence: number;
}

/**
 * Fields of a message or of one entry of a repeating group. All getters give `undefined` when the field is
 * absent.
 */
export interface FieldReader {
  has(tag: number): boolean;
  /** The value as text (Latin-1 bytes for plain fields, raw bytes by `bytes` for data fields). */
  text(tag: number): string | undefined;
  /** The field is there with this value; as `text(tag) === text`, without making a string. */
  is(tag: number, text: string): boolean;
  /** A FIX int; NaN when the value is not one or is beyond 2^53. */
  int(tag: number): number | undefined;
  /**
   * A FIX float as an integer of 10^-scale units; NaN when it is malformed or does not fit the scale without
   * rounding.
   */
  decimal(tag: number, scale: number): number | undefined;
  /**
   * First byte of the value as a character code (for char enumerations such as Side); NaN when the value is
   * empty.
   */
  char(tag: number): number | undefined;
  /** Y/N field. */
  boolean(tag: number): boolean | undefined;
  /** UTCTimestamp as whole microseconds since the epoch (finer digits are dropped); NaN when malformed. */
  utcMicros(tag: number): number | undefined;
  /** Raw bytes of a value; a view, valid as long as the message. */
  bytes(tag: number): Uint8Array | undefined;
  /**
   * Entries of a repeating group in order, by its NumInGroup tag; the entry object is reused between steps.
   */
  entries(countTag: number): Iterable<FieldReader>;
}

/** One decoded message: a view over the receive buffer, valid only during the call that delivers it. */
export interface Message extends FieldReader {
  /** MsgType(35); the same string object for each known type. */
  readonly msgType: string;
  /** MsgSeqNum(34). */
  readonly seqNum: number;
  /** PossDupFlag(43)=Y. */
  readonly possDup: boolean;
  /** PossResend(97)=Y. */
  readonly possResend: boolean;
  /** The whole frame from `8=` to the SOH behind CheckSum(10); a view. */
  readonly raw: Uint8Array;
}

/**
 * Appends body fields of one outbound message in order. The session has written the header and will write the
 * trailer.
 */
export interface FieldWriter {
  text(tag: number, value: string): FieldWriter;
  int(tag: number, value: number): FieldWriter;
  /** Writes `scaled` × 10^-scale as plain decimal text. */
  decimal(tag: number, scaled: number, scale: number): FieldWriter;
  char(tag: number, value: string): FieldWriter;
  boolean(tag: number, value: boolean): FieldWriter;
  /**
   * UTCTimestamp from milliseconds since the epoch, with `precision` digits of the second's fraction
   * (default 3), and for more than those the nanoseconds within the millisecond.
   */
  utcMillis(tag: number, epochMs: number, precision?: 0 | 3 | 6 | 9, nanos?: number): FieldWriter;
  /** The bytes [start, end) of `value`, all of it when those are not given. */
  bytes(tag: number, value: Uint8Array, start?: number, end?: number): FieldWriter;
  /**
   * A field without a value: to answer in kind where ValidateFieldsHaveValues=N let one in. FIX does not
   * allow it.
   */
  empty(tag: number): FieldWriter;
}
