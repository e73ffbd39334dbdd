/** The table of keys: what a press is called, what may be chosen, and what is kept. */
import { describe, expect, it } from 'vitest';
import { chordOf, keyTable, Keys, refusalOf, standardKeys, type Pressed } from './keys.ts';

const pressed = (key: string, code: string, held = ''): Pressed => ({
  key,
  code,
  ctrlKey: held.includes('C'),
  metaKey: held.includes('M'),
  altKey: held.includes('A'),
  shiftKey: held.includes('S'),
});

function storage() {
  const items = new Map<string, string>();
  return {
    items,
    getItem: (name: string) => items.get(name) ?? null,
    setItem: (name: string, value: string) => void items.set(name, value),
    removeItem: (name: string) => void items.delete(name),
  };
}

describe('a press', () => {
  it('is called by its modifiers and the letter on its cap', () => {
    expect(
      [
        pressed('t', 'KeyT', 'A'),
        pressed('†', 'KeyT', 'A'),
        pressed('B', 'KeyB', 'S'),
        pressed('z', 'KeyY'),
        pressed('k', 'KeyK', 'M'),
        pressed('1', 'Digit1', 'A'),
        pressed('?', 'Slash', 'S'),
        pressed('F2', 'F2', 'S'),
        pressed(' ', 'Space'),
        pressed('Shift', 'ShiftLeft', 'S'),
      ].map(chordOf),
    ).toEqual(['Alt+T', 'Alt+T', 'Shift+B', 'Z', 'Ctrl+K', 'Alt+1', '?', 'Shift+F2', 'Space', '']);
  });
});

describe('the table', () => {
  it('gives no key twice, and only keys that could be chosen', () => {
    expect(new Set(keyTable.map(({ chord }) => chord)).size).toBe(keyTable.length);
    for (const { id, chord } of keyTable)
      expect([id, refusalOf({ ...standardKeys, [id]: '' }, id, chord)]).toEqual([id, '']);
  });

  it('refuses what is taken, what the browser has, and what would be typed by chance', () => {
    expect(refusalOf(standardKeys, 'lock', 'Alt+T')).toContain('Order ticket');
    expect(refusalOf(standardKeys, 'buy', 'Tab')).toContain('taken');
    expect(refusalOf(standardKeys, 'cancelAll', 'X')).toContain('Alt or Ctrl');
    expect(refusalOf(standardKeys, 'buy', 'Z')).toContain('Edit the size');
    expect(refusalOf(standardKeys, 'buy', 'F9')).toBe('');
  });
});

describe('the keys of a user', () => {
  it('are kept for that user in this browser, until they are reset', () => {
    const store = storage();
    const keys = new Keys('ann', store);
    expect(keys.bind('buy', 'Alt+T')).not.toBe('');
    expect(keys.bind('buy', 'F9')).toBe('');
    expect(keys.actionOf(pressed('F9', 'F9'), 'tile')).toBe('buy');
    expect(keys.actionOf(pressed('F9', 'F9'), 'anywhere')).toBeUndefined();
    expect(keys.actionOf(pressed('B', 'KeyB', 'S'), 'tile')).toBeUndefined();
    expect(new Keys('ann', store).bindings.read().buy).toBe('F9');
    expect(new Keys('bob', store).bindings.read()).toEqual(standardKeys);
    keys.reset();
    expect(new Keys('ann', store).bindings.read()).toEqual(standardKeys);
  });

  it('fall back where what was kept can no longer be', () => {
    const store = storage();
    store.setItem('tidegate.keys.ann', '{"buy":"Alt+T","sell":"F8","gone":"F7","size":3}');
    expect(new Keys('ann', store).bindings.read()).toEqual({ ...standardKeys, sell: 'F8' });
    store.setItem('tidegate.keys.ann', 'no JSON');
    expect(new Keys('ann', store).bindings.read()).toEqual(standardKeys);
  });
});
