/**
 * Looks at the way to Bloomberg now and then: the tunnel's newest handshake, as WireGuard's own program tells
 * it or as somebody with the right to ask writes it to a file, and a TCP connection to a Bloomberg host.
 * What it means is decided in `vpn.ts`.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Clock } from '@tidegate/platform/observe/clock';
import { newestHandshakeMs, vpnVerdict, type VpnSight, type VpnVerdict } from './vpn.ts';

export interface VpnProbeOptions {
  readonly clock: Clock;
  /** Text of `wg show <interface> latest-handshakes`. */
  readonly handshakes: () => Promise<string>;
  /** Rejects when no Bloomberg host takes a connection. */
  readonly reach: () => Promise<void>;
  readonly handshakeMsMax: number;
  readonly onVerdict: (verdict: VpnVerdict) => void;
  /** Between the end of one look and the next. */
  readonly everyMs: number;
}

const askMs = 3_000;

export class VpnProbe {
  private readonly options: VpnProbeOptions;
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(options: VpnProbeOptions) {
    this.options = options;
  }

  start(): void {
    void this.round();
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  /** One look; never rejects. */
  async look(): Promise<VpnVerdict> {
    const { clock, handshakes, reach, handshakeMsMax } = this.options;
    // First the probe: it is traffic, and renews a handshake that is only old because nothing was sent.
    const probeError = await reach().then(() => undefined, textOf);
    const handshakeAtMs: VpnSight['handshakeAtMs'] = await handshakes().then(newestHandshakeMs, (error) => ({
      error: textOf(error),
    }));
    return vpnVerdict({ handshakeAtMs, probeError }, clock.nowMs(), handshakeMsMax);
  }

  private async round(): Promise<void> {
    const verdict = await this.look();
    if (this.isStopped) return;
    this.options.onVerdict(verdict);
    this.timer = setTimeout(() => void this.round(), this.options.everyMs).unref();
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export const handshakesOfFile = (path: string) => (): Promise<string> => readFile(path, 'utf8');

export const handshakesOfCommand = (command: string, device: string) => (): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(command, ['show', device, 'latest-handshakes'], { timeout: askMs }, (error, output) =>
      error === null ? resolve(output) : reject(new Error(error.message)),
    );
  });

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Any one of the hosts is enough. */
export const reachAny = (addresses: readonly Address[]) => async (): Promise<void> => {
  try {
    await Promise.any(addresses.map(reachOne));
  } catch (error) {
    throw error instanceof AggregateError ? (error.errors[0] as Error) : error;
  }
};

function reachOne({ host, port }: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: askMs });
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('timeout', () => {
      socket.destroy();
      reject(new Error(`${host}:${port} did not answer within ${askMs} ms`));
    });
    socket.once('error', reject);
  });
}
