/**
 * Who may hold how much of a port before a Logon is through: connections a second, connections without a
 * Logon per address, and a pause for those who fail to log on again and again. One stranger can't use up what
 * is for all. Pure: addresses and a clock that never goes back are arguments.
 */
import { TokenBucket } from './token.bucket.ts';

export interface AdmissionLimits {
  /** New connections a second in all. Default 1,000; five times as many may come at once. */
  readonly connectionsPerSecond?: number;
  /** New connections a second from one address. Default 100; five times as many may come at once. */
  readonly connectionsPerSecondPerAddress?: number;
  /**
   * Connections of one address that have not logged on yet. Default: half of `maxConnections`, at least 16.
   */
  readonly halfOpenPerAddressMax?: number;
  /**
   * Refused Logons in a row of one address and SenderCompID until they have to pause. Default 10; 0: never.
   */
  readonly refusedLogonsMax?: number;
  /** Refused Logons of one address, whoever it claims to be, until it has to pause. Default 100; 0: never. */
  readonly refusedLogonsPerAddressMax?: number;
  /** That pause; Logons in it are cut without being looked at. Default 30,000. */
  readonly penaltyMs?: number;
}

/** Addresses and logons remembered; beyond it the longest known are forgotten. */
const REMEMBERED_MAX = 10_000;
const BURST_SECONDS = 5;

interface Origin {
  readonly bucket: TokenBucket;
  halfOpen: number;
}

interface Failures {
  count: number;
  untilMs: number;
}

export class Admission {
  readonly #total: TokenBucket;
  readonly #perSecond: number;
  readonly #halfOpenMax: number;
  readonly #refusedMax: number;
  readonly #refusedPerAddressMax: number;
  readonly #penaltyMs: number;
  readonly #origins = new Map<string, Origin>();
  readonly #failures = new Map<string, Failures>();

  constructor(limits: AdmissionLimits, maxConnections: number) {
    const total = limits.connectionsPerSecond ?? 1_000;
    this.#total = new TokenBucket(total, total * BURST_SECONDS);
    this.#perSecond = limits.connectionsPerSecondPerAddress ?? 100;
    this.#halfOpenMax = limits.halfOpenPerAddressMax ?? Math.max(16, Math.ceil(maxConnections / 2));
    this.#refusedMax = limits.refusedLogonsMax ?? 10;
    this.#refusedPerAddressMax = limits.refusedLogonsPerAddressMax ?? 100;
    this.#penaltyMs = limits.penaltyMs ?? 30_000;
  }

  /** A new connection: why it is refused, or undefined. One that is let in must be given back by `left`. */
  enter(address: string, monoMs: number): string | undefined {
    const origin = this.#origin(address, monoMs);
    if (!origin.bucket.take(monoMs)) return 'too many connections a second from this address';
    if (!this.#total.take(monoMs)) return 'too many connections a second';
    if (origin.halfOpen >= this.#halfOpenMax) return 'too many connections without a Logon from this address';
    origin.halfOpen += 1;
    return undefined;
  }

  /** It has logged on, or is gone. */
  left(address: string): void {
    const origin = this.#origins.get(address);
    if (origin !== undefined && origin.halfOpen > 0) origin.halfOpen -= 1;
  }

  /** May this Logon be looked at? */
  mayLogOn(address: string, senderCompId: string, monoMs: number): boolean {
    return !this.#pauses(address, monoMs) && !this.#pauses(`${address} ${senderCompId}`, monoMs);
  }

  refused(address: string, senderCompId: string, monoMs: number): void {
    this.#fail(`${address} ${senderCompId}`, this.#refusedMax, monoMs);
    this.#fail(address, this.#refusedPerAddressMax, monoMs);
  }

  loggedOn(address: string, senderCompId: string): void {
    this.#failures.delete(`${address} ${senderCompId}`);
  }

  #pauses(key: string, monoMs: number): boolean {
    const failures = this.#failures.get(key);
    return failures !== undefined && failures.count === 0 && monoMs < failures.untilMs;
  }

  /** Failures count within the time of one pause; count 0 is a pause that runs. */
  #fail(key: string, most: number, monoMs: number): void {
    if (most === 0) return;
    const known = this.#failures.get(key);
    const failures = known !== undefined && monoMs < known.untilMs ? known : { count: 0, untilMs: 0 };
    if (failures === known && failures.count === 0) return;
    failures.count += 1;
    failures.untilMs = monoMs + this.#penaltyMs;
    if (failures.count >= most) failures.count = 0;
    this.#failures.delete(key);
    this.#failures.set(key, failures);
    forgetOldest(this.#failures, () => true);
  }

  #origin(address: string, monoMs: number): Origin {
    let origin = this.#origins.get(address);
    if (origin === undefined) {
      origin = { bucket: new TokenBucket(this.#perSecond, this.#perSecond * BURST_SECONDS), halfOpen: 0 };
      this.#origins.set(address, origin);
      // One that holds connections, or still pays for them, is not forgotten for the sake of a newcomer.
      forgetOldest(this.#origins, (old) => old.halfOpen === 0 && old.bucket.isFull(monoMs));
    }
    return origin;
  }
}

/** At most twice as many as meant, whatever may be forgotten. */
function forgetOldest<T>(map: Map<string, T>, may: (value: T) => boolean): void {
  if (map.size <= REMEMBERED_MAX) return;
  let looked = 0;
  for (const [key, value] of map) {
    if (may(value) || map.size > 2 * REMEMBERED_MAX) map.delete(key);
    if (++looked === 8) return;
  }
}
