/** The simulator as a real process: ready line, arguments, ends and restarts. */
import { afterEach, describe, expect, it } from 'vitest';
import type { ChildProcess } from 'node:child_process';
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { FixClient } from './client.ts';
import type { ProviderPorts } from './simulation.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
/** Node runs the sources as they are. */
const EXEC_ARGV = ['--conditions=tidegate-source'];
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
});

interface Ready {
  readonly event: 'ready';
  readonly control: string;
  readonly providers: readonly Pick<ProviderPorts, 'venue' | 'quotesPort' | 'ordersPort'>[];
}

function start(...options: string[]): ChildProcess {
  const child = spawn(process.execPath, [...EXEC_ARGV, MAIN, ...options], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  children.push(child);
  return child;
}

async function ready(child: ChildProcess): Promise<Ready> {
  if (child.stdout === null || child.stderr === null) throw new Error('no pipes');
  let errors = '';
  child.stderr.on('data', (part: Buffer) => {
    errors += part.toString();
  });
  const lines = createInterface({ input: child.stdout });
  const [line] = await Promise.race([
    once(lines, 'line') as Promise<[string]>,
    once(child, 'exit').then(([code]) => {
      throw new Error(`ended with ${String(code)}: ${errors}`);
    }),
  ]);
  return JSON.parse(line) as Ready;
}

describe('the simulator as a process', () => {
  it('says when it is ready, quotes, and ends on SIGTERM though clients are connected', async () => {
    const child = start('--seed', '7', '--rate', '200', '--providers', 'alpha,bravo');
    const { event, control, providers } = await ready(child);
    expect(event).toBe('ready');
    expect(providers.map((each) => each.venue)).toEqual(['alpha', 'bravo']);
    const client = new FixClient({
      port: providers[1]?.quotesPort ?? 0,
      senderCompId: 'TIDEGATE-MD',
      targetCompId: 'BRAVO',
      marketData: true,
    });
    await client.logOn();
    client.subscribe({ mdReqId: 'M', symbols: ['EUR/USD', 'ETH/USD'] });
    await client.until(() => client.quotes > 5);
    expect((await fetch(`${control}/state`)).status).toBe(200);
    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(0);
    await client.until(() => !client.isLoggedOn);
    await client.stop();
  });

  it('ends by POST /stop', async () => {
    const child = start('--manual');
    const { control } = await ready(child);
    await fetch(`${control}/stop`, { method: 'POST' });
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('ends with its parent: by the channel, or by standard input', async () => {
    const forked = fork(MAIN, ['--with-parent'], {
      execArgv: EXEC_ARGV,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    children.push(forked);
    const [message] = (await once(forked, 'message')) as [Ready];
    expect(message.event).toBe('ready');
    forked.disconnect();
    expect(await once(forked, 'exit')).toEqual([0, null]);

    const piped = start('--with-parent');
    await ready(piped);
    piped.stdin?.end();
    expect(await once(piped, 'exit')).toEqual([0, null]);
  });

  it('keeps trades and sessions through a kill', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'tidegate-sim-'));
    try {
      const trade = async (clOrdId: string, port: number): Promise<FixClient> => {
        const client = new FixClient({
          port,
          senderCompId: 'TIDEGATE-OE',
          targetCompId: 'ALPHA',
          directory: join(directory, 'client'),
        });
        await client.logOn();
        client.order({ clOrdId, symbol: 'EUR/USD', side: 'buy', quantity: '1000', timeInForce: 'ioc' });
        await client.ended(clOrdId);
        return client;
      };
      const options = ['--data', join(directory, 'sim'), '--providers', 'alpha', '--rate', '100'];
      const first = start(...options);
      const { control, providers } = await ready(first);
      const subscriber = new FixClient({
        port: providers[0]?.quotesPort ?? 0,
        senderCompId: 'TIDEGATE-MD',
        targetCompId: 'ALPHA',
        marketData: true,
      });
      await subscriber.logOn();
      // A subscription makes the provider quote the symbol now.
      subscriber.subscribe({ mdReqId: 'M', symbols: ['EUR/USD'] });
      await subscriber.until(() => subscriber.quotes > 0);
      await subscriber.stop();
      const one = await trade('A', providers[0]?.ordersPort ?? 0);
      const before = (await (await fetch(`${control}/executions`)).json()) as {
        executions: { execId: string }[];
      };
      first.kill('SIGKILL');
      await once(first, 'exit');
      await one.stop();
      const second = start(...options);
      const again = await ready(second);
      const after = (await (await fetch(`${again.control}/executions`)).json()) as {
        executions: { execId: string }[];
      };
      expect(after.executions).toEqual(before.executions);
      expect(after.executions.length).toBe(1);
      const two = await trade('B', again.providers[0]?.ordersPort ?? 0);
      expect([...two.fills.keys()]).not.toContain(after.executions[0]?.execId);
      expect(two.session.counters.gapsDetected).toBe(0);
      await two.stop();
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it.each([
    [['--seed', 'x']],
    [['--providers', 'delta']],
    [['--providers', 'alpha,alpha']],
    [['--rate', '-1']],
    [['--nonsense']],
    [['--fixed-ports', '65535']],
  ])('refuses %j', async (options) => {
    const child = start(...options);
    expect(await once(child, 'exit')).toEqual([2, null]);
  });
});
