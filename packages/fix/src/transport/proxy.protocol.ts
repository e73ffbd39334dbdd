/**
 * The PROXY protocol, version 2: a load balancer in front of us says in a few bytes before everything else
 * who the client is (haproxy's specification, section 2.2). Only proxies that are trusted may say so. Version
 * 1 (text) is refused.
 */
import type { Socket } from 'node:net';

export interface ProxyProtocolOptions {
  /**
   * Addresses and CIDR blocks of the proxies; others are cut at once, and so is a proxy without the header.
   */
  readonly from: readonly string[];
  /** For the whole header. Default 5,000. */
  readonly timeoutMs?: number;
}

export interface ProxyHeader {
  /**
   * False: the proxy speaks for itself (health check), or doesn't tell: the connection's own address counts.
   */
  readonly isRelayed: boolean;
  /** LOCAL: a health check, which may go without a word. */
  readonly isLocal: boolean;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

const SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a] as const;
const FIXED_BYTES = 16;
/** Addresses and TLVs. */
const VARIABLE_BYTES_MAX = 4_096;
const TIMEOUT_MS_DEFAULT = 5_000;
const V1_START = 'PROXY ';

/** What is wrong with a header, for people and counters. */
export class ProxyProtocolError extends Error {
  override readonly name = 'ProxyProtocolError';
}

/** Bytes that follow the first 16. */
export function variableBytes(fixed: Uint8Array): number {
  if (String.fromCharCode(...fixed.subarray(0, V1_START.length)) === V1_START)
    throw new ProxyProtocolError('version 1 is not spoken');
  if (!SIGNATURE.every((byte, i) => fixed[i] === byte)) throw new ProxyProtocolError('no header');
  if (fixed[12] >> 4 !== 2) throw new ProxyProtocolError(`unknown version ${fixed[12] >> 4}`);
  const length = (fixed[14] << 8) | fixed[15];
  if (length > VARIABLE_BYTES_MAX) throw new ProxyProtocolError(`header of ${length} bytes`);
  return length;
}

/** `fixed`: the first 16 bytes, which `variableBytes` has accepted; `variable`: as many as it said. */
export function parseProxyHeader(fixed: Uint8Array, variable: Uint8Array): ProxyHeader {
  const command = fixed[12] & 0x0f;
  const [family, protocol] = [fixed[13] >> 4, fixed[13] & 0x0f];
  if (command > 1) throw new ProxyProtocolError(`unknown command ${command}`);
  if (family > 3 || protocol > 2) throw new ProxyProtocolError('unknown address family');
  const own = { isRelayed: false, isLocal: command === 0, remoteAddress: '', remotePort: 0 };
  // LOCAL, unspecified, UNIX sockets: nothing in it is an address of the net.
  if (command === 0 || family === 0 || family === 3) return own;
  if (protocol !== 1) throw new ProxyProtocolError('not a TCP connection');
  const bytes = family === 1 ? 4 : 16;
  if (variable.length < 2 * bytes + 4) throw new ProxyProtocolError('addresses are cut short');
  const address = variable.subarray(0, bytes);
  return {
    isRelayed: true,
    isLocal: false,
    remoteAddress: family === 1 ? address.join('.') : ipv6Text(address),
    remotePort: (variable[2 * bytes] << 8) | variable[2 * bytes + 1],
  };
}

/**
 * Reads the header from a fresh socket and not one byte more. `done` is called once: with the header, or with
 * what is wrong.
 */
export function readProxyHeader(
  socket: Socket,
  options: ProxyProtocolOptions,
  done: (result: ProxyHeader | ProxyProtocolError) => void,
): void {
  let fixed: Uint8Array | undefined;
  let needed = 0;
  const finish = (result: ProxyHeader | ProxyProtocolError): void => {
    clearTimeout(timeout);
    socket.off('readable', onReadable).off('close', onClose).off('end', onClose);
    done(result);
  };
  const onReadable = (): void => {
    try {
      if (fixed === undefined) {
        const bytes = socket.read(FIXED_BYTES) as Uint8Array | null;
        if (bytes === null) return;
        if (bytes.length < FIXED_BYTES) return onClose();
        needed = variableBytes(bytes);
        fixed = bytes;
      }
      const variable = needed === 0 ? new Uint8Array(0) : (socket.read(needed) as Uint8Array | null);
      if (variable === null) return;
      if (variable.length < needed) return onClose();
      finish(parseProxyHeader(fixed, variable));
    } catch (error) {
      if (!(error instanceof ProxyProtocolError)) throw error;
      finish(error);
    }
  };
  const onClose = (): void => finish(new ProxyProtocolError('closed within the header'));
  const timeout = setTimeout(
    () => finish(new ProxyProtocolError('no header in time')),
    options.timeoutMs ?? TIMEOUT_MS_DEFAULT,
  );
  socket.on('readable', onReadable).on('close', onClose).on('end', onClose);
}

/** Eight groups, the longest run of zeros as `::` (RFC 5952); an IPv4-mapped address as IPv4. */
function ipv6Text(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => (bytes[2 * i] << 8) | bytes[2 * i + 1]);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff)
    return bytes.subarray(12).join('.');
  let [bestStart, bestLength] = [-1, 1];
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (end < 8 && groups[end] === 0) end++;
    if (end - start > bestLength) [bestStart, bestLength] = [start, end - start];
  }
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  if (bestStart < 0) return text(groups);
  return `${text(groups.slice(0, bestStart))}::${text(groups.slice(bestStart + bestLength))}`;
}
