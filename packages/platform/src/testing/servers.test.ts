/** The servers that tests run against: start, stop, collision, death of the test process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { startNats, startPostgres, startRedis } from './servers.ts';
import { until } from './until.ts';

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

describe('servers for tests', () => {
  it('start PostgreSQL also as root, and stop it', async () => {
    const server = await startPostgres();
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    const { rows } = await client.query<{ number: string; user: string; data: string }>(
      `SELECT current_setting('server_version_num') AS number, current_user AS "user",
        current_setting('data_directory') AS data`,
    );
    await client.end();
    expect(Number(rows[0]!.number)).toBeGreaterThanOrEqual(150_000);
    expect(rows[0]!.user).toBe('tidegate');
    expect(existsSync(rows[0]!.data)).toBe(true);
    await server.stop();
    await server.stop();
    expect(existsSync(rows[0]!.data)).toBe(false);
    expect(await accepts(server.port)).toBe(false);
  });

  it('run beside each other, on loopback', async () => {
    const servers = await Promise.all([startNats(), startNats(), startRedis(), startRedis()]);
    expect(new Set(servers.map(({ port }) => port)).size).toBe(4);
    for (const { port } of servers) expect(await accepts(port)).toBe(true);
    await Promise.all(servers.map((server) => server.stop()));
    for (const { port } of servers) expect(await accepts(port)).toBe(false);
  });

  it('say why one did not start', async () => {
    const taken = createServer();
    taken.listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(startRedis({ port })).rejects.toThrow(/already in use/i);
    await expect(startNats({ extraArguments: ['--no-such-flag'] })).rejects.toThrow(/no-such-flag/);
    taken.close();
  });

  it('do not outlive a test process that is killed', async () => {
    const source = fileURLToPath(new URL('./servers.ts', import.meta.url));
    const program = `const { startNats } = await import(${JSON.stringify(source)});
      const server = await startNats(); console.log(server.port); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const port = Number(line.toString());
    expect(await accepts(port)).toBe(true);
    child.kill('SIGKILL');
    await until(async () => !(await accepts(port)));
  });
});
