/**
 * Passwords of FIX clients and users: scrypt hashes, verified off the event loop in a bounded queue. A
 * verified password is remembered for a short time under a keyed digest, so that a client that reconnects
 * often does not pay for scrypt each time; the digest covers the stored hash, so a changed credential is
 * never answered from memory.
 */
import { createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../observe/clock.ts';

/** `busy`: the queue is full, nothing was verified. */
export type Verdict = 'ok' | 'refused' | 'busy';

export interface CredentialsOptions {
  readonly clock: Clock;
  /** scrypt runs at once. Default 2: each takes 32 MiB and about 70 ms of a core. */
  readonly concurrency?: number;
  /** Verifications waiting at most. Default 256. */
  readonly waitingMax?: number;
  /** How long a verified password is remembered. Default 60 s. */
  readonly rememberMs?: number;
}

interface Parameters {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

const parametersNow: Parameters = { N: 32_768, r: 8, p: 1 };
const saltBytes = 16;
const hashBytes = 32;
const passwordBytesMax = 4_096;
const rememberedMax = 10_000;
/** Stored hashes beyond this would make one verification a denial of service. */
const costMax = 2 ** 20;

/**
 * `scrypt$N$r$p$salt$hash`, the last two in base64url. Throws RangeError for a password that is empty or over
 * 4,096 bytes.
 */
export async function hashPassword(password: string): Promise<string> {
  const { N, r, p } = parametersNow;
  const salt = randomBytes(saltBytes);
  const bytes = passwordBytes(password);
  if (bytes === undefined) throw new RangeError(`a password has 1 to ${passwordBytesMax} bytes`);
  const hash = await derive(bytes, salt, parametersNow, hashBytes);
  return `scrypt$${N}$${r}$${p}$${salt.toString('base64url')}$${hash.toString('base64url')}`;
}

export class Credentials {
  readonly #clock: Clock;
  readonly #concurrency: number;
  readonly #waitingMax: number;
  readonly #rememberMs: number;
  readonly #key = randomBytes(32);
  /** Digest of (stored hash, password) to the monotonic time at which it is forgotten; oldest first. */
  readonly #remembered = new Map<string, number>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor({ clock, concurrency = 2, waitingMax = 256, rememberMs = 60_000 }: CredentialsOptions) {
    this.#clock = clock;
    this.#concurrency = concurrency;
    this.#waitingMax = waitingMax;
    this.#rememberMs = rememberMs;
  }

  /** `stored` undefined (no such user) takes as long as a wrong password and is always refused. */
  async verify(password: string, stored: string | undefined): Promise<Verdict> {
    const bytes = passwordBytes(password);
    const known = stored === undefined ? undefined : parseHash(stored);
    const digest = createHmac('sha256', this.#key)
      .update(`${stored ?? ''}\0`)
      .update(bytes ?? '')
      .digest('base64url');
    if (this.#isRemembered(digest)) return 'ok';
    if (!(await this.#enter())) return 'busy';
    try {
      const { salt, hash, parameters } = known ?? nobody;
      const derived = await derive(bytes ?? Buffer.of(0), salt, parameters, hash.length);
      const isRight = timingSafeEqual(derived, hash) && bytes !== undefined && known !== undefined;
      if (isRight) this.#remember(digest);
      return isRight ? 'ok' : 'refused';
    } finally {
      this.#leave();
    }
  }

  /** Forgets every verified password at once. */
  forgetAll(): void {
    this.#remembered.clear();
  }

  #isRemembered(digest: string): boolean {
    const until = this.#remembered.get(digest);
    if (until !== undefined && until > this.#clock.monoMs()) return true;
    this.#remembered.delete(digest);
    return false;
  }

  #remember(digest: string): void {
    const nowMs = this.#clock.monoMs();
    this.#remembered.delete(digest);
    this.#remembered.set(digest, nowMs + this.#rememberMs);
    for (const [oldest, until] of this.#remembered) {
      if (until > nowMs && this.#remembered.size <= rememberedMax) return;
      this.#remembered.delete(oldest);
    }
  }

  async #enter(): Promise<boolean> {
    if (this.#running >= this.#concurrency) {
      if (this.#waiting.length >= this.#waitingMax) return false;
      // The one that leaves hands its place over.
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
      return true;
    }
    this.#running += 1;
    return true;
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }
}

interface ParsedHash {
  readonly parameters: Parameters;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** Stands in for a user who does not exist: same cost, never right. */
const nobody: ParsedHash = {
  parameters: parametersNow,
  salt: randomBytes(saltBytes),
  hash: randomBytes(hashBytes),
};

/** Undefined for text that is not such a hash: it then verifies nothing. */
function parseHash(stored: string): ParsedHash | undefined {
  const match = /^scrypt\$(\d{1,8})\$(\d{1,3})\$(\d{1,2})\$([\w-]{16,128})\$([\w-]{22,128})$/.exec(stored);
  if (match === null) return undefined;
  const [N, r, p] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const isPower = N >= 2 && (N & (N - 1)) === 0;
  if (!isPower || r < 1 || p < 1 || N * r * p > costMax) return undefined;
  return {
    parameters: { N, r, p },
    salt: Buffer.from(match[4] ?? '', 'base64url'),
    hash: Buffer.from(match[5] ?? '', 'base64url'),
  };
}

/**
 * Unicode passphrases in one form (RFC 8265 OpaqueString uses NFC), whole; undefined when empty or too long.
 */
function passwordBytes(password: string): Buffer | undefined {
  if (password.length === 0 || password.length > passwordBytesMax) return undefined;
  const bytes = Buffer.from(password.toWellFormed().normalize('NFC'), 'utf8');
  return bytes.length > passwordBytesMax ? undefined : bytes;
}

function derive(password: Buffer, salt: Buffer, { N, r, p }: Parameters, length: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, length, { N, r, p, maxmem: 128 * N * r * 2 + 1_048_576 }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
