/**
 * FIX sessions as the configuration has them: what each is called, whether operators have disabled it, and
 * when it is open. The gateway acts by it, the interface shows and changes it. Pure.
 */
import type { FixClientDocument, ListenerDocument, VenueDocument } from '@tidegate/wire/configuration';
import type { SessionStatus } from '@tidegate/wire/sessions';

export interface SessionDocuments {
  readonly fixClients: ReadonlyMap<string, FixClientDocument>;
  readonly venues: ReadonlyMap<string, VenueDocument>;
}

export type SessionPlace = Pick<SessionStatus, 'id' | 'side' | 'counterparty' | 'purpose' | 'listener'>;

/** Of a venue's market data session. */
export const quotesIdOf = (venue: string): string => `${venue}-quotes`;

/** Of a venue's order session. */
export const ordersIdOf = (venue: string): string => `${venue}-orders`;

/** Of a client's session on a listener. */
export const clientIdOf = (client: string, listener: string): string => `${client}@${listener}`;

/** Its name in a provider's document. */
const partOf = ({ purpose }: Pick<SessionPlace, 'purpose'>): 'quotes' | 'orders' =>
  purpose === 'trading' ? 'orders' : 'quotes';

export function isEnabledIn(
  { fixClients, venues }: SessionDocuments,
  place: Omit<SessionPlace, 'id'>,
): boolean {
  const { side, counterparty, listener = '' } = place;
  return side === 'venue'
    ? venues.get(counterparty)?.disabledSessions?.includes(partOf(place)) !== true
    : fixClients.get(counterparty)?.disabledSessions?.includes(listener) !== true;
}

export const scheduleIn = (
  { fixClients, venues }: SessionDocuments,
  { side, counterparty }: Pick<SessionPlace, 'side' | 'counterparty'>,
): SessionStatus['schedule'] =>
  (side === 'venue' ? venues.get(counterparty) : fixClients.get(counterparty))?.schedule;

/** The session that is called so; undefined: none could be. */
export function placeIn(
  { fixClients, venues }: SessionDocuments,
  listeners: ReadonlyMap<string, ListenerDocument>,
  id: string,
): SessionPlace | undefined {
  for (const venue of venues.keys()) {
    const place = { id, side: 'venue', counterparty: venue } as const;
    if (id === quotesIdOf(venue)) return { ...place, purpose: 'marketData' };
    if (id === ordersIdOf(venue)) return { ...place, purpose: 'trading' };
  }
  const at = id.indexOf('@');
  const [client, listener] = [id.slice(0, at), listeners.get(id.slice(at + 1))];
  if (at < 1 || listener === undefined || !fixClients.has(client)) return undefined;
  return { id, side: 'client', counterparty: client, purpose: listener.purpose, listener: listener.id };
}

/** All that are disabled: of those that nobody has opened nobody else would tell. */
export function disabledIn(
  documents: SessionDocuments,
  listeners: ReadonlyMap<string, ListenerDocument>,
): readonly SessionPlace[] {
  const ids = [
    ...[...documents.venues.values()].flatMap(({ id, disabledSessions = [] }) =>
      disabledSessions.map((part) => (part === 'quotes' ? quotesIdOf(id) : ordersIdOf(id))),
    ),
    ...[...documents.fixClients.values()].flatMap(({ id, disabledSessions = [] }) =>
      disabledSessions.map((listener) => clientIdOf(id, listener)),
    ),
  ];
  return ids.flatMap((id) => placeIn(documents, listeners, id) ?? []);
}

export interface EnablingChange {
  readonly kind: 'venue' | 'fixClient';
  readonly id: string;
  readonly body: VenueDocument | FixClientDocument;
}

/** What to store, so that it is enabled or disabled; undefined: it is so already. */
export function enablingIn(
  documents: SessionDocuments,
  place: SessionPlace,
  isEnabled: boolean,
): EnablingChange | undefined {
  if (isEnabledIn(documents, place) === isEnabled) return undefined;
  const { side, counterparty: id, listener = '' } = place;
  if (side === 'venue') {
    const { disabledSessions, ...venue } = documents.venues.get(id)!;
    const rest = changed(disabledSessions, partOf(place), isEnabled);
    return { kind: 'venue', id, body: { ...venue, ...rest } };
  }
  const { disabledSessions, ...client } = documents.fixClients.get(id)!;
  return { kind: 'fixClient', id, body: { ...client, ...changed(disabledSessions, listener, isEnabled) } };
}

/** Without the field where nothing is disabled any more. */
function changed<T extends string>(
  before: readonly T[] = [],
  part: T,
  isEnabled: boolean,
): { readonly disabledSessions?: T[] } {
  const others = before.filter((each) => each !== part);
  const disabledSessions = isEnabled ? others : [...others, part].toSorted();
  return disabledSessions.length === 0 ? {} : { disabledSessions };
}
