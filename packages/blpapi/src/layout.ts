/**
 * The layout of the buffers events travel in, written by the shim (`native/buffer.h`) or by `ffi.ts`, read by
 * `decode.ts`. All numbers are little-endian.
 */

export const bufferMagic = 0x31424754;
export const bufferHeader = 40;

/** Byte offsets in the header. */
export const header = {
  magic: 0,
  recordsEnd: 4,
  definitionsBegin: 8,
  definitions: 12,
  events: 16,
  messages: 20,
  takenAtMs: 24,
  unreadable: 32,
} as const;

export const record = { message: 1, flat: 2, log: 3, tooLarge: 4, error: 5 } as const;
export const definition = { name: 1, shape: 2, text: 3 } as const;
export const flag = { last: 1, timed: 2 } as const;

/** Result bits of a poll. */
export const polled = { hasContent: 1, hasMore: 2, mustGrow: 4 } as const;

/** Bloomberg's data types, and the tags of values that have none. */
export const tag = {
  null: 0,
  bool: 1,
  char: 2,
  byte: 3,
  int32: 4,
  int64: 5,
  float32: 6,
  float64: 7,
  string: 8,
  bytes: 9,
  date: 10,
  time: 11,
  decimal: 12,
  datetime: 13,
  enumeration: 14,
  sequence: 15,
  choice: 16,
  array: 18,
  unreadable: 19,
  text: 20,
} as const;

/** Bloomberg's event types. */
export const eventType = {
  admin: 1,
  sessionStatus: 2,
  subscriptionStatus: 3,
  requestStatus: 4,
  response: 5,
  partialResponse: 6,
  subscriptionData: 8,
  serviceStatus: 9,
  timeout: 10,
  authorizationStatus: 11,
  resolutionStatus: 12,
  topicStatus: 13,
  tokenStatus: 14,
} as const;

/** Limits of the definitions; past them texts and shapes are written out, names refuse the message. */
export const namesMax = 1 << 17;
export const textsMax = 1 << 15;
export const textBytesMax = 32;
export const shapesMax = 1 << 12;
export const shapeFieldsMax = 256;
export const depthMax = 64;
export const eventsPerPollMax = 4096;
export const waitMsMax = 250;
