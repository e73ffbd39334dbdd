/**
 * Keeps the stream to those who still may: a token that expires or is revoked, a user who is disabled or
 * moves to another firm or role, and a peer that no longer answers pings lose their stream. What this
 * process knows closes it at once; revocations by other processes are found by asking again now and then.
 */
import type { Clock } from '@tidegate/platform/observe/clock';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import type { Identities } from '../identity.ts';
import { ApiProblem } from '../problem.ts';
import { closeCodes, type StreamClient } from './client.ts';

export interface IdentityWatchOptions {
  readonly clock: Clock;
  readonly configuration: Configuration;
  readonly identities: Identities;
  readonly clients: () => Iterable<StreamClient>;
  readonly onError: (error: unknown) => void;
}

const tickMs = 1_000;
const askAgainMs = 10_000;
/** While SQL can't say whether a token was revoked, its stream goes on for so long. */
const unknownMsMax = 60_000;
/** Asked at once, so that thousands of clients are spread over the time between two questions. */
const askedMax = 50;
const pingMs = 20_000;

export class IdentityWatch {
  private readonly options: IdentityWatchOptions;
  private readonly undo: (() => void)[] = [];
  private readonly asked = new Set<StreamClient>();
  private timer: NodeJS.Timeout | undefined;
  private pingedMonoMs: number;

  constructor(options: IdentityWatchOptions) {
    this.options = options;
    this.pingedMonoMs = options.clock.monoMs();
  }

  start(): void {
    const { configuration, identities, clients } = this.options;
    this.undo.push(
      configuration.onChange(() => this.recheck()),
      identities.whenRevoked((signInId) => {
        for (const client of clients())
          if (client.identity?.signInId === signInId) end(client, 'TOKEN_INVALID');
      }),
    );
    this.timer = setInterval(() => this.tick(), tickMs);
  }

  stop(): void {
    clearInterval(this.timer);
    for (const one of this.undo) one();
  }

  /** One look at everybody. */
  tick(): void {
    const { clock, clients } = this.options;
    const [nowMs, monoMs] = [clock.nowMs(), clock.monoMs()];
    const isPinging = monoMs - this.pingedMonoMs >= pingMs;
    if (isPinging) this.pingedMonoMs = monoMs;
    for (const client of clients()) {
      if (isPinging) ping(client);
      if (client.identity === undefined) continue;
      if (client.identity.expiresAtMs <= nowMs) end(client, 'TOKEN_EXPIRED');
      else if (monoMs - client.checkedMonoMs >= askAgainMs && this.asked.size < askedMax) this.ask(client);
    }
  }

  /** Configuration changed: everybody is looked at, from memory. */
  private recheck(): void {
    const { identities, clients } = this.options;
    for (const client of clients()) {
      if (client.identity !== undefined && !identities.isCurrent(client.identity))
        end(client, 'IDENTITY_CHANGED');
    }
  }

  private ask(client: StreamClient): void {
    if (this.asked.has(client)) return;
    this.asked.add(client);
    const { token } = client;
    this.options.identities
      .identify(token, client.address)
      .then(
        () => {
          client.checkedMonoMs = this.options.clock.monoMs();
        },
        (error: unknown) => {
          if (token === client.token) this.refused(client, error);
        },
      )
      .finally(() => this.asked.delete(client))
      .catch(this.options.onError);
  }

  private refused(client: StreamClient, error: unknown): void {
    if (error instanceof ApiProblem && error.status === 401) end(client, 'TOKEN_INVALID');
    else if (this.options.clock.monoMs() - client.checkedMonoMs >= unknownMsMax)
      client.close(closeCodes.tryAgainLater, 'IDENTITY_UNKNOWN');
  }
}

const end = (client: StreamClient, reason: string): void => client.close(closeCodes.policyViolation, reason);

/** Half-open connections look alive until somebody asks. */
function ping(client: StreamClient): void {
  if (!client.isAlive) {
    client.socket.terminate();
    return;
  }
  client.isAlive = false;
  if (client.isOpen) client.socket.ping();
}
