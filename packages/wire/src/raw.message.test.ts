import { describe, expect, it } from 'vitest';
import { rawFields } from './raw.message.ts';

describe('a raw message', () => {
  it.each([
    ['8=FIX.4.4|35=8|58=a=b|', ['8 FIX.4.4', '35 8', '58 a=b']],
    [String.raw`17=a\|b|58=back\\slash|`, ['17 a|b', String.raw`58 back\slash`]],
    [String.raw`58=caf\xe9|1=\x00`, ['58 café', '1 \u0000']],
    ['58=|1=x', ['58 ', '1 x']],
    ['', []],
    ['no message|=x|0=y|-1=z|1.5=w', []],
  ])('%j has fields', (text, expected) => {
    expect(rawFields(text).map(({ tag, value }) => `${tag} ${value}`)).toEqual(expected);
  });
});
