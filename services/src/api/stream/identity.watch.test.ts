/** Who may stay on the stream, by a clock of our own; the running platform's tests show the rest. */
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import { describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { Rate } from '../../rate.ts';
import type { Identities, Identity } from '../identity.ts';
import { ApiProblem } from '../problem.ts';
import { StreamClient } from './client.ts';
import { IdentityWatch } from './identity.watch.ts';

class TestClock {
  ms = 1_000_000;
  nowMs = (): number => this.ms;
  monoMs = (): number => this.ms;
}

/** A socket that only remembers what was done to it. */
class Socket {
  readonly OPEN = 1;
  readonly bufferedAmount = 0;
  readyState = 1;
  readonly done: string[] = [];
  close = (code: number, reason: string): void => {
    this.readyState = 2;
    this.done.push(`close ${code} ${reason}`);
  };
  ping = (): void => void this.done.push('ping');
  terminate = (): void => void this.done.push('terminate');
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('identity watch', () => {
  const some = (identify: () => Promise<Identity>) => {
    const clock = new TestClock();
    const socket = new Socket();
    const client = new StreamClient(
      socket as unknown as WebSocket,
      new Rate({ clock, perSecond: 1, burst: 1 }),
      () => undefined,
      () => undefined,
    );
    client.identity = { expiresAtMs: clock.ms + 1_000_000 } as Identity;
    client.checkedMonoMs = clock.ms;
    const watch = new IdentityWatch({
      clock,
      configuration: {} as Configuration,
      identities: { identify } as unknown as Identities,
      clients: () => [client],
      onError: (error) => {
        throw error;
      },
    });
    const after = async (ms: number): Promise<readonly string[]> => {
      clock.ms += ms;
      client.isAlive = true;
      watch.tick();
      await settled();
      return socket.done.filter((one) => one !== 'ping');
    };
    return { clock, socket, client, watch, after };
  };

  it('asks again now and then, and lets a stream go on for a minute while nobody can say', async () => {
    let asked = 0;
    const { after } = some(() => {
      asked += 1;
      return Promise.reject(new ApiProblem(503, 'IDENTITY_UNKNOWN', 'SQL is away'));
    });
    expect(await after(9_999)).toEqual([]);
    expect(asked).toBe(0);
    expect(await after(1)).toEqual([]);
    expect(asked).toBe(1);
    expect(await after(49_999)).toEqual([]);
    expect(await after(1)).toEqual(['close 1013 IDENTITY_UNKNOWN']);
  });

  it('counts from the last good answer, and closes at a bad one', async () => {
    let answer: () => Promise<Identity> = () => Promise.resolve({} as Identity);
    const { after } = some(() => answer());
    for (let minute = 0; minute < 5; minute += 1) expect(await after(60_000)).toEqual([]);
    answer = () => Promise.reject(new ApiProblem(401, 'TOKEN_INVALID', 'revoked'));
    expect(await after(10_000)).toEqual(['close 1008 TOKEN_INVALID']);
  });

  it('ends a stream with its token', async () => {
    const { after } = some(() => Promise.resolve({} as Identity));
    expect(await after(999_999)).toEqual([]);
    expect(await after(1)).toEqual(['close 1008 TOKEN_EXPIRED']);
  });

  it('cuts a peer that does not answer pings', () => {
    const { clock, socket, client, watch } = some(() => Promise.resolve({} as Identity));
    const pingAfter = () => {
      clock.ms += 20_000;
      watch.tick();
    };
    pingAfter();
    client.isAlive = true;
    pingAfter();
    expect(socket.done).toEqual(['ping', 'ping']);
    pingAfter();
    expect(socket.done).toEqual(['ping', 'ping', 'terminate']);
  });
});
