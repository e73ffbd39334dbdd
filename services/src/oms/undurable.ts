/**
 * What an owner has decided for venues and the journal has not confirmed: routes that no venue has seen, and
 * cancels that none has been told. A cancel does not wait for a silent journal, whoever decided it.
 */
import type { OrderEvent, RouteCancelRequested } from '@tidegate/core/order/order';
import type { SequencedEvent } from '@tidegate/wire/commands';

export class Undurable {
  /** Requested by events that are not durable. */
  private readonly routes = new Set<string>();
  /** By route. */
  private readonly cancels = new Map<string, RouteCancelRequested>();

  decided(event: OrderEvent): void {
    if (event.type === 'routeRequested') this.routes.add(event.routeId);
    else if (event.type === 'routeCancelRequested') this.cancels.set(event.routeId, event);
  }

  durable(events: readonly SequencedEvent[]): void {
    for (const { event } of events) {
      if (event.type === 'routeRequested') this.routes.delete(event.routeId);
      else if (event.type === 'routeCancelRequested') this.cancels.delete(event.routeId);
    }
  }

  /**
   * To tell now: cancels of `decided`, and all others that wait; of routes that a venue has. They wait no
   * more.
   */
  takeCancels(decided: readonly OrderEvent[]): readonly RouteCancelRequested[] {
    const cancels = new Set([...this.cancels.values(), ...decided].filter((event) => this.isForVenue(event)));
    this.cancels.clear();
    return [...cancels];
  }

  clear(): void {
    this.routes.clear();
    this.cancels.clear();
  }

  private isForVenue(event: OrderEvent): event is RouteCancelRequested {
    return event.type === 'routeCancelRequested' && !this.routes.has(event.routeId);
  }
}
