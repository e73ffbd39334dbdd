/**
 * Address allow-lists in CIDR notation, for FIX logons and trusted proxies. What is malformed matches
 * nothing.
 */
import { BlockList, isIP } from 'node:net';

const lists = new WeakMap<readonly string[], BlockList>();

/**
 * Is the remote address in one of the networks? `cidrs` holds single addresses and `network/bits`, IPv4
 * and IPv6; an empty list allows nobody. IPv4 addresses that arrive mapped into IPv6 (`::ffff:10.0.0.1`)
 * count as IPv4.
 */
export function isAllowed(address: string, cidrs: readonly string[]): boolean {
  const { text, family } = normalise(address);
  if (family === undefined) return false;
  let list = lists.get(cidrs);
  if (list === undefined) {
    list = blockListOf(cidrs);
    // Callers hold their lists in immutable configuration; one that is built for a single call is collected
    // with it.
    lists.set(cidrs, list);
  }
  return list.check(text, family);
}

export function isCidr(text: string): boolean {
  return parse(text) !== undefined;
}

/** 127.0.0.0/8, ::1 and the name localhost. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || isAllowed(host, loopback);
}

/**
 * What one holder of addresses is counted by: an IPv4 address itself, of IPv6 the /64, whose 2^64 addresses
 * are one subscriber's. Other text is left as it is.
 */
export function networkOf(address: string): string {
  const { text, family } = normalise(address);
  if (family !== 'ipv6') return text;
  const [head = [], tail = []] = text.split('::').map((part) => part.split(':').filter((one) => one !== ''));
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0');
  const groups = [...head, ...zeros, ...tail].slice(0, 4).map((group) => parseInt(group, 16).toString(16));
  return `${groups.join(':')}::/64`;
}

/**
 * The client's address behind proxies: of X-Forwarded-For the last entry that no trusted proxy has. Whoever
 * is not trusted is the client himself, whatever he claims.
 */
export function clientAddress(
  remote: string,
  forwarded: string | readonly string[] | undefined,
  trusted: readonly string[],
): string {
  const claimed = String(forwarded ?? '').split(',');
  let address = remote;
  while (isAllowed(address, trusted)) {
    const next = claimed.pop()?.trim();
    if (next === undefined || isIP(next) === 0) break;
    address = next;
  }
  return address;
}

const loopback = ['127.0.0.0/8', '::1'] as const;

type Family = 'ipv4' | 'ipv6';

function normalise(address: string): { readonly text: string; readonly family: Family | undefined } {
  const withoutZone = address.replace(/%.*$/, '');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(withoutZone)?.[1];
  const text = mapped ?? withoutZone;
  const version = isIP(text);
  return { text, family: version === 4 ? 'ipv4' : version === 6 ? 'ipv6' : undefined };
}

function parse(
  cidr: string,
): { readonly text: string; readonly family: Family; readonly bits: number } | undefined {
  const [address = '', bitsText, ...rest] = cidr.split('/');
  const { text, family } = normalise(address);
  if (family === undefined || rest.length > 0) return undefined;
  const bitsMax = family === 'ipv4' ? 32 : 128;
  if (bitsText === undefined) return { text, family, bits: bitsMax };
  // A prefix length beside a mapped address could mean either family.
  if (!/^\d{1,3}$/.test(bitsText) || Number(bitsText) > bitsMax || text !== address) return undefined;
  return { text, family, bits: Number(bitsText) };
}

function blockListOf(cidrs: readonly string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const network = parse(cidr);
    if (network) list.addSubnet(network.text, network.bits, network.family);
  }
  return list;
}
