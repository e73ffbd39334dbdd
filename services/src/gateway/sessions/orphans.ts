/**
 * Client sessions whose gateway has ended: the orders of a client that wants them canceled when it is gone
 * are canceled by whichever gateway has the session next, also when its client comes back to none.
 */
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import type { FixClientDocument, ListenerDocument } from '@tidegate/wire/configuration';
import { takesOrders } from '../clients/client.application.ts';
import type { ClientLeases } from './client.leases.ts';
import { idOf } from './client.terms.ts';
import type { HeldSession } from './held.session.ts';

export interface ClientSession {
  readonly id: string;
  readonly client: FixClientDocument;
  readonly listener: ListenerDocument;
}

export interface OrphansOptions {
  readonly configuration: Pick<Configuration, 'current'>;
  readonly leases: Pick<ClientLeases, 'orphans' | 'abandoned' | 'take'>;
  /** Its client is here, or was. */
  readonly isBound: (id: string) => boolean;
  /** Cancels, where the client has asked for it. */
  readonly cancel: (session: ClientSession) => void;
  readonly onError: (error: unknown) => void;
}

const watchMs = 1_000;
/** A client whose gateway was stopped has so long to come to another before it counts as gone. */
const movedMs = 10_000;

export class Orphans {
  private readonly options: OrphansOptions;
  /** Those that are seen to. */
  private readonly seen = new WeakSet<HeldSession>();
  private timer: NodeJS.Timeout | undefined;

  constructor(options: OrphansOptions) {
    this.options = options;
  }

  start(): void {
    this.timer = setInterval(() => this.look(), watchMs).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Its client is back, here: what its gateway did not see to is done before it is let in. */
  seeTo(session: ClientSession, held: HeldSession): void {
    if (this.seen.has(held)) return;
    this.seen.add(held);
    if (held.why === 'expired' || held.why === 'restarted') this.options.cancel(session);
  }

  private look(): void {
    const { configuration, leases, onError } = this.options;
    const ids = new Set([...leases.orphans(), ...leases.abandoned(movedMs)]);
    if (ids.size === 0) return;
    const { fixClients, listeners } = configuration.current;
    for (const client of fixClients.values()) {
      if (!client.cancelOnDisconnect) continue;
      for (const listener of listeners.values()) {
        const id = idOf(client, listener);
        if (takesOrders(listener) && ids.has(id)) this.take({ id, client, listener }).catch(onError);
      }
    }
  }

  private async take(session: ClientSession): Promise<void> {
    const { leases, isBound, cancel } = this.options;
    const held = await leases.take(session.id);
    if (held === undefined || isBound(session.id) || this.seen.has(held)) return;
    this.seen.add(held);
    cancel(session);
  }
}
