/**
 * Is a key good, here and now? SQL is asked for every ordinary call; what only reduces risk goes by what is
 * remembered of a key that was good here before. Keys that are not good are counted for where they come from.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { isAllowed, networkOf } from '@tidegate/platform/identity/address';
import { isSameHash, readApiKey, type ApiKeyText } from '@tidegate/platform/identity/api.key.text';
import type { ApiKey, ApiKeys } from '@tidegate/platform/identity/api.keys';
import type { AttemptBudgets } from '@tidegate/platform/identity/attempt.budgets';
import type { BudgetTerms } from '@tidegate/platform/identity/budget';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { EventWindow } from '../event.window.ts';
import { ApiProblem } from './problem.ts';

export interface ApiKeyCheckOptions {
  readonly keys: Pick<ApiKeys, 'find' | 'used'>;
  /** Of this process: a key can't be guessed, what is saved is the work. */
  readonly budgets: AttemptBudgets;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly window: Pick<EventWindow, 'record'>;
  /** How long an ordinary call waits for SQL. */
  readonly answerMs?: number;
}

export interface KnownKey extends ApiKey {
  readonly signInId: string;
}

export const refusedTerms: BudgetTerms = { burst: 20, perMinute: 20 };
const rememberedMax = 10_000;

/** What revocations and the audit call it by. */
export const signInIdOfKey = (id: string): string => `key:${id}`;

export class ApiKeyCheck {
  private readonly options: ApiKeyCheckOptions;
  /** Good when they were last used here; the one that was used longest ago comes first. */
  private readonly remembered = new Map<string, ApiKey>();

  constructor(options: ApiKeyCheckOptions) {
    this.options = options;
  }

  /** Throws ApiProblem: 401 TOKEN_INVALID, 403 KEY_ADDRESS, 429 KEY_THROTTLED, 503 IDENTITY_UNKNOWN. */
  async find(
    text: string,
    address: string,
    how: 'asked' | 'remembered',
    isRevoked: (signInId: string) => boolean,
  ): Promise<KnownKey> {
    const shown = readApiKey(text);
    const before = this.before(shown);
    const key =
      before !== undefined && how === 'remembered' ? before : await this.ask(shown, address, before);
    const signInId = signInIdOfKey(key.id);
    const nowMs = this.options.clock.nowMs();
    if (key.isRevoked || isRevoked(signInId) || key.expiresAtMs <= nowMs) {
      this.remembered.delete(key.id);
      throw this.refused(key.user, address, 'revoked or expired');
    }
    if (key.addresses.length > 0 && !isAllowed(address, key.addresses)) {
      this.tell(key.user, address, 'an address that it is not for');
      throw new ApiProblem(403, 'KEY_ADDRESS', `the key is not for requests from ${address}`);
    }
    this.remember(key);
    this.options.keys.used(key.id, { atMs: nowMs, from: address });
    return { ...key, signInId };
  }

  private before(shown: ApiKeyText | undefined): ApiKey | undefined {
    const known = shown && this.remembered.get(shown.id);
    return known !== undefined && isSameHash(known.secretHash, shown!.secretHash) ? known : undefined;
  }

  /** A key that was good here before is not kept out by what others try from its network. */
  private async ask(
    shown: ApiKeyText | undefined,
    address: string,
    before: ApiKey | undefined,
  ): Promise<ApiKey> {
    const { budgets } = this.options;
    const budget = `key ${networkOf(address)}`;
    if (before === undefined && !(await budgets.take(budget, refusedTerms)))
      throw new ApiProblem(429, 'KEY_THROTTLED', 'too many refused keys from this network; wait a minute');
    const giveBack = async () => before === undefined && budgets.giveBack(budget, refusedTerms);
    let found: ApiKey | undefined;
    try {
      found = shown && (await this.read(shown.id));
    } catch (error) {
      await giveBack();
      throw error;
    }
    const isGood = found !== undefined && isSameHash(found.secretHash, shown!.secretHash);
    if (!isGood) throw this.refused(found?.user ?? 'key', address, 'not known');
    await giveBack();
    return found!;
  }

  private async read(id: string): Promise<ApiKey | undefined> {
    const limit = new AbortController();
    const late = delay(this.options.answerMs ?? 2_000, 'late' as const, { signal: limit.signal });
    late.catch(() => undefined);
    try {
      const answer = await Promise.race([this.options.keys.find(id), late]);
      if (answer !== 'late') return answer;
    } catch {
      // Told below, as when it is late.
    } finally {
      limit.abort();
    }
    throw new ApiProblem(503, 'IDENTITY_UNKNOWN', 'whether the key is good is not known now');
  }

  private remember(key: ApiKey): void {
    this.remembered.delete(key.id);
    this.remembered.set(key.id, key);
    if (this.remembered.size > rememberedMax) this.remembered.delete(this.remembered.keys().next().value!);
  }

  private refused(user: string, address: string, why: string): ApiProblem {
    this.tell(user, address, why);
    return new ApiProblem(401, 'TOKEN_INVALID', 'the key is not valid, has expired or was revoked');
  }

  private tell(user: string, address: string, why: string): void {
    this.options.window.record(`keyRefused ${networkOf(address)}`, {
      kind: 'signInRefused',
      severity: 'warning',
      subject: user,
      text: `key refused from ${address}: ${why}`,
    });
  }
}
