/**
 * * Is this process alive, and may work be sent to it? Services register named checks; an orchestrator and
 * operators ask. A process is alive while its event loop answers and nobody has declared it lost; it is
 * ready when every check has nothing to say.
 */

/** Returns why not, in words for an operator, or undefined when all is well. */
export type HealthCheck = () => string | undefined | Promise<string | undefined>;

export interface Readiness {
  readonly isReady: boolean;
  /** By check, in the order of registration; empty when ready. */
  readonly reasons: Readonly<Record<string, string>>;
}

export interface HealthOptions {
  /** Longest time one check may take. Default 1,000. */
  readonly checkLimitMs?: number;
}

export class Health {
  readonly #checks = new Map<string, HealthCheck>();
  readonly #checkLimitMs: number;
  #lost: string | undefined;
  #asking: Promise<Readiness> | undefined;

  constructor(options: HealthOptions = {}) {
    this.#checkLimitMs = options.checkLimitMs ?? 1_000;
  }

  /** Returns what takes the check away again. A name is used once. */
  register(name: string, check: HealthCheck): () => void {
    if (this.#checks.has(name)) throw new Error(`health check ${name} is there already`);
    this.#checks.set(name, check);
    return () => void this.#checks.delete(name);
  }

  /** From now on not ready, and not to become so again: the process is stopping. */
  drain(): void {
    this.#asking = undefined;
    this.#checks.set('process', () => 'stopping');
  }

  /** From now on not alive: nothing but a restart helps. */
  declareLost(reason: string): void {
    this.#asking = undefined;
    this.#lost ??= reason;
  }

  /** Why the process should be restarted, or undefined. */
  get lost(): string | undefined {
    return this.#lost;
  }

  /**
   * Runs all checks at once, and once for all who ask meanwhile: strangers may ask, and checks cost SQL. One
   * that throws or does not answer counts as a reason.
   */
  readiness(): Promise<Readiness> {
    if (this.#asking !== undefined) return this.#asking;
    const asking = this.#askAll().finally(() => {
      if (this.#asking === asking) this.#asking = undefined;
    });
    return (this.#asking = asking);
  }

  async #askAll(): Promise<Readiness> {
    const outcomes = await Promise.all(
      [...this.#checks].map(async ([name, check]) => [name, await this.#ask(check)] as const),
    );
    const reasons: Record<string, string> = {};
    if (this.#lost !== undefined) reasons.process = this.#lost;
    for (const [name, reason] of outcomes) if (reason !== undefined) reasons[name] = reason;
    return { isReady: Object.keys(reasons).length === 0, reasons };
  }

  async #ask(check: HealthCheck): Promise<string | undefined> {
    let timer: NodeJS.Timeout | undefined;
    try {
      const outcome = check();
      if (!(outcome instanceof Promise)) return outcome;
      const limit = new Promise<string>((resolve) => {
        timer = setTimeout(() => resolve(`no answer within ${this.#checkLimitMs} ms`), this.#checkLimitMs);
      });
      return await Promise.race([outcome, limit]);
    } catch (error) {
      return `check failed: ${error instanceof Error ? error.message : String(error)}`;
    } finally {
      clearTimeout(timer);
    }
  }
}
