/** Allow-lists: both families, and everything that has to fail closed. */
import { describe, expect, it } from 'vitest';
import { isAllowed, isCidr, isLoopback, networkOf } from './address.ts';

describe('isAllowed', () => {
  it('knows single addresses and networks of both families', () => {
    const list = ['10.1.0.0/16', '192.0.2.7', '2001:db8::/32'];
    for (const inside of [
      '10.1.0.0',
      '10.1.255.255',
      '192.0.2.7',
      '::ffff:10.1.2.3',
      '2001:db8::1',
      '2001:db8::1%eth0',
    ]) {
      expect([inside, isAllowed(inside, list)]).toEqual([inside, true]);
    }
    for (const outside of ['10.2.0.0', '192.0.2.8', '::ffff:10.2.0.1', '2001:db9::1', '::1']) {
      expect([outside, isAllowed(outside, list)]).toEqual([outside, false]);
    }
  });

  it('takes everything of a family with a prefix of length 0', () => {
    expect(isAllowed('203.0.113.1', ['0.0.0.0/0'])).toBe(true);
    expect(isAllowed('2001:db8::1', ['0.0.0.0/0'])).toBe(false);
    expect(isAllowed('2001:db8::1', ['::/0'])).toBe(true);
  });

  it('fails closed on empty lists, malformed entries and malformed addresses', () => {
    expect(isAllowed('10.0.0.1', [])).toBe(false);
    expect(isAllowed('10.0.0.1', ['*', '10.0.0.0/33', '10.0.0/8', '10.0.0.0/8/8', '10.0.0.0/', 'any'])).toBe(
      false,
    );
    expect(isAllowed('', ['0.0.0.0/0'])).toBe(false);
    expect(isAllowed('10.0.0.1; DROP', ['0.0.0.0/0'])).toBe(false);
  });

  it('tells CIDR from other text, and loopback from other hosts', () => {
    expect(['10.0.0.0/8', '10.0.0.1', '::/0', '::1/128'].every(isCidr)).toBe(true);
    expect(['10.0.0.0/-1', '10.0.0.0/8 ', '', '::ffff:10.0.0.0/104', 'localhost'].some(isCidr)).toBe(false);
    expect(['127.0.0.1', '127.9.9.9', '::1', 'localhost'].every(isLoopback)).toBe(true);
    expect(['0.0.0.0', '::', '10.0.0.1', 'example.org'].some(isLoopback)).toBe(false);
  });
});

describe('networkOf', () => {
  it('is an IPv4 address itself, and the /64 that one holder of IPv6 addresses has', () => {
    expect(['192.0.2.7', '::ffff:192.0.2.7'].map(networkOf)).toEqual(['192.0.2.7', '192.0.2.7']);
    const holder = ['2001:db8::1', '2001:0DB8:0:0:ffff::9', '2001:db8::1%eth0', '2001:db8::1:2:3:1.2.3.4'];
    expect(new Set(holder.map(networkOf))).toEqual(new Set(['2001:db8:0:0::/64']));
    expect(networkOf('2001:db8:0:1::1')).toBe('2001:db8:0:1::/64');
    expect(networkOf('::1')).toBe('0:0:0:0::/64');
    expect(networkOf('1:2:3:4:5:6:7:8')).toBe('1:2:3:4::/64');
    expect(networkOf('no address')).toBe('no address');
  });
});
