/**
 * Counts what is asked of Bloomberg and refuses what would pass the budget. Counts are in memory, are added
 * to SQL in batches and read from there at the start, so the day's budget holds over restarts.
 */
import type { UsageOfDay, UsageStore } from '@tidegate/platform/observe/bloomberg.usage';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { FeedBudgetView } from '@tidegate/wire/bloomberg';
import {
  budgetRefusal,
  budgetWarnings,
  isNear,
  limitText,
  type BudgetLimit,
  type BudgetLimits,
} from './budget.ts';

/** Who stands for the platform's own needs in the counts. */
export const platformUser = 'platform';

export interface UsageMeterOptions {
  readonly store: UsageStore;
  readonly clock: Clock;
  readonly limits: BudgetLimits;
  /** Subscriptions that are open at Bloomberg now. */
  readonly openSubscriptions: () => number;
  /** Once a day for each limit: 80 % used, and again when something was refused. */
  readonly onWarning: (limit: BudgetLimit, what: 'warned' | 'exhausted', text: string) => void;
  readonly onError: (error: unknown) => void;
}

export interface UsageAsk {
  readonly user: string;
  readonly service: string;
  readonly securities: readonly string[];
  readonly fields: number;
  /** New at Bloomberg; 0 for requests. */
  readonly subscriptions: number;
}

export interface BudgetExceeded {
  readonly code: 'BUDGET_EXCEEDED';
  readonly text: string;
}

const flushMs = 2_000;
const usersShown = 20;
const servicesShown = 20;
/** Different users and services of a day: those of the configuration. */
const rowsMax = 20_000;
const securitiesMax = 200_000;
/** Days, nearly always one, whose rest waits for SQL. */
const lateMax = 14;

interface UserHits {
  hits: number;
  readonly services: Map<string, number>;
}

export class UsageMeter {
  private readonly options: UsageMeterOptions;
  private day: string;
  private hits = 0;
  private users = new Map<string, UserHits>();
  private securities = new Set<string>();
  /** Not yet in SQL, by `user service`. */
  private unsaved = new Map<string, { user: string; service: string; hits: number }>();
  private unsavedSecurities = new Set<string>();
  /** Of days gone by that SQL has not taken yet. */
  private late: { readonly day: string; readonly usage: UsageOfDay }[] = [];
  private told = new Set<string>();
  private isExhausted = false;
  private loaded: Promise<void> | undefined;
  private saving: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;

  constructor(options: UsageMeterOptions) {
    this.options = options;
    this.day = this.today();
  }

  /** Reads the day's counts; while SQL is away it counts on and tries again with each flush. */
  async start(): Promise<void> {
    this.timer = setInterval(() => void this.flush(), flushMs).unref();
    await this.load();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }

  /** Counts and says nothing, or counts nothing and says why not. */
  take(ask: UsageAsk): BudgetExceeded | undefined {
    this.turnDay();
    const { limits, openSubscriptions } = this.options;
    // A search names no security and is one hit.
    const hits = Math.max(1, ask.securities.length) * Math.max(1, ask.fields);
    const fresh = new Set(ask.securities.filter((security) => !this.securities.has(security)));
    const use = {
      hits: this.hits,
      userHits: this.hitsOf(ask.user),
      securities: this.securities.size,
      subscriptions: openSubscriptions(),
    };
    const refused = budgetRefusal(
      use,
      {
        hits,
        newSecurities: fresh.size,
        newSubscriptions: ask.subscriptions,
        isOurs: ask.user === platformUser,
      },
      limits,
    );
    if (refused !== undefined) return this.refuse(refused, ask.user);
    this.count(ask, hits, fresh);
    for (const limit of budgetWarnings(
      {
        hits: this.hits,
        securities: this.securities.size,
        subscriptions: use.subscriptions + ask.subscriptions,
      },
      limits,
    ))
      this.tell(limit, 'warned', `80 % of the ${limitText[limit]} (${limits[limit]}) are used`);
    if (ask.user !== platformUser && isNear(this.hitsOf(ask.user), limits.userHits))
      this.tell('userHits', 'warned', `${ask.user} has used 80 % of ${limits.userHits} hits`, ask.user);
    return undefined;
  }

  view(): FeedBudgetView {
    this.turnDay();
    const { limits, openSubscriptions } = this.options;
    const subscriptions = openSubscriptions();
    const use = { hits: this.hits, securities: this.securities.size, subscriptions };
    return {
      day: this.day,
      hits: this.hits,
      hitsMax: limits.hits ?? null,
      securities: this.securities.size,
      securitiesMax: limits.securities ?? null,
      subscriptions,
      subscriptionsMax: limits.subscriptions,
      userHitsMax: limits.userHits ?? null,
      users: [...this.users]
        .sort(([, a], [, b]) => b.hits - a.hits)
        .slice(0, usersShown)
        .map(([user, { hits, services }]) => ({ user, hits, services: mostHits(services) })),
      state: this.isExhausted ? 'exhausted' : budgetWarnings(use, limits).length > 0 ? 'warned' : 'good',
    };
  }

