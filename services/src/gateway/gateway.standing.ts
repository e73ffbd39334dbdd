/**
 * Whether a gateway does its own work: its ports are open, and providers are there to deal with. Pure.
 */
import { isOpen } from '@tidegate/fix/session/schedule';
import type { ListenerDocument, VenueDocument } from '@tidegate/wire/configuration';
import { named } from '../naming.ts';
import { ordersIdOf, quotesIdOf } from '../session.place.ts';

export interface GatewayFacts {
  readonly configuration: {
    readonly listeners: ReadonlyMap<string, ListenerDocument>;
    readonly venues: ReadonlyMap<string, VenueDocument>;
  };
  /** Listeners whose port should be open and is not, and why. */
  readonly closedPorts: ReadonlyMap<string, string>;
  readonly isUp: (session: string) => boolean;
  readonly nowMs: number;
}

/** Each undefined when there is nothing to say. */
export interface GatewayStanding {
  readonly ports: string | undefined;
  /** None at all has a session of a kind. */
  readonly providers: string | undefined;
  /** Some are away. */
  readonly away: string | undefined;
}

export function gatewayStanding({ configuration, closedPorts, isUp, nowMs }: GatewayFacts): GatewayStanding {
  // One whose schedule says closed is not missed, nor are all of them on a Saturday.
  const due = [...configuration.venues.values()].filter(
    ({ enabled, schedule }) => enabled && (schedule === undefined || isOpen(schedule, nowMs)),
  );
  // Nor one that operators have disabled; with no other there is still nobody to deal with.
  const isMissed = (part: 'quotes' | 'orders', { disabledSessions }: VenueDocument): boolean =>
    disabledSessions?.includes(part) !== true;
  const downQuotes = due.filter(({ id }) => !isUp(quotesIdOf(id)));
  const downOrders = due.filter(({ id }) => !isUp(ordersIdOf(id)));
  const withoutQuotes = downQuotes.map(({ id }) => id);
  const withoutOrders = downOrders.map(({ id }) => id);
  const isNone = (away: readonly string[]): boolean => due.length > 0 && away.length === due.length;
  const away = due
    .filter(
      (venue) =>
        (downQuotes.includes(venue) && isMissed('quotes', venue)) ||
        (downOrders.includes(venue) && isMissed('orders', venue)),
    )
    .map(({ id }) => id);
  return {
    ports:
      closedPorts.size === 0
        ? undefined
        : `not open: ${named([...closedPorts].map(([id, why]) => `${id} (${why})`))}`,
    providers: isNone(withoutOrders)
      ? `no provider has a session for orders (${named(withoutOrders)})`
      : isNone(withoutQuotes)
        ? `no provider has a session for prices (${named(withoutQuotes)})`
        : undefined,
    away: away.length === 0 ? undefined : `without a session: ${named(away)}`,
  };
}
