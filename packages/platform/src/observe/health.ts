/**
 * Is this process alive, and may work be sent to it? Services register named checks; an orchestrator and
 * operators ask. A process is alive while its event loop answers and nobody has declared it lost; it is
 * ready when it does its own work. What it can do without for a while is a warning: taken out of service for
 * that, all replicas would go at once, and with them cancels and halts.
 */

/** Returns why not, in words for an operator, or undefined when all is well. */
export type HealthCheck = () => string | undefined | Promise<string | undefined>;

/** `work`: the process does not do what it is for. `fallback`: something is away that it can do without. */
export type HealthKind = 'work' | 'fallback';

export interface Readiness {
  readonly isReady: boolean;
  /** By check, in the order of registration; empty when ready. */
  readonly reasons: Readonly<Record<string, string>>;
  /** The same of what it can do without. */
  readonly warnings: Readonly<Record<string, string>>;
}

interface Registered {
  readonly check: HealthCheck;
  readonly kind: HealthKind;
}

export interface HealthOptions {
  /** Longest time one check may take. Default 1,000. */
  readonly checkLimitMs?: number;
}

export class Health {
  readonly #checks = new Map<string, Registered>();
  readonly #checkLimitMs: number;
  #lost: string | undefined;
  #asking: Promise<Readiness> | undefined;

  constructor(options: HealthOptions = {}) {
    this.#checkLimitMs = options.checkLimitMs ?? 1_000;
  }

  /** Returns what takes the check away again. A name is used once. */
  register(name: string, check: HealthCheck, kind: HealthKind = 'work'): () => void {
    if (this.#checks.has(name)) throw new Error(`health check ${name} is there already`);
    const registered = { check, kind };
    this.#checks.set(name, registered);
    return () => void (this.#checks.get(name) === registered && this.#checks.delete(name));
  }

  /** From now on not ready, and not to become so again: the process is stopping. */
  drain(): void {
    this.#asking = undefined;
    this.#checks.set('process', { check: () => 'stopping', kind: 'work' });
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
      [...this.#checks].map(async ([name, { check, kind }]) => [name, kind, await this.#ask(check)] as const),
    );
    const said = { work: {} as Record<string, string>, fallback: {} as Record<string, string> };
    if (this.#lost !== undefined) said.work.process = this.#lost;
    for (const [name, kind, text] of outcomes) if (text !== undefined) said[kind][name] = text;
    return { isReady: Object.keys(said.work).length === 0, reasons: said.work, warnings: said.fallback };
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
