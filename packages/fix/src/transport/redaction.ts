/**
 * Takes the secrets out of a message before people see it: Password(554), NewPassword(925), RawData(96),
 * EncryptedPassword(1402), EncryptedNewPassword(1404). What is left is a whole message again: length fields,
 * BodyLength and CheckSum fit the masked text, so tools that read logs have nothing to complain of.
 */

const SECRETS: ReadonlySet<number> = new Set([96, 554, 925, 1402, 1404]);
/** Data fields whose values may hold SOH, by the tag of the length field before them. */
const DATA_OF: ReadonlyMap<number, number> = new Map([
  [90, 91],
  [93, 89],
  [95, 96],
  [212, 213],
  [348, 349],
  [350, 351],
  [352, 353],
  [354, 355],
  [356, 357],
  [358, 359],
  [360, 361],
  [362, 363],
  [364, 365],
  [445, 446],
  [618, 619],
  [621, 622],
  [1184, 1185],
  [1277, 1278],
  [1280, 1281],
  [1397, 1398],
  [1401, 1402],
  [1403, 1404],
  [1468, 1469],
  [1525, 1527],
  [1578, 1579],
]);
const MASK = '***';
const SOH = 1;
const EQUALS = 0x3d;
const TRAILER_BYTES = 7;

interface Place {
  readonly tag: number;
  /** First byte of the tag. */
  readonly from: number;
  readonly valueStart: number;
  /** The SOH behind the value, or the end of the bytes. */
  readonly end: number;
}

/**
 * The frame with its secrets masked: a copy, or the frame itself when it has none. Works on a cut frame, too;
 * what can't be read as fields stays as it is.
 */
export function redact(frame: Uint8Array): Uint8Array {
  if (!mayHaveSecrets(frame)) return frame;
  const places = placesOf(frame);
  if (!places.some((place) => SECRETS.has(place.tag))) return frame;
  const body: number[] = [];
  places.forEach((place, i) => {
    if (place.tag === 8 || place.tag === 9 || place.tag === 10) return;
    const next = places[i + 1];
    if (SECRETS.has(place.tag)) push(body, `${place.tag}=${MASK}`);
    else if (next !== undefined && SECRETS.has(next.tag) && DATA_OF.get(place.tag) === next.tag) {
      push(body, `${place.tag}=${MASK.length}`);
    } else for (let at = place.from; at < place.end; at++) body.push(frame[at]);
    body.push(SOH);
  });
  const head: number[] = [];
  const beginString = places.find((place) => place.tag === 8);
  if (beginString !== undefined) {
    for (let at = beginString.from; at < beginString.end; at++) head.push(frame[at]);
    head.push(SOH);
    push(head, `9=${body.length}`);
    head.push(SOH);
  }
  const whole = [...head, ...body];
  if (places.at(-1)?.tag !== 10) return Uint8Array.from(whole);
  const sum = whole.reduce((total, byte) => total + byte, 0) & 0xff;
  push(whole, `10=${String(sum).padStart(3, '0')}`);
  whole.push(SOH);
  return Uint8Array.from(whole);
}

/** Quick look: does any field begin with the digits of a secret's tag? Most messages end here. */
function mayHaveSecrets(frame: Uint8Array): boolean {
  for (let at = frame.indexOf(SOH); at >= 0; at = frame.indexOf(SOH, at + 1)) {
    const [first, second] = [frame[at + 1], frame[at + 2]];
    if (first === 0x39 && (second === 0x36 || second === 0x32)) return true;
    if (first === 0x35 && second === 0x35) return true;
    if (first === 0x31 && second === 0x34) return true;
  }
  return false;
}

/** It does not end with a CheckSum(10). */
function isCut(frame: Uint8Array): boolean {
  const at = frame.length - TRAILER_BYTES;
  return frame[at] !== 0x31 || frame[at + 1] !== 0x30 || frame[at + 2] !== EQUALS;
}

function placesOf(frame: Uint8Array): Place[] {
  const places: Place[] = [];
  let from = 0;
  let length = -1;
  let dataTag = 0;
  while (from < frame.length) {
    const equals = frame.indexOf(EQUALS, from);
    if (equals < 0) break;
    const tag = numberAt(frame, from, equals);
    const valueStart = equals + 1;
    const end = endOf(frame, valueStart, tag === dataTag ? length : -1);
    places.push({ tag, from, valueStart, end });
    dataTag = DATA_OF.get(tag) ?? 0;
    length = dataTag === 0 ? -1 : numberAt(frame, valueStart, end);
    from = end + 1;
  }
  return places;
}

/** Where the value ends. `length`: what the length field before it says, or -1. */
function endOf(frame: Uint8Array, valueStart: number, length: number): number {
  const said = valueStart + length;
  if (length >= 0 && isCut(frame)) {
    if (said >= frame.length) return frame.length;
    if (frame[said] === SOH) return said;
  } else if (length >= 0 && said < frame.length - TRAILER_BYTES && frame[said] === SOH) return said;
  // A length that does not lead to a delimiter before the trailer is a lie: the value ends at the next one.
  const next = frame.indexOf(SOH, valueStart);
  return next < 0 ? frame.length : next;
}

/** -1 when it isn't a number of at most nine digits. */
function numberAt(bytes: Uint8Array, from: number, to: number): number {
  if (to === from || to - from > 9) return -1;
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = bytes[at] - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function push(bytes: number[], text: string): void {
  for (let i = 0; i < text.length; i++) bytes.push(text.charCodeAt(i));
}
