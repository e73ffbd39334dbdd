/**
 * Work that comes round: at the start and then at an interval, one at a time, until the process stops. For
 * what keeps a service's house: making ahead, archiving, deleting. Each round must be able to end anywhere
 * and be done again.
 */
import type { Logger } from 'pino';

export interface Round {
  readonly name: string;
  readonly everyMs: number;
  /** Ends soon when `signal` says that the process stops. What it rejects with is logged. */
  run(signal: AbortSignal): Promise<void>;
}

export class Rounds {
  private readonly rounds: readonly Round[];
  private readonly log: Pick<Logger, 'warn'>;
  private readonly stopping = new AbortController();
  private readonly timers = new Map<Round, NodeJS.Timeout>();
  /** Rounds wait for each other. */
  private turn: Promise<void> = Promise.resolve();

  constructor(rounds: readonly Round[], log: Pick<Logger, 'warn'>) {
    this.rounds = rounds;
    this.log = log;
  }

  /** Does not wait for the first. */
  start(): void {
    for (const round of this.rounds) this.begin(round);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    for (const timer of this.timers.values()) clearTimeout(timer);
    await this.turn;
  }

  private begin(round: Round): void {
    const { signal } = this.stopping;
    this.turn = this.turn.then(async () => {
      if (signal.aborted) return;
      try {
        await round.run(signal);
      } catch (error) {
        if (!signal.aborted) this.log.warn({ err: error, round: round.name }, 'not done, comes round again');
      }
      if (!signal.aborted) this.timers.set(round, setTimeout(() => this.begin(round), round.everyMs).unref());
    });
  }
}
