/** scrypt hashes, their bounded queue and the short memory of verified passwords. */
import { describe, expect, it } from 'vitest';
import { Credentials, hashPassword } from './credentials.ts';

/**
 * Monotonic time under the test's control; scrypt runs only happen when not remembered, which `verifications`
 * shows.
 */
function make(options: { concurrency?: number; waitingMax?: number } = {}) {
  const time = { ms: 0 };
  const clock = { nowMs: () => time.ms, monoMs: () => time.ms };
  return { time, credentials: new Credentials({ clock, rememberMs: 1_000, ...options }) };
}

describe('credentials', () => {
  it('verify what was hashed and nothing else', async () => {
    const { credentials } = make();
    const stored = await hashPassword('open sesame');
    expect(stored).toMatch(/^scrypt\$32768\$8\$1\$[\w-]{22}\$[\w-]{43}$/);
    expect(await hashPassword('open sesame')).not.toBe(stored);
    expect(await credentials.verify('open sesame', stored)).toBe('ok');
    expect(await credentials.verify('open sesame', stored)).toBe('ok');
    expect(await credentials.verify('open sesam', stored)).toBe('refused');
    expect(await credentials.verify('', stored)).toBe('refused');
    expect(await credentials.verify('open sesame', undefined)).toBe('refused');
  });

  it('take long Unicode passphrases whole, in any form they are typed', async () => {
    const { credentials } = make();
    const passphrase = `${'пароль '.repeat(100)}café 🔑`;
    const stored = await hashPassword(passphrase.normalize('NFD'));
    expect(await credentials.verify(passphrase.normalize('NFC'), stored)).toBe('ok');
    expect(await credentials.verify(passphrase.slice(0, -2), stored)).toBe('refused');
    await expect(hashPassword('x'.repeat(5_000))).rejects.toThrow(RangeError);
    await expect(hashPassword('')).rejects.toThrow(RangeError);
    expect(await credentials.verify('x'.repeat(5_000), stored)).toBe('refused');
  });

  it('refuse stored text that is no hash, or one too costly to be ours', async () => {
    const { credentials } = make();
    const stored = await hashPassword('secret');
    for (const text of [
      '',
      'secret',
      stored.replace('$32768$', '$33554432$'),
      stored.replace('$32768$', '$32767$'),
      stored.replace('scrypt', 'plain'),
      stored.slice(0, -30),
    ]) {
      expect(await credentials.verify('secret', text)).toBe('refused');
    }
  });
});

describe('credentials, bounded and remembered', () => {
  it('say busy when the queue is full, and still remember who was verified before', async () => {
    const { credentials } = make({ concurrency: 1, waitingMax: 2 });
    const stored = await hashPassword('secret');
    expect(await credentials.verify('secret', stored)).toBe('ok');
    const verdicts = await Promise.all(
      ['a', 'b', 'c', 'd', 'secret'].map(async (one) => credentials.verify(one, stored)),
    );
    expect(verdicts).toEqual(['refused', 'refused', 'refused', 'busy', 'ok']);
    expect(await credentials.verify('a', stored)).toBe('refused');
  });

  it('forget after a while, at once when told, and with every new hash', async () => {
    const { credentials, time } = make({ concurrency: 1, waitingMax: 0 });
    const stored = await hashPassword('secret');
    const changed = await hashPassword('secret');
    expect(await credentials.verify('secret', stored)).toBe('ok');
    /** With the only place taken, just what is remembered can be answered. */
    const isRemembered = async (hash: string) => {
      const occupant = credentials.verify('occupant', stored);
      const verdict = await credentials.verify('secret', hash);
      await occupant;
      return verdict === 'ok';
    };
    expect(await isRemembered(stored)).toBe(true);
    expect(await isRemembered(changed)).toBe(false);
    time.ms = 1_001;
    expect(await isRemembered(stored)).toBe(false);
    expect(await credentials.verify('secret', stored)).toBe('ok');
    credentials.forgetAll();
    expect(await isRemembered(stored)).toBe(false);
  });
});
