/**
 * What a client's session on a listener is called, may be and is opened with, by the configuration. Pure.
 */
import type { SessionSettings } from '@tidegate/fix/transport/contract';
import type { FixClientDocument, ListenerDocument } from '@tidegate/wire/configuration';
import { givesQuotes, takesOrders } from '../clients/client.application.ts';

export const idOf = (client: FixClientDocument, listener: ListenerDocument): string =>
  `${client.id}@${listener.id}`;

export const keepsReports = (listener: ListenerDocument): boolean =>
  takesOrders(listener) || listener.purpose === 'dropCopy';

export const isUnbound = ({ purpose, venue }: ListenerDocument): boolean =>
  purpose === 'passThrough' && venue === undefined;

export const isListed = (listeners: readonly string[], id: string): boolean =>
  listeners.includes('*') || listeners.includes(id);

/** What the engine is told when the session is opened: a change means to open it anew. */
export const termsOf = ({ schedule, secondLogon, messagesPerSecondMax }: FixClientDocument): string =>
  JSON.stringify([schedule, secondLogon, messagesPerSecondMax]);

/** Without heartbeats a dead line is never noticed, and cancel on disconnect never comes. */
const heartBtIntMin = 1;
const heartBtIntMax = 120;

/** Prices are perishable: a client that reads too slowly gets fewer. Orders are not: it is cut. */
export function settingsOf(client: FixClientDocument, listener: ListenerDocument): SessionSettings {
  const { schedule, secondLogon = 'challenged', messagesPerSecondMax } = client;
  return {
    beginString: 'FIX.4.4',
    heartBtIntMin,
    heartBtIntMax,
    senderCompId: client.targetCompId,
    targetCompId: client.senderCompId,
    persistMessages: listener.purpose !== 'marketData',
    secondLogon,
    slowConsumer: givesQuotes(listener) ? 'conflate' : 'disconnect',
    ...(schedule === undefined ? {} : { schedule }),
    ...(messagesPerSecondMax === undefined ? {} : { messagesPerSecondMax }),
  };
}

/** `certificate`: fingerprint of the one shown, that an authority of ours has signed. */
export function isCertified({ certificates }: FixClientDocument, certificate: string | undefined): boolean {
  return certificates === undefined || (certificate !== undefined && certificates.includes(certificate));
}

/** Listener list and rights of the client against the listener's purpose. */
export function mayUse(client: FixClientDocument, listener: ListenerDocument): boolean {
  if (client.disabled === true || !isListed(client.listeners, listener.id)) return false;
  if (isUnbound(listener)) return false;
  if (listener.purpose === 'dropCopy') return client.rights.includes('dropCopy');
  return (
    (takesOrders(listener) && client.rights.includes('trading')) ||
    (givesQuotes(listener) && client.rights.includes('marketData'))
  );
}
