/**
 * What a certificate revocation list (RFC 5280, section 5) says: whose it is, until when it counts, and which
 * certificates of that issuer are revoked. Pure. Signatures are OpenSSL's affair, which is given the same
 * list.
 */
export interface RevocationList {
  /** PEM, as it was given. */
  readonly pem: string;
  /** DER of the issuer's name, as hex. */
  readonly issuer: string;
  /** Undefined: it says none. */
  readonly nextUpdateMs: number | undefined;
  /** Serial numbers, as plain hex. */
  readonly revoked: ReadonlySet<string>;
}

/** A certificate as a list names it. */
export interface Revocable {
  readonly issuer: string;
  readonly serial: string;
}

/** Throws when the text holds no list, or something else. */
export function revocationLists(text: string): readonly RevocationList[] {
  const blocks = text.match(/-----BEGIN X509 CRL-----[\s\S]+?-----END X509 CRL-----/g) ?? [];
  if (blocks.length === 0) throw new Error('no revocation list in it (PEM, X509 CRL)');
  return blocks.map(listOf);
}

/** `der`: of the certificate. */
export function revocableOf(der: Uint8Array): Revocable {
  const body = inside(inside(elementAt(Buffer.from(der), 0)));
  const [, serial, , issuer] = body[0]!.tag === 0xa0 ? body : [undefined, ...body];
  return { issuer: issuer!.bytes.toString('hex'), serial: plainHex(serial!.value.toString('hex')) };
}

export const isRevoked = (lists: readonly RevocationList[], { issuer, serial }: Revocable): boolean =>
  lists.some((list) => list.issuer === issuer && list.revoked.has(serial));

/** The first moment at which one of them has run out; undefined: never. */
export function expiryMs(lists: readonly RevocationList[]): number | undefined {
  const moments = lists.flatMap(({ nextUpdateMs }) => (nextUpdateMs === undefined ? [] : [nextUpdateMs]));
  return moments.length === 0 ? undefined : Math.min(...moments);
}

interface Element {
  readonly tag: number;
  readonly value: Buffer;
  /** With tag and length. */
  readonly bytes: Buffer;
}

const sequence = 0x30;
const times = new Set([0x17, 0x18]);

function listOf(pem: string): RevocationList {
  const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
  // version (2), signature, issuer, thisUpdate, nextUpdate (optional), revokedCertificates (optional), [0]
  const fields = inside(inside(elementAt(der, 0))).filter(({ tag }) => tag !== 0x02);
  const [, issuer, , ...rest] = fields;
  if (issuer?.tag !== sequence) throw new Error('a revocation list without an issuer');
  const nextUpdate = rest[0] !== undefined && times.has(rest[0].tag) ? rest[0] : undefined;
  const entries = rest.find(({ tag }) => tag === sequence);
  return {
    pem: `${pem}\n`,
    issuer: issuer.bytes.toString('hex'),
    nextUpdateMs: nextUpdate === undefined ? undefined : timeMs(nextUpdate),
    revoked: new Set(
      entries === undefined
        ? []
        : children(entries.value).map((entry) => plainHex(children(entry.value)[0]!.value.toString('hex'))),
    ),
  };
}

/** The first child's children: both kinds of document begin with what is signed. */
function inside(element: Element | readonly Element[]): readonly Element[] {
  const one = Array.isArray(element) ? (element as readonly Element[])[0] : (element as Element);
  if (one?.tag !== sequence) throw new Error('not the DER of a certificate or revocation list');
  return children(one.value);
}

function children(value: Buffer): readonly Element[] {
  const found: Element[] = [];
  for (let at = 0; at < value.length;) {
    const element = elementAt(value, at);
    found.push(element);
    at += element.bytes.length;
  }
  return found;
}

function elementAt(buffer: Buffer, at: number): Element {
  const tag = buffer[at];
  const first = buffer[at + 1];
  if (tag === undefined || first === undefined) throw new Error('DER ends too early');
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (lengthBytes > 4) throw new Error('DER of that length is not read');
  const start = at + 2 + lengthBytes;
  const length = lengthBytes === 0 ? first : Number(`0x${buffer.toString('hex', at + 2, start) || '0'}`);
  if (start + length > buffer.length) throw new Error('DER ends too early');
  return { tag, value: buffer.subarray(start, start + length), bytes: buffer.subarray(at, start + length) };
}

/** UTCTime has two digits of the year, which are of 1950 to 2049 (RFC 5280, 4.1.2.5.1). */
function timeMs({ tag, value }: Element): number {
  const text = value.toString('latin1');
  const whole = tag === 0x17 ? `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}` : text;
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(whole);
  if (match === null) throw new Error(`not a time: ${text}`);
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

const plainHex = (hex: string): string => hex.toLowerCase().replace(/^0+(?=.)/, '');
