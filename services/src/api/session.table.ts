/**
 * The latest status of every FIX session, from the gateways' messages. A session not heard of for a while
 * shows as down.
 */
import type { Bus, Subscription } from '@tidegate/platform/bus';
import type { Clock } from '@tidegate/platform/clock';
import type { SessionStatus } from '@tidegate/wire/sessions';
import { sessionTopic } from '@tidegate/wire/topics';

/** Gateways repeat every status each 2 s. */
const silentMs = 10_000;
const sessionsMax = 10_000;

export class SessionTable {
  private readonly bus: Bus;
  private readonly clock: Clock;
  private readonly rows = new Map<string, { readonly status: SessionStatus; readonly heardMonoMs: number }>();
  private subscription: Subscription | undefined;

  constructor(bus: Bus, clock: Clock) {
    this.bus = bus;
    this.clock = clock;
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

  all(): readonly SessionStatus[] {
    const now = this.clock.monoMs();
    return [...this.rows.values()]
      .map(({ status, heardMonoMs }) =>
        now - heardMonoMs < silentMs
          ? status
          : { ...status, state: 'down' as const, reason: 'its gateway is silent' },
      )
      .sort((a, b) => a.id.localeCompare(b.id));
  }
}
