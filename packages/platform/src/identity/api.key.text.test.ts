/** The text of keys: what is one, and that a slip of the pen is told from a wrong key. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apiKeyPattern, isSameHash, newApiKey, readApiKey } from './api.key.text.ts';

describe('the text of a key', () => {
  it('is found by its pattern, and read as what is kept of it', () => {
    const { text, id, secretHash } = newApiKey();
    expect(text).toMatch(apiKeyPattern);
    const read = readApiKey(text)!;
    expect(read.id).toBe(id);
    expect(isSameHash(read.secretHash, secretHash)).toBe(true);
    expect(isSameHash(read.secretHash, readApiKey(newApiKey().text)!.secretHash)).toBe(false);
    expect(secretHash.toString('latin1')).not.toContain(text.slice(17, 40));
  });

  it('is none with any digit changed or without one', () => {
    const { text } = newApiKey();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: text.length - 1 }), fc.constantFrom(...'0aZ_ '), (at, digit) => {
        const changed = text.slice(0, at) + digit + text.slice(at + 1);
        expect(readApiKey(changed) === undefined).toBe(changed !== text);
        expect(readApiKey(text.slice(0, at) + text.slice(at + 1))).toBeUndefined();
      }),
    );
    for (const none of ['', 'tgk_', `${text}0`, ` ${text}`, text.toLowerCase()])
      expect(readApiKey(none)).toBeUndefined();
  });

  it('is another each time', () => {
    const many = Array.from({ length: 500 }, () => newApiKey());
    expect(new Set(many.map(({ id }) => id)).size).toBe(500);
    expect(new Set(many.map(({ text }) => text)).size).toBe(500);
  });
});
