/**
 * The code of the README: all of it passes the type check, and what is marked `run` is run against each
 * other.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const blocks = [...readme.matchAll(/```ts( run)?\n([\s\S]*?)```/g)].map(([, run, code]) => ({
  isRun: run !== undefined,
  code: code ?? '',
}));
// In the tree, so that the imports are found as a user's are.
mkdirSync(join(root, '.cache'), { recursive: true });
const folder = mkdtempSync(join(root, '.cache', 'readme-'));
const running: ChildProcess[] = [];

afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

function start(name: string, code: string): AsyncIterator<string> {
  const script = join(folder, name);
  writeFileSync(script, code);
  const child = spawn(process.execPath, ['--conditions=tidegate-source', script], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.push(child);
  return createInterface({ input: child.stdout })[Symbol.asyncIterator]();
}

describe('the README', () => {
  it('passes the type check', () => {
    blocks.forEach(({ code }, i) => writeFileSync(join(folder, `block${i}.ts`), code));
    const base = join(root, 'tsconfig.tests.json');
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: base, include: ['block*.ts'] }));
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    execFileSync(process.execPath, [compiler, '-p', folder], { stdio: 'inherit' });
    expect(blocks.length).toBeGreaterThanOrEqual(3);
  });

  it('logs on from zero in ten lines', async () => {
    const [acceptor, initiator] = blocks.filter(({ isRun }) => isRun).map(({ code }) => code);
    expect(
      acceptor
        ?.trim()
        .split('\n')
        .filter((line) => line !== '').length,
    ).toBeLessThanOrEqual(10);
    const served = start('acceptor.ts', `${acceptor?.replace('7002', '0')}\nconsole.log(acceptor.port);`);
    const { value: port } = await served.next();
    const answered = start('initiator.ts', (initiator ?? '').replaceAll('7002', String(port)));
    expect(await answered.next()).toEqual({ value: 'j D', done: false });
  });
});
