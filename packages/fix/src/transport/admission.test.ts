/** Who may connect and how often, with a clock that the test moves. */
import { describe, expect, it } from 'vitest';
import { addressList, plainAddress } from './addresses.ts';
import { Admission } from './admission.ts';
import { TokenBucket } from './token.bucket.ts';

describe('address list', () => {
  it('holds addresses and blocks of both families', () => {
    const list = addressList(['10.1.0.0/16', '192.0.2.7', '2001:db8::/32', '::1']);
    for (const inside of [
      '10.1.255.3',
      '192.0.2.7',
      '::ffff:10.1.2.3',
      '2001:db8:5::1',
      '::1',
      '2001:db8::1%eth0',
    ])
      expect(list.has(inside), inside).toBe(true);
    for (const outside of ['10.2.0.1', '192.0.2.8', '2001:db9::1', '', 'localhost', '::ffff:10.2.0.1'])
      expect(list.has(outside), outside).toBe(false);
    expect(addressList([]).has('10.1.0.1')).toBe(false);
  });

  it('refuses what is neither', () => {
    for (const wrong of [
      '10.1.0.0/33',
      '10.1.0.0/-1',
      '10.1.0.0/',
      '10.1/16',
      'host',
      '::1/129',
      '1.2.3.4/8/8',
    ])
      expect(() => addressList([wrong]), wrong).toThrow(`not an address or CIDR block: ${wrong}`);
  });

  it('knows an IPv4 address in the clothes of IPv6', () => {
    expect(plainAddress('::ffff:127.0.0.1')).toBe('127.0.0.1');
    expect(plainAddress('fe80::1%eth0')).toBe('fe80::1');
  });
});

describe('token bucket', () => {
  it('gives its burst at once and then its rate', () => {
    const bucket = new TokenBucket(10, 3);
    expect([1, 2, 3, 4].map(() => bucket.take(1_000))).toEqual([true, true, true, false]);
    expect(bucket.take(1_099)).toBe(false);
    expect(bucket.take(1_100)).toBe(true);
    expect(bucket.isFull(1_399)).toBe(false);
    expect(bucket.isFull(1_400)).toBe(true);
    expect([1, 2, 3, 4].map(() => bucket.take(9_000))).toEqual([true, true, true, false]);
  });
});

describe('admission', () => {
  it('limits connections a second of one address, and of all', () => {
    const admission = new Admission(
      { connectionsPerSecondPerAddress: 1, connectionsPerSecond: 2, halfOpenPerAddressMax: 100 },
      1_000,
    );
    const enter = (address: string, ms: number): string | undefined => admission.enter(address, ms);
    for (let i = 0; i < 5; i++) expect(enter('a', 0)).toBeUndefined();
    expect(enter('a', 0)).toBe('too many connections a second from this address');
    for (let i = 0; i < 5; i++) expect(enter('b', 0)).toBeUndefined();
    expect(enter('c', 0)).toBe('too many connections a second');
    expect(enter('c', 500)).toBeUndefined();
    expect(enter('a', 1_000)).toBeUndefined();
  });

  it('lets one address hold only so many connections without a Logon', () => {
    const admission = new Admission({ halfOpenPerAddressMax: 2 }, 1_000);
    expect(admission.enter('a', 0)).toBeUndefined();
    expect(admission.enter('a', 0)).toBeUndefined();
    expect(admission.enter('a', 0)).toBe('too many connections without a Logon from this address');
    expect(admission.enter('b', 0)).toBeUndefined();
    admission.left('a');
    expect(admission.enter('a', 0)).toBeUndefined();
  });

  it('makes those pause whose Logons are refused again and again, and nobody else', () => {
    const limits = { refusedLogonsMax: 3, refusedLogonsPerAddressMax: 5, penaltyMs: 1_000 };
    const admission = new Admission(limits, 1_000);
    for (let i = 0; i < 3; i++) {
      expect(admission.mayLogOn('a', 'X', i)).toBe(true);
      admission.refused('a', 'X', i);
    }
    expect(admission.mayLogOn('a', 'X', 1_001)).toBe(false);
    expect(admission.mayLogOn('a', 'Y', 500)).toBe(true);
    expect(admission.mayLogOn('b', 'X', 500)).toBe(true);
    expect(admission.mayLogOn('a', 'X', 1_002)).toBe(true);
    // A success forgets; failures long ago don't count.
    admission.refused('a', 'X', 2_000);
    admission.refused('a', 'X', 2_001);
    admission.loggedOn('a', 'X');
    admission.refused('a', 'X', 2_002);
    expect(admission.mayLogOn('a', 'X', 2_003)).toBe(true);
    // Whoever it claims to be.
    for (const name of ['P', 'Q', 'R', 'S', 'T']) admission.refused('c', name, 3_000);
    expect(admission.mayLogOn('c', 'U', 3_500)).toBe(false);
    expect(admission.mayLogOn('c', 'U', 4_000)).toBe(true);
  });

  it('never makes anybody pause when told so', () => {
    const admission = new Admission({ refusedLogonsMax: 0, refusedLogonsPerAddressMax: 0 }, 1_000);
    for (let i = 0; i < 1_000; i++) admission.refused('a', 'X', i);
    expect(admission.mayLogOn('a', 'X', 1_000)).toBe(true);
  });

  it('forgets addresses, but not those that hold connections', () => {
    const admission = new Admission({ halfOpenPerAddressMax: 1, connectionsPerSecond: 1e9 }, 1_000);
    expect(admission.enter('held', 0)).toBeUndefined();
    for (let i = 0; i < 15_000; i++) {
      expect(admission.enter(`10.0.${i >> 8}.${i & 255}`, i * 100)).toBeUndefined();
      admission.left(`10.0.${i >> 8}.${i & 255}`);
    }
    expect(admission.enter('held', 2e6)).toBe('too many connections without a Logon from this address');
  });
});
