/**
 * Who may hold a connection before he has said who he is: so many of one address and so many in all, and so
 * many new ones a second of one address. The same rules as the FIX listeners have, so that a stranger can't
 * use up what is for all. Used by the HTTP servers (until the first request) and by the streams (until the
 * sign-on).
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { clientAddress, isAllowed, networkOf } from '@tidegate/platform/identity/address';
import type { Clock } from '@tidegate/platform/observe/clock';
import { Rates } from './rate.ts';

export interface DoorOptions {
  readonly clock: Clock;
  /** Strangers of one address (of IPv6: of one /64), and in all. */
  readonly perAddressMax: number;
  readonly totalMax: number;
  /** New connections a second of one address; five times as many may come at once. */
  readonly perSecondPerAddress: number;
}

const burstSeconds = 5;

export class Door {
  private readonly options: DoorOptions;
  private readonly rates: Rates;
  private readonly strangers = new Map<string, number>();
  private count = 0;

  constructor(options: DoorOptions) {
    this.options = options;
    const { clock, perSecondPerAddress: perSecond } = options;
    this.rates = new Rates({ clock, perSecond, burst: burstSeconds * perSecond });
  }

  /** What is to be called once when he is known or gone; undefined: turned away. */
  enter(address: string): (() => void) | undefined {
    const key = networkOf(address);
    const { perAddressMax, totalMax } = this.options;
    const ofAddress = this.strangers.get(key) ?? 0;
    if (ofAddress >= perAddressMax || this.count >= totalMax || !this.rates.take(key)) return undefined;
    this.strangers.set(key, ofAddress + 1);
    this.count += 1;
    let isIn = true;
    return () => {
      if (!isIn) return;
      isIn = false;
      this.count -= 1;
      const left = this.strangers.get(key)! - 1;
      if (left === 0) this.strangers.delete(key);
      else this.strangers.set(key, left);
    };
  }
}

/** Whose a request is: of the proxies' word only what trusted ones have added counts. */
export const addressOf = (request: IncomingMessage, trustedProxies: readonly string[]): string =>
  clientAddress(request.socket.remoteAddress ?? '', request.headers['x-forwarded-for'], trustedProxies);

/** Time until the first request is there. */
const silentMsDefault = 10_000;

/**
 * Cuts connections that say nothing, and those beyond the door. Proxies that are trusted bring many clients.
 */
export function guardConnections(
  server: Server,
  door: Door,
  trustedProxies: readonly string[],
  silentMs = silentMsDefault,
): void {
  // By address and port: behind TLS a request has another socket than the connection.
  const silent = new Map<string, () => void>();
  server.on('connection', (socket: Socket) => {
    const { remoteAddress = '', remotePort = 0 } = socket;
    if (isAllowed(remoteAddress, trustedProxies)) return;
    const leave = door.enter(remoteAddress);
    if (leave === undefined) {
      socket.destroy();
      return;
    }
    const key = `${remoteAddress} ${remotePort}`;
    const timer = setTimeout(() => socket.destroy(), silentMs).unref();
    const known = (): void => {
      clearTimeout(timer);
      leave();
      if (silent.get(key) === known) silent.delete(key);
    };
    silent.set(key, known);
    socket.once('close', known);
  });
  const spoken = ({ socket: { remoteAddress = '', remotePort = 0 } }: IncomingMessage): void =>
    silent.get(`${remoteAddress} ${remotePort}`)?.();
  server.on('request', spoken);
  server.on('upgrade', spoken);
}
