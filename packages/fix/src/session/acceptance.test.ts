/** Runs every script in packages/fix/acceptance against the session; SPEC.md names them by file. */
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runScript } from '../../acceptance/script.ts';

const folder = new URL('../../acceptance/', import.meta.url);
const scripts = readdirSync(folder)
  .filter((name) => name.endsWith('.fix'))
  .sort();

describe('acceptance', () => {
  it('has scripts', () => {
    expect(scripts.length).toBeGreaterThan(70);
  });

  it.each(scripts)('%s', async (name) => {
    await expect(runScript(readFileSync(new URL(name, folder), 'utf8'))).resolves.toBeUndefined();
  });

  it('notices what does not hold', async () => {
    const logon = 'connect\n> 35=A 34=1 98=0 108=30\n';
    await expect(runScript(`${logon}< 35=A 34=1 98=0 108=31`)).rejects.toThrow('108 is 30');
    await expect(runScript(`${logon}< 35=A 34=1 98=0`)).rejects.toThrow('unexpected 108=30');
    await expect(runScript(logon)).rejects.toThrow('at the end');
    await expect(runScript(`${logon}quiet`)).rejects.toThrow('line 3');
    await expect(runScript(`${logon}< 35=A 34=1 98=0 108=30\n> ORDER 34=2 11=C`)).rejects.toThrow(
      'the application got',
    );
    await expect(runScript(`${logon}< 35=A 34=1 98=0 108=30\nnumbers in=9`)).rejects.toThrow('in is 2');
  });
});
