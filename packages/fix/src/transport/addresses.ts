/** Lists of addresses and CIDR blocks, IPv4 and IPv6, as an allow-list is written. */
import { BlockList, isIP } from 'node:net';

export interface AddressList {
  has(address: string): boolean;
}

/**
 * `10.1.0.0/16`, `2001:db8::/32`, or single addresses. Throws on anything else. An IPv4 address that arrives
 * on an IPv6 socket (`::ffff:10.1.2.3`) is the IPv4 address.
 */
export function addressList(blocks: readonly string[]): AddressList {
  const list = new BlockList();
  for (const block of blocks) {
    const [address = '', bits, ...rest] = block.split('/');
    const family = isIP(address);
    const width = family === 4 ? 32 : 128;
    const prefix = bits === undefined ? width : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
    if (family === 0 || rest.length > 0 || prefix < 0 || prefix > width)
      throw new Error(`not an address or CIDR block: ${block}`);
    list.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6');
  }
  return {
    has: (address) => {
      const plain = plainAddress(address);
      const family = isIP(plain);
      return family !== 0 && list.check(plain, family === 4 ? 'ipv4' : 'ipv6');
    },
  };
}

/** Without the IPv6 clothes of an IPv4 address, and without a zone. */
export function plainAddress(address: string): string {
  const plain = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  const zone = plain.indexOf('%');
  return zone < 0 ? plain : plain.slice(0, zone);
}
