/**
 * Which journaled events are also system events: what operators and risk officers must see without reading
 * orders.
 */
import type { CaseOpened } from '@tidegate/core/order/case';
import type { LimitReached, LimitReleased, LimitTripped } from '@tidegate/core/order/limit.event';
import type { StopReleased, StopSet } from '@tidegate/core/order/stop.event';
import { scopeText } from '@tidegate/core/risk/stops';
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
    case 'stopSet':
    case 'stopReleased':
      return stopEvent(firm, event, sequence);
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
    case 'caseOpened':
      return caseEvent(firm, event, sequence);
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

function caseEvent(firm: string, event: CaseOpened, sequence: number): Told {
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

function stopEvent(firm: string, event: StopSet | StopReleased, sequence: number): Told {
  const { type: kind, scope, by, reason } = event;
  const isSet = event.type === 'stopSet';
  const said = isSet ? `may only reduce` : 'trades again';
  const what = isSet && event.stop === 'halted' ? `is halted, ${event.orders} orders are canceled` : said;
  return {
    kind,
    severity: isSet ? 'critical' : 'info',
    subject: scope.provider ?? firm,
    firm,
    text: `${scopeText(scope)} of ${firm} ${what}, by ${by}: ${reason}`,
    details: { sequence, scope },
  };
}

/** Who may not see providers is not told of their limits. */
function providerOf(subject: string): string | undefined {
  return /^provider ([^,]+)/.exec(subject)?.[1];
}
