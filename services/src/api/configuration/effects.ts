/**
 * What a change of configuration does beside what it says, as far as that can be known before it is made:
 * from the configurations before and after it, the sessions that are up and the orders that are open.
 */
import type { ConfigurationSnapshot } from '@tidegate/platform/configuration/configuration';
import type { Effect } from '@tidegate/wire/changes';
import type { PartitionUsage } from '@tidegate/wire/commands';
import type { FixClientDocument, ListenerDocument, VenueDocument } from '@tidegate/wire/configuration';
import type { SessionStatus } from '@tidegate/wire/sessions';

export interface Live {
  readonly sessions: readonly Pick<
    SessionStatus,
    'id' | 'side' | 'state' | 'counterparty' | 'listener' | 'purpose'
  >[];
  /** By firm; undefined: its owner does not say. */
  readonly usage: ReadonlyMap<string, PartitionUsage | undefined>;
}

type Both = { readonly before: ConfigurationSnapshot; readonly after: ConfigurationSnapshot };

export const effectsOf = (both: Both, live: Live): readonly Effect[] => [
  ...sessionEffects(both, live),
  ...limitEffects(both, live),
  ...priceEffects(both),
  ...portEffects(both),
  ...signInEffects(both),
];

/** Documents that did not change are the same objects. */
const isSame = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);
const changed = <T>(from: ReadonlyMap<string, T>, to: ReadonlyMap<string, T>): readonly string[] =>
  [...new Set([...from.keys(), ...to.keys()])].filter((id) => !isSame(from.get(id), to.get(id)));

/** Firms whose open orders have to be known. */
export const firmsAsked = ({ before, after }: Both): readonly string[] => [
  ...new Set([
    ...changed(before.firms, after.firms).filter((id) => after.firms.has(id) && before.firms.has(id)),
    ...changed(before.fixClients, after.fixClients).flatMap((id) => before.fixClients.get(id)?.firm ?? []),
  ]),
];

function sessionEffects({ before, after }: Both, { sessions, usage }: Live): Effect[] {
  return sessions
    .filter(({ state }) => state === 'up')
    .flatMap(({ id, side, counterparty, listener = '' }): Effect[] => {
      if (side === 'venue') {
        const [from, to] = [before.venues.get(counterparty), after.venues.get(counterparty)];
        return from === undefined || isSame(callTerms(from), callTerms(to))
          ? []
          : [
              {
                kind: 'sessionEnds',
                subject: id,
                text: `the provider ${counterparty} is called anew or left`,
              },
            ];
      }
      const client = before.fixClients.get(counterparty);
      const why = endOf(client, after.fixClients.get(counterparty), [
        before.listeners.get(listener),
        after.listeners.get(listener),
      ]);
      if (client === undefined || why === undefined) return [];
      const ends: Effect = { kind: 'sessionEnds', subject: id, text: why };
      if (!client.cancelOnDisconnect) return [ends];
      const open = openOrders(usage.get(client.firm), id);
      const text = `cancel on disconnect: its ${open ?? ''} open orders`.replace('  ', ' ');
      return open === 0 ? [ends] : [ends, { kind: 'ordersCanceled', subject: id, text }];
    });
}

const openOrders = (usage: PartitionUsage | undefined, client?: string): number | undefined =>
  usage?.orders
    .filter(([name]) => client === undefined || name === client)
    .reduce((sum, [, count]) => sum + count, 0);

const callTerms = (venue: VenueDocument | undefined): unknown => {
  if (venue === undefined) return undefined;
  const { name: _n, enabled: _e, staleAfterMs: _s, routeTimeoutMs: _r, instruments: _i, ...terms } = venue;
  return terms;
};