  /** Adds what is new to SQL; kept for the next time when SQL is away. */
  flush(): Promise<void> {
    this.turnDay();
    const next = this.saving.then(() => this.save(this.day));
    this.saving = next;
    return next;
  }

  private count(ask: UsageAsk, hits: number, fresh: ReadonlySet<string>): void {
    this.add(ask.user, ask.service, hits);
    const key = `${ask.user} ${ask.service}`;
    const row = this.unsaved.get(key);
    if (row !== undefined) row.hits += hits;
    else if (this.unsaved.size < rowsMax)
      this.unsaved.set(key, { user: ask.user, service: ask.service, hits });
    for (const security of fresh) {
      if (this.securities.size >= securitiesMax) break;
      this.securities.add(security);
      this.unsavedSecurities.add(security);
    }
  }

  private hitsOf(user: string): number {
    return this.users.get(user)?.hits ?? 0;
  }

  private add(user: string, service: string, hits: number): void {
    this.hits += hits;
    let known = this.users.get(user);
    if (known === undefined) this.users.set(user, (known = { hits: 0, services: new Map() }));
    known.hits += hits;
    known.services.set(service, (known.services.get(service) ?? 0) + hits);
  }

  private refuse(limit: BudgetLimit, user: string): BudgetExceeded {
    const { limits } = this.options;
    const ofUser = limit === 'userHits';
    if (!ofUser) this.isExhausted = true;
    const text = `the budget of ${limits[limit]} ${limitText[limit]} is used up`;
    this.tell(limit, 'exhausted', ofUser ? `${user}: ${text}` : text, ofUser ? user : '');
    return { code: 'BUDGET_EXCEEDED', text };
  }

  private tell(limit: BudgetLimit, what: 'warned' | 'exhausted', text: string, whose = ''): void {
    const key = `${limit} ${what} ${whose}`;
    if (this.told.has(key)) return;
    this.told.add(key);
    this.options.onWarning(limit, what, text);
  }

  private today(): string {
    return new Date(this.options.clock.nowMs()).toISOString().slice(0, 10);
  }

  private turnDay(): void {
    const today = this.today();
    if (today === this.day) return;
    // The old day's rest goes to SQL under its own date.
    this.keepLate(this.day, this.takeUnsaved());
    this.day = today;
    this.hits = 0;
    this.users.clear();
    this.securities.clear();
    this.told.clear();
    this.isExhausted = false;
    this.loaded = undefined;
  }

  private load(): Promise<void> {
    const { day } = this;
    this.loaded ??= this.options.store.load(day).then(
      ({ rows, securities }) => {
        if (day !== this.day) return;
        for (const { user, service, hits } of rows) this.add(user, service, hits);
        for (const security of securities) this.securities.add(security);
      },
      (error: unknown) => {
        this.loaded = undefined;
        this.options.onError(error);
      },
    );
    return this.loaded;
  }

  private keepLate(day: string, usage: UsageOfDay): void {
    this.late = [...this.late, { day, usage }].slice(-lateMax);
  }

  private async save(day: string): Promise<void> {
    const { late } = this;
    this.late = [];
    for (const one of late) if (!(await this.store(one.day, one.usage))) this.keepLate(one.day, one.usage);
    await this.load();
    // Only after reading: what we add would be read back and counted twice.
    if (this.loaded === undefined || day !== this.day) return;
    if (this.unsaved.size === 0 && this.unsavedSecurities.size === 0) return;
    const usage = this.takeUnsaved();
    if (await this.store(day, usage)) return;
    if (day !== this.day) return this.keepLate(day, usage);
    for (const row of usage.rows) {
      const key = `${row.user} ${row.service}`;
      const newer = this.unsaved.get(key);
      this.unsaved.set(key, { ...row, hits: row.hits + (newer?.hits ?? 0) });
    }
    for (const security of usage.securities) this.unsavedSecurities.add(security);
  }

  private takeUnsaved(): UsageOfDay {
    const usage = { rows: [...this.unsaved.values()], securities: [...this.unsavedSecurities] };
    this.unsaved = new Map();
    this.unsavedSecurities = new Set();
    return usage;
  }

  private async store(day: string, usage: UsageOfDay): Promise<boolean> {
    if (usage.rows.length === 0 && usage.securities.length === 0) return true;
    try {
      await this.options.store.add(day, usage);
      return true;
    } catch (error) {
      this.options.onError(error);
      return false;
    }
  }
}

const mostHits = (services: ReadonlyMap<string, number>) =>
  [...services]
    .map(([service, hits]) => ({ service, hits }))
    .sort((a, b) => b.hits - a.hits)
    .slice(0, servicesShown);
