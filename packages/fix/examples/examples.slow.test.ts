/** Each example runs as its header says and does what it promises. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../src/session/store.memory.ts';
import { Acceptor } from '../src/transport/acceptor.ts';

const folder = mkdtempSync(join(tmpdir(), 'fix-examples-'));
const password = join(folder, 'password');
writeFileSync(password, 'sesame\n');
const running: ChildProcess[] = [];

afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The lines an example prints, as they come. */
async function* example(name: string, ...args: readonly string[]): AsyncGenerator<string> {
  const script = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, ['--conditions=tidegate-source', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.push(child);
  yield* createInterface({ input: child.stdout });
}

async function next(lines: AsyncGenerator<string>): Promise<string> {
  const { value, done } = await lines.next();
  if (done === true) throw new Error('the example has ended');
  return value;
}

const portOf = async (lines: AsyncGenerator<string>): Promise<string> =>
  /^listening on port (\d+)$/.exec(await next(lines))?.[1] ?? '';

describe('the examples', () => {
  it('acceptor and initiator', async () => {
    const acceptor = example('acceptor', '0', password, join(folder, 'acceptor'));
    const port = await portOf(acceptor);
    const initiator = example('initiator', port, 'CLIENT', 'EXAMPLE', 'sesame');
    expect(await next(initiator)).toBe('j in answer to D');
    expect(await next(initiator)).toBe('logged out: done');
    expect(await initiator.next()).toMatchObject({ done: true });
    expect(await next(acceptor)).toBe('FIX.4.4:EXAMPLE->CLIENT is logged on');
  });

  it('order echo', async () => {
    const port = await portOf(example('order.echo', '0', join(folder, 'orders')));
    const initiator = example('initiator', port);
    expect(await next(initiator)).toBe('8 in answer to order-1');
    expect(await next(initiator)).toMatch(/^logged out/);
  });

  it('market data client', async () => {
    const acceptor = new Acceptor({
      host: '127.0.0.1',
      port: 0,
      authenticate: ({ senderCompId, targetCompId }) => ({
        accept: true,
        settings: { beginString: 'FIX.4.4', senderCompId: targetCompId, targetCompId: senderCompId },
        store: new MemoryStore(),
        application: {
          onMessage(request, session) {
            session.send('W', (fields) => {
              fields
                .text(262, request.text(262) ?? '')
                .text(55, 'EUR/USD')
                .int(268, 2);
              fields.char(269, '0').decimal(270, 110_000, 5).int(271, 1_000_000);
              fields.char(269, '1').decimal(270, 110_010, 5).int(271, 2_000_000);
            });
          },
        },
      }),
    });
    await acceptor.listen();
    const client = example('market.data.client', String(acceptor.port), 'EUR/USD');
    expect(await next(client)).toBe('EUR/USD: bid 1.10000 x 1000000, offer 1.10010 x 2000000');
    await acceptor.close('closing time');
    expect(await next(client)).toBe('logged out: closing time');
  });
});
