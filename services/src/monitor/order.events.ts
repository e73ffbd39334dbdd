/**
 * Which journaled events are also system events: what operators and risk officers must see without reading
 * orders.
 */
import type { SequencedEvent } from '@tidegate/wire/commands';
import type { SystemEvent } from '@tidegate/wire/monitoring';

type Told = Omit<SystemEvent, 'id' | 'at'>;

export function systemEventOf(firm: string, { event, sequence }: SequencedEvent): Told | undefined {
  switch (event.type) {
    case 'orderRefused':
      return {
        kind: 'riskRefusal',
        severity: 'warning',
        subject: firm,
        firm,
        text: `${event.code}: ${event.text} (${event.origin.client}, ClOrdID ${event.clOrdId})`,
        details: { sequence },
      };
    case 'tradingStateChanged':
      return {
        kind: 'tradingState',
        severity: event.state === 'active' ? 'info' : 'critical',
        subject: firm,
        firm,
        text: `trading is ${event.state} by ${event.by}: ${event.reason}`,
        details: { sequence },
      };
    case 'limitReached':
      return {
        kind: 'limitReached',
        severity: event.level >= 90 ? 'critical' : event.level > 0 ? 'warning' : 'info',
        subject: providerOf(event.subject) ?? firm,
        firm,
        text: `${event.level} %: ${event.text}`,
        details: { sequence, limit: event.limit, of: event.subject },
      };
    case 'limitTripped':
      return {
        kind: 'limitTripped',
        severity: 'critical',
        subject: providerOf(event.subject) ?? firm,
        firm,
        text: `limit ${event.limit} has disabled ${event.subject}: ${event.text}`,
        details: { sequence, limit: event.limit, of: event.subject },
      };
    case 'limitReleased':
      return {
        kind: 'limitReleased',
        severity: 'warning',
        subject: providerOf(event.subject) ?? firm,
        firm,
        text: `limit ${event.limit} lets ${event.subject} trade again, by ${event.by}: ${event.reason}`,
        details: { sequence, limit: event.limit, of: event.subject },
      };
    case 'routeUnknown':
      return {
        kind: 'routeUnknown',
        severity: 'critical',
        subject: event.venue,
        firm,
        text: `route ${event.routeId} is unknown (${event.reason}); its exposure stays reserved`,
        details: { sequence },
      };
    case 'venueReportUnmatched':
      return {
        kind: 'venueReportUnmatched',
        severity: 'critical',
        subject: event.venue,
        firm,
        text: `${event.venue} reported on ${event.routeId}: ${event.text}`,
        details: { sequence },
      };
    case 'caseOpened': {
      const { caseId, kind, venue, routeId, orderId, venueExecId, text } = event;
      const what =
        orderId === undefined ? `route ${routeId || '(none)'}` : `route ${routeId} of order ${orderId}`;
      const execution = venueExecId === undefined ? '' : `, ExecID ${venueExecId}`;
      return {
        kind: 'caseOpened',
        // What the firm's rule books in the same breath is nobody's to answer.
        severity: event.isBooked === true ? 'warning' : 'critical',
        subject: caseId,
        firm,
        text: `${kind} at ${venue}, ${what}${execution}: ${text}`,
        details: { sequence, venue, routeId },
      };
    }
    case 'caseResolved':
      return {
        kind: 'caseResolved',
        severity: 'info',
        subject: event.caseId,
        firm,
        text: `${event.action} by ${event.by}: ${event.reason}`,
        details: { sequence },
      };
    default:
      return undefined;
  }
}

/** Who may not see providers is not told of their limits. */
function providerOf(subject: string): string | undefined {
  return /^provider ([^,]+)/.exec(subject)?.[1];
}
