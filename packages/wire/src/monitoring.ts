/** System events: what happened to the platform itself, durable in SQL, on the stream and in the UI. */
import { z } from 'zod';

export const systemEventKinds = [
  'platformStarted',
  'platformStopping',
  'sessionUp',
  'sessionDown',
  'sessionGap',
  'sessionResend',
  'sessionReset',
  'sessionRejected',
  'sessionThrottled',
  'sessionCongested',
  'sessionFault',
  'sessionStoreRepaired',
  'logonRefused',
  'certificateChanged',
  'certificateRefused',
  'certificateRevoked',
  'revocationsExpired',
  'venueStale',
  'venueLive',
  'riskRefusal',
  'tradingState',
  'massCancel',
  'journalDown',
  'journalUp',
  'journalBehind',
  'journalArchived',
  'journalNotArchived',
  'reportsArchived',
  'monitorBehind',
  'journalLossAccepted',
  'routeUnknown',
  'venueReportUnmatched',
  'caseOpened',
  'caseResolved',
  'venueReportRefused',
  'venueInDoubt',
  'configurationNotFollowed',
  'quotesRefused',
  'signIn',
  'signInRefused',
  'configurationChanged',
  'queueFull',
  'feedUp',
  'feedDown',
  'feedStale',
  'feedDataLoss',
  'feedEntitlement',
  'feedBudget',
] as const;

export const systemEvent = z.object({
  /** UUID, given by who records it. */
  id: z.uuid(),
  at: z.iso.datetime(),
  kind: z.enum(systemEventKinds),
  severity: z.enum(['info', 'warning', 'critical']),
  /** What it is about: a session, venue, firm, user … */
  subject: z.string(),
  text: z.string(),
  /** Firm that may see it; absent for operators only. */
  firm: z.string().optional(),
  details: z.record(z.string(), z.unknown()).optional(),
});
export type SystemEvent = z.infer<typeof systemEvent>;
export type SystemEventKind = SystemEvent['kind'];
