/**
 * Who may try to sign in: a budget for each name over all addresses and replicas, and for each address over
 * all names. A device on which that user has signed in before is exempt from both and has a budget of its
 * own, so that nobody else's guessing keeps him out. Refused tries count; one that is good is given back.
 */
import type { AttemptBudgets } from '@tidegate/platform/identity/attempt.budgets';
import type { BudgetTerms } from '@tidegate/platform/identity/budget';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { Log } from '@tidegate/platform/observe/log';

export interface SignInAttemptsOptions {
  /** Of all replicas. */
  readonly shared: AttemptBudgets;
  /** Of this process: asked first, and alone while the other does not answer. */
  readonly own: AttemptBudgets;
  readonly log: Pick<Log, 'warn'>;
  readonly clock: Pick<Clock, 'monoMs'>;
}

export interface SignIn {
  /** As it was typed. */
  readonly name: string;
  /** Of IPv6 its network. */
  readonly address: string;
  /** One on which this user has signed in before. */
  readonly device: string | undefined;
}

export interface SignInAttempt {
  /** It was good, or was not judged. */
  forgive(): Promise<void>;
}

export const namedTerms: BudgetTerms = { burst: 10, perMinute: 1 };
export const addressTerms: BudgetTerms = { burst: 50, perMinute: 10 };
/** Beyond it the device is like any other: a stolen one is no way around the budget of the name. */
export const deviceTerms: BudgetTerms = { burst: 10, perMinute: 1 };

/** How long SQL is waited for, and left alone after it did not answer: people wait at the other end. */
const answerMs = 2_000;
const leftAloneMs = 5_000;

type Budget = readonly [key: string, terms: BudgetTerms];

export class SignInAttempts {
  private readonly options: SignInAttemptsOptions;
  private askAgainMonoMs = 0;

  constructor(options: SignInAttemptsOptions) {
    this.options = options;
  }

  /** Undefined: over a budget, nothing is counted and no password is looked at. */
  async begin({ name, address, device }: SignIn): Promise<SignInAttempt | undefined> {
    const own = device === undefined ? undefined : await this.takeAll([[`device ${device}`, deviceTerms]]);
    // The address first: who has used up his own must not use up others' names.
    return (
      own ??
      this.takeAll([
        [`address ${address}`, addressTerms],
        [`name ${name}`, namedTerms],
      ])
    );
  }

  private async takeAll(budgets: readonly Budget[]): Promise<SignInAttempt | undefined> {
    const taken: Budget[] = [];
    const forgive = async (): Promise<void> => {
      await Promise.all(taken.map((budget) => this.giveBack(budget)));
    };
    for (const budget of budgets) {
      if (!(await this.take(budget))) {
        await forgive();
        return undefined;
      }
      taken.push(budget);
    }
    return { forgive };
  }

  private async take([key, terms]: Budget): Promise<boolean> {
    const { own, shared } = this.options;
    if (!(await own.take(key, terms))) return false;
    const isTaken = await this.answered(() => shared.take(key, terms));
    if (isTaken === false) await own.giveBack(key, terms);
    return isTaken ?? true;
  }

  private async giveBack([key, terms]: Budget): Promise<void> {
    const { own, shared } = this.options;
    await own.giveBack(key, terms);
    await this.answered(() => shared.giveBack(key, terms));
  }

  /** Undefined when SQL does not say: then what this process has counted must do. */
  private async answered<T>(ask: () => Promise<T>): Promise<T | undefined> {
    const { clock, log } = this.options;
    if (clock.monoMs() < this.askAgainMonoMs) return undefined;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${answerMs} ms`)), answerMs);
    });
    const question = ask();
    question.catch(() => undefined);
    try {
      return await Promise.race([question, late]);
    } catch (error) {
      this.askAgainMonoMs = clock.monoMs() + leftAloneMs;
      log.warn({ err: error }, 'sign-ins are counted by this process alone');
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }
}
