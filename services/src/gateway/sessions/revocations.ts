/**
 * The revocation lists in force on the FIX listeners: given to OpenSSL with the authorities, looked at once
 * more for sessions that are open when a new list comes, and watched for the moment when they run out.
 */
import type { Clock } from '@tidegate/platform/observe/clock';
import type { SystemEvents } from '@tidegate/platform/observe/system.events';
import {
  expiryMs,
  isRevoked,
  revocableOf,
  revocationLists,
  type Revocable,
  type RevocationList,
} from './revocation.list.ts';

export interface RevocationsOptions {
  readonly clock: Clock;
  readonly events: Pick<SystemEvents, 'record'>;
  /** What becomes of client certificates when a list has run out. */
  readonly expired: 'refuse' | 'accept';
  /** With `accept`: the listeners are to be given what `pems` says now. */
  readonly onExpired: () => void;
}

const lookMs = 1_000;

export class Revocations {
  private readonly options: RevocationsOptions;
  private lists: readonly RevocationList[] = [];
  private hasExpired = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: RevocationsOptions) {
    this.options = options;
  }

  start(): void {
    this.timer = setInterval(() => {
      if (this.runsOut()) this.options.onExpired();
    }, lookMs).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Throws when the text holds no list; then the old ones stay. `undefined`: there are none. */
  use(text: string | undefined): void {
    this.lists = text === undefined ? [] : revocationLists(text);
    this.hasExpired = false;
    this.runsOut();
  }

  /**
   * For OpenSSL, which refuses everybody when one has run out: with `accept` it is not told of them then, and
   * `has` alone knows who is revoked.
   */
  get pems(): readonly string[] {
    return this.hasExpired && this.options.expired === 'accept' ? [] : this.lists.map(({ pem }) => pem);
  }

  has(certificate: Revocable | undefined): boolean {
    return certificate !== undefined && isRevoked(this.lists, certificate);
  }

  /** Of a certificate's DER; undefined: nobody asks for revocations. */
  nameOf(der: Uint8Array | undefined): Revocable | undefined {
    return der === undefined || this.lists.length === 0 ? undefined : revocableOf(der);
  }

  /** Told once. */
  private runsOut(): boolean {
    const { clock, events, expired } = this.options;
    const at = expiryMs(this.lists);
    if (this.hasExpired || at === undefined || clock.nowMs() < at) return false;
    this.hasExpired = true;
    const consequence =
      expired === 'refuse'
        ? 'client certificates are refused'
        : 'client certificates are taken unless it names them';
    events.record({
      kind: 'revocationsExpired',
      severity: 'critical',
      subject: 'fix listeners',
      text: `a revocation list has run out at ${new Date(at).toISOString()}: ${consequence}`,
    });
    return true;
  }
}
