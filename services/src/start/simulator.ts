/**
 * The simulated providers of the demo profile: a child process of ours, or a running one named by its
 * control URL.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { VenueAddress } from '../gateway/venues/venue.sessions.ts';

export interface Simulator {
  readonly addresses: ReadonlyMap<string, VenueAddress>;
  /** Where its switches are, for people who want to try bad days. */
  readonly control: string;
  stop(): Promise<void>;
}

const provider = z.object({ venue: z.string(), quotesPort: z.int(), ordersPort: z.int() });
const ready = z.object({ event: z.literal('ready'), control: z.url(), providers: z.array(provider) });
const ports = z.object({ providers: z.array(provider) });

const program = fileURLToPath(new URL('../../../sim/dist/main.js', import.meta.url));
const stopMs = 2_500;

const addressesOf = (providers: readonly z.infer<typeof provider>[]): ReadonlyMap<string, VenueAddress> =>
  new Map(
    providers.map(({ venue, quotesPort, ordersPort }) => [
      venue,
      { host: '127.0.0.1', quotesPort, ordersPort },
    ]),
  );

/** Started as a child that ends when this process does, however that ends. */
export async function startSimulator(dataDir: string, signal: AbortSignal): Promise<Simulator> {
  const child = spawn(process.execPath, [program, '--with-parent', '--seed', '7', '--data', dataDir], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const deadline = setTimeout(() => child.kill('SIGKILL'), stopMs);
    await exited;
    clearTimeout(deadline);
  };
  try {
    const { control, providers } = ready.parse(JSON.parse(await firstLine(child, signal)));
    child.stdout!.resume();
    return { control, addresses: addressesOf(providers), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export async function joinSimulator(control: string): Promise<Simulator> {
  const response = await fetch(new URL('/ports', control));
  const { providers } = ports.parse(await response.json());
  return {
    control,
    addresses: addressesOf(providers),
    async stop() {
      /* not ours */
    },
  };
}

async function firstLine(child: ChildProcess, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: child.stdout! });
  const line = await Promise.race([
    once(lines, 'line', { signal }).then(([text]) => text as string),
    once(child, 'exit', { signal }).then(([code]) => {
      throw new Error(`the simulator ended with ${String(code)} before it was ready`);
    }),
  ]);
  lines.close();
  return line;
}
