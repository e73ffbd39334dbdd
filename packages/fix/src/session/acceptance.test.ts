/**
 * Runs every script in packages/fix/acceptance against the session, for each version it is for. SPEC.md names
 * them by file; RESULTS.md is the table of what passed, written by `npx vitest run
 * packages/fix/src/session/acceptance -u`.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runScript, versionsOf } from '../../acceptance/script.ts';
import { VERSIONS } from '../dictionary/versions.ts';

const folder = new URL('../../acceptance/', import.meta.url);
const scripts = readdirSync(folder)
  .filter((name) => name.endsWith('.fix'))
  .sort()
  .map((name) => ({ name, text: readFileSync(new URL(name, folder), 'utf8') }));
const runs = scripts.flatMap(({ name, text }) =>
  versionsOf(text).map((version) => ({ title: `${name} ${version}`, text, version })),
);

/** The table scenario × version, from a run. */
async function results(): Promise<string> {
  const rows: string[] = [];
  const passed = VERSIONS.map(() => 0);
  for (const { name, text } of scripts) {
    const marks: string[] = [];
    const versions = versionsOf(text);
    for (const [index, version] of VERSIONS.entries()) {
      if (!versions.includes(version)) {
        marks.push(' ');
        continue;
      }
      const failed = await runScript(text, version).then(
        () => false,
        () => true,
      );
      if (!failed) passed[index] = (passed[index] as number) + 1;
      marks.push(failed ? '✗' : '✓');
    }
    const what = (/^# (.*)$/m.exec(text)?.[1] ?? '').replaceAll('|', '\\|');
    rows.push(`| \`${name.replace('.fix', '')}\` | ${marks.join(' | ')} | ${what} |`);
  }
  return `# Scenarios of the FIX session, by version

Written by the run of \`src/session/acceptance.test.ts\` (with \`-u\`), not by hand. A scenario is a script of
its name in this folder; ✓ it passes, ✗ it does not, empty: the version does not have what it is about.

| scenario | ${VERSIONS.map((version) => version.slice('FIX.'.length)).join(' | ')} | what it shows |
| --- | ${VERSIONS.map(() => '---').join(' | ')} | --- |
${rows.join('\n')}
| **passed** | ${passed.join(' | ')} | ${passed.reduce((sum, count) => sum + count, 0)} |
`;
}

describe('acceptance', () => {
  it('has scripts', () => {
    expect(scripts.length).toBeGreaterThan(100);
    expect(runs.length).toBeGreaterThan(700);
  });

  it.each(runs)('$title', async ({ text, version }) => {
    await expect(runScript(text, version)).resolves.toBeUndefined();
  });

  it('has its results in RESULTS.md', async () => {
    await expect(await results()).toMatchFileSnapshot('../../acceptance/RESULTS.md');
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
    await expect(runScript(`${logon}[4.2+] < 35=A 34=1 98=0 108={4.2+ 31}`)).rejects.toThrow('108 is 30');
    await expect(runScript(`${logon}< 35=A 34=1 98=0 108=30\ntold recovered`)).rejects.toThrow('told');
    expect(versionsOf('versions 4.0-4.1 5.0SP2\n')).toEqual(['FIX.4.0', 'FIX.4.1', 'FIX.5.0SP2']);
  });
});
