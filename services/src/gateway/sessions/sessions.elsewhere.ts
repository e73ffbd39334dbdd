/**
 * Which sessions are up at any gateway, as they say it on the bus. One that nobody speaks of any more is not.
 */
import type { Bus, Subscription } from '@tidegate/platform/bus/bus';
import type { Clock } from '@tidegate/platform/observe/clock';
import { sessionTopic } from '@tidegate/wire/topics';

/** Gateways repeat each status every 2 s. */
const silentMs = 6_000;

export class SessionsElsewhere {
  private readonly clock: Pick<Clock, 'monoMs'>;
  private readonly heard = new Map<string, number>();
  private readonly subscription: Subscription;

  constructor(bus: Pick<Bus, 'subscribe'>, clock: Pick<Clock, 'monoMs'>) {
    this.clock = clock;
    this.subscription = bus.subscribe(sessionTopic(), ({ id, side, state }) => {
      if (side !== 'venue') return;
      if (state === 'up') this.heard.set(id, clock.monoMs());
      else this.heard.delete(id);
    });
  }

  isUp(id: string): boolean {
    return this.clock.monoMs() - (this.heard.get(id) ?? -Infinity) < silentMs;
  }

  stop(): void {
    this.subscription.unsubscribe();
  }
}
