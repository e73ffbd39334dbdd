/** What a firm may see of what all firms share (instruments, FIX sessions), and of the providers. */
import type { FirmDocument, FixClientDocument } from '@tidegate/wire/configuration';
import type { SystemEvent } from '@tidegate/wire/monitoring';
import type { ExecutionView } from '@tidegate/wire/orders';
import { may } from '@tidegate/wire/permissions';
import type { PriceView } from '@tidegate/wire/prices';
import type { SessionStatus } from '@tidegate/wire/sessions';
import { firmOf, type Identity } from './identity.ts';

export const mayTrade = (firm: Pick<FirmDocument, 'instruments'> | undefined, instrument: string): boolean =>
  firm !== undefined && (firm.instruments.includes('*') || firm.instruments.includes(instrument));

/** A client's sessions are its own firm's; providers' are seen by right. `firm` absent: an operator. */
export const maySee = (
  { firm, seesProviders }: Eyes,
  { side, counterparty }: Pick<SessionStatus, 'side' | 'counterparty'>,
  clients: ReadonlyMap<string, Pick<FixClientDocument, 'firm'>>,
): boolean =>
  side === 'venue' ? seesProviders : firm === undefined || clients.get(counterparty)?.firm === firm;

/** What somebody sees: of one firm, or of all (`firm` undefined), with or without the providers. */
export interface Eyes {
  readonly firm: string | undefined;
  readonly seesProviders: boolean;
}

export const eyesOf = (identity: Identity): Eyes => ({
  firm: firmOf(identity),
  seesProviders: may(identity.user, 'seeProviders'),
});

export const priceFor = ({ seesProviders }: Pick<Eyes, 'seesProviders'>, price: PriceView): PriceView =>
  seesProviders ? price : { ...price, bids: nameless(price.bids), asks: nameless(price.asks) };

const nameless = (levels: PriceView['bids']): PriceView['bids'] =>
  levels.map(([price, quantity, , ageMs]) => [price, quantity, '', ageMs]);

export const executionFor = ({ seesProviders }: Eyes, execution: ExecutionView): ExecutionView =>
  seesProviders ? execution : { ...execution, venue: '', venueExecId: '' };

/** Is it for them? What belongs to no firm is for operators. */
export const maySeeEvent = (
  { firm, seesProviders }: Eyes,
  event: Pick<SystemEvent, 'firm' | 'subject'>,
  venues: ReadonlyMap<string, unknown>,
): boolean => (firm === undefined || firm === event.firm) && (seesProviders || !venues.has(event.subject));