/** Why a client's session does not outlast the change; undefined: it does. */
function endOf(
  from: FixClientDocument | undefined,
  to: FixClientDocument | undefined,
  [place, placeThen]: readonly [ListenerDocument | undefined, ListenerDocument | undefined],
): string | undefined {
  if (to === undefined) return 'the client is retired';
  if (to.disabled === true) return 'the client is disabled';
  if (placeThen === undefined || !placeThen.enabled) return 'its port is closed';
  if (place?.purpose !== placeThen.purpose || place.venue !== placeThen.venue)
    return 'its port is for something else';
  const fixed = ['firm', 'senderCompId', 'targetCompId', 'schedule', 'secondLogon', 'messagesPerSecondMax'];
  const terms = fixed.filter((name) => !isSame(fieldOf(from, name), fieldOf(to, name)));
  if (terms.length > 0) return `other ${terms.join(', ')}`;
  if (!to.listeners.includes('*') && !to.listeners.includes(placeThen.id)) return 'the port is not permitted';
  const lost = from?.rights.filter((right) => !to.rights.includes(right)) ?? [];
  if (lost.length > 0) return `without the right ${lost.join(', ')}, unless the port serves another`;
  return isSame(from?.allowedAddresses, to.allowedAddresses)
    ? undefined
    : 'unless its address is still allowed';
}

const fieldOf = (document: object | undefined, name: string): unknown =>
  (document as Readonly<Record<string, unknown>> | undefined)?.[name];

function limitEffects({ before, after }: Both, { usage }: Live): Effect[] {
  return changed(before.firms, after.firms).flatMap((id): Effect[] => {
    const limits = after.firms.get(id)?.limits;
    if (limits === undefined || !before.firms.has(id)) return [];
    const open = openOrders(usage.get(id));
    if (open === undefined)
      return [{ kind: 'notKnown', subject: id, text: 'its owner does not say what is open' }];
    return open <= limits.openOrdersMax
      ? []
      : [
          {
            kind: 'limitExceeded',
            subject: id,
            text: `${open} open orders, over openOrdersMax ${limits.openOrdersMax}: new ones are refused`,
          },
        ];
  });
}

function priceEffects({ before, after }: Both): Effect[] {
  const tiers = changed(before.tiers, after.tiers).flatMap((id): Effect[] => {
    const firms = [...after.firms.values()].filter(({ tier }) => tier === id).map((firm) => firm.id);
    return firms.length === 0
      ? []
      : [{ kind: 'pricesChange', subject: id, text: `prices of tier ${id}: ${firms.join(', ')}` }];
  });
  const moved = changed(before.firms, after.firms).flatMap((id): Effect[] => {
    const [from, to] = [before.firms.get(id)?.tier, after.firms.get(id)?.tier];
    return from === undefined || to === undefined || from === to
      ? []
      : [{ kind: 'pricesChange', subject: id, text: `tier ${to} in place of ${from}` }];
  });
  const venues = changed(before.venues, after.venues).flatMap((id): Effect[] => {
    const [from, to] = [before.venues.get(id)?.enabled === true, after.venues.get(id)?.enabled === true];
    if (from === to) return [];
    const text = to
      ? 'its quotes come into prices, and orders go there'
      : 'no prices of it, and no new orders';
    return [{ kind: 'pricesChange', subject: id, text }];
  });
  return [...tiers, ...moved, ...venues];
}

function portEffects({ before, after }: Both): Effect[] {
  return changed(before.listeners, after.listeners).flatMap((id): Effect[] => {
    const [from, to] = [before.listeners.get(id), after.listeners.get(id)];
    const isOpen = to?.enabled === true;
    if ((from?.enabled === true) === isOpen) return [];
    const text = `offset ${(to ?? from)!.offset}, ${(to ?? from)!.purpose}`;
    return [{ kind: isOpen ? 'portOpens' : 'portCloses', subject: id, text }];
  });
}

function signInEffects({ before, after }: Both): Effect[] {
  return changed(before.users, after.users).flatMap((id): Effect[] => {
    const [from, to] = [before.users.get(id), after.users.get(id)];
    if (from === undefined || from.tokensValidFromMs === to?.tokensValidFromMs) return [];
    return [{ kind: 'signInsEnd', subject: id, text: 'every sign-in and stream of the user ends' }];
  });
}
