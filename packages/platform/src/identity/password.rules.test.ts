/** Passwords that are refused, and that nothing else is. */
import { describe, expect, it } from 'vitest';
import { passwordFault } from './password.rules.ts';

describe('a password', () => {
  it('is refused when it is short, repeats itself or is tried first', () => {
    for (const password of [
      'short',
      'aaaaaaaaaaaaaaaa',
      'abababababababab',
      '123456789012',
      'password12345',
      'Password2026!',
      'passwordpassword',
      'qwertyuiop123',
      'Tidegate2026!!',
      'correct horse battery staple',
      'admin-demo-only',
      'Summer2026Summer',
      'x'.repeat(257),
    ])
      expect([password, passwordFault(password) !== undefined]).toEqual([password, true]);
  });

  it('is refused when it is the name of its user', () => {
    const names = ['ann.miller', 'Ann Miller', 'northbank'];
    expect(passwordFault('AnnMiller2026', names)).toContain('names');
    expect(passwordFault('northbank-1234', names)).toContain('names');
    expect(passwordFault('northbank-1234')).toBeUndefined();
  });

  it('is taken whatever it is made of, in any script, up to 256 characters', () => {
    for (const password of [
      'four words a lantern',
      'lowercase only letters',
      'пароль-из-слов-и-тире',
      '海の向こうの山と川と空と雲と風',
      'k7#Vq!p2Zx9w',
      `a long one that a manager made ${'xYz7'.repeat(50)}`,
    ])
      expect([password, passwordFault(password)]).toEqual([password, undefined]);
  });
});
