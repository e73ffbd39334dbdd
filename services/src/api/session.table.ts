/**
 * The latest status of every FIX session, from the gateways' messages. A session not heard of for a while
 * shows as down.
 */
import type { Bus, Subscription } from '@tidegate/platform/bus/bus';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import { unopened, type SessionStatus } from '@tidegate/wire/sessions';
import { sessionTopic } from '@tidegate/wire/topics';
import { disabledIn, isEnabledIn } from '../session.place.ts';
import { maySee, type Eyes } from './entitlement.ts';

/** Gateways repeat every status each 2 s. */
const silentMs = 10_000;
const sessionsMax = 10_000;

export class SessionTable {
  private readonly bus: Bus;
  private readonly clock: Clock;
  private readonly configuration: Configuration;
  private readonly rows = new Map<string, { readonly status: SessionStatus; readonly heardMonoMs: number }>();
  private subscription: Subscription | undefined;

  constructor(bus: Bus, clock: Clock, configuration: Configuration) {
    this.bus = bus;
    this.clock = clock;
    this.configuration = configuration;
  }

  start(): void {
    this.subscription = this.bus.subscribe(sessionTopic(), (status) => {
      if (this.rows.size < sessionsMax || this.rows.has(status.id)) {
        this.rows.set(status.id, { status, heardMonoMs: this.clock.monoMs() });
      }
    });
  }

  stop(): void {
    this.subscription?.unsubscribe();
  }

  has(id: string): boolean {
    return this.rows.has(id);
  }

  of(eyes: Eyes): readonly SessionStatus[] {
    const now = this.clock.monoMs();
    const { current } = this.configuration;
    const { fixClients } = current;
    const heard = [...this.rows.values()]
      .filter(({ status }) => maySee(eyes, status, fixClients))
      .map(({ status, heardMonoMs }) =>
        now - heardMonoMs < silentMs
          ? status
          : {
              ...status,
              state: 'down' as const,
              reason: 'its gateway is silent',
              isEnabled: isEnabledIn(current, status),
            },
      );
    // One that is disabled before its client ever came has no gateway that could tell of it.
    const quiet = disabledIn(current, current.listeners)
      .filter((place) => !this.rows.has(place.id) && maySee(eyes, place, fixClients))
      .map((place) => unopened(place, new Date(this.clock.nowMs()).toISOString()));
    return [...heard, ...quiet].sort((a, b) => a.id.localeCompare(b.id));
  }
}
