/**
 * What a client's session on a listener is called, may be and is opened with, by the configuration. Pure.
 */
import type { AdmissionLimits } from '@tidegate/fix/transport/admission';
import type { SessionSettings } from '@tidegate/fix/transport/contract';
import type { FixClientDocument, ListenerDocument } from '@tidegate/wire/configuration';
import { clientIdOf } from '../../session.place.ts';
import { givesQuotes, takesOrders } from '../clients/client.application.ts';
import { keptMessages } from './session.messages.ts';

export const idOf = (client: FixClientDocument, listener: ListenerDocument): string =>
  clientIdOf(client.id, listener.id);

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
    ...keptMessages,
    ...(schedule === undefined ? {} : { schedule }),
    ...(messagesPerSecondMax === undefined ? {} : { messagesPerSecondMax }),
  };
}

/** By operators, there only; what is reported meanwhile is kept for it. */
export const isDisabledAt = (client: FixClientDocument | undefined, { id }: ListenerDocument): boolean =>
  client?.disabledSessions?.includes(id) === true;

export const withdrawn = 'SESSION_WITHDRAWN: ask operations';
export const disabledText = 'SESSION_DISABLED: ask operations';
export const disconnectedText = 'SESSION_DISCONNECTED: by operations';

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

/** Connections of one listener, logged on or not. */
export const connectionsMax = 500;
/**
 * Of one listener of 28, before a Logon: all of them together stay far below what a core can do of TLS
 * handshakes, and a port that comes back has its clients in again within seconds. Guessing of passwords is
 * `attempts`' concern, over all ports at once and with an answer; here only who goes on in spite of it.
 */
export const arrivalLimits: AdmissionLimits = {
  connectionsPerSecond: 100,
  connectionsPerSecondPerAddress: 50,
  halfOpenPerAddressMax: 200,
  refusedLogonsMax: 0,
  refusedLogonsPerAddressMax: 300,
  penaltyMs: 30_000,
};
