/**
 * Which journaled events are also system events: what operators and risk officers must see without reading
 * orders.
 */
import type { LimitReached, LimitReleased, LimitTripped } from '@tidegate/core/order/limit.event';
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
    case 'limitTripped':
    case 'limitReleased':
      return limitEvent(firm, event, sequence);
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

function limitEvent(
  firm: string,
  event: LimitReached | LimitTripped | LimitReleased,
  sequence: number,
): Told {
  const { type: kind, limit, subject: of } = event;
  const told = { kind, subject: providerOf(of) ?? firm, firm, details: { sequence, limit, of } } as const;
  if (event.type === 'limitReached') {
    const severity = event.level >= 90 ? 'critical' : event.level > 0 ? 'warning' : 'info';
    return { ...told, severity, text: `${event.level} %: ${event.text}` };
  }
  if (event.type === 'limitTripped')
    return { ...told, severity: 'critical', text: `limit ${limit} has disabled ${of}: ${event.text}` };
  const text = `limit ${limit} lets ${of} trade again, by ${event.by}: ${event.reason}`;
  return { ...told, severity: 'warning', text };
}

/** Who may not see providers is not told of their limits. */
function providerOf(subject: string): string | undefined {
  return /^provider ([^,]+)/.exec(subject)?.[1];
}
