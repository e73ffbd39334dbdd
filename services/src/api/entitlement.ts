/** What a firm may see of what all firms share: instruments and FIX sessions. */
import type { FirmDocument, FixClientDocument } from '@tidegate/wire/configuration';
import type { SessionStatus } from '@tidegate/wire/sessions';

export const mayTrade = (firm: Pick<FirmDocument, 'instruments'> | undefined, instrument: string): boolean =>
  firm !== undefined && (firm.instruments.includes('*') || firm.instruments.includes(instrument));

/** Providers' sessions are everybody's concern, a client's its own firm's. `firm` absent: an operator. */
export const maySee = (
  firm: string | undefined,
  { side, counterparty }: Pick<SessionStatus, 'side' | 'counterparty'>,
  clients: ReadonlyMap<string, Pick<FixClientDocument, 'firm'>>,
): boolean => firm === undefined || side === 'venue' || clients.get(counterparty)?.firm === firm;
