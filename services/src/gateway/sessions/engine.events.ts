/**
 * What the engine tells of each session, for operators: counted by kind and place, and as system events where
 * somebody may have to act. A session that is in trouble over and over is told twice in ten seconds and then
 * as a number, so that it buries nobody else's.
 */
import type { SessionEvent } from '@tidegate/fix/session/events';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { Metrics } from '@tidegate/platform/observe/metrics';
import type { NewSystemEvent, SystemEvents } from '@tidegate/platform/observe/system.events';
import { EventWindow } from '../../event.window.ts';
import { plainText } from '../clients/client.reports.ts';
import { placeOf, type SessionIdentity } from './session.board.ts';

export interface EngineEventsOptions {
  readonly events: Pick<SystemEvents, 'record'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

type Told = Pick<NewSystemEvent, 'kind' | 'severity' | 'text'>;

const toldMax = 2;

export class EngineEvents {
  private readonly window: EventWindow;
  private readonly counter: { inc(labels: Readonly<Record<string, string>>): void };

  constructor({ events, clock, metrics }: EngineEventsOptions) {
    this.window = new EventWindow({ events, clock, toldMax });
    this.counter = metrics.counter(
      'gateway_session_events_total',
      'What the FIX engine told of sessions: gaps, resends, resets, refusals, congestion',
      ['kind', 'listener', 'venue', 'purpose'],
    );
  }

  start(): void {
    this.window.start();
  }

  stop(): void {
    this.window.stop();
  }

  record(identity: SessionIdentity, event: SessionEvent): void {
    this.counter.inc({ kind: event.kind, ...placeOf(identity) });
    // One that keeps nothing has a first start with each of ours.
    const isNew = event.kind === 'reset' && event.by === 'firstStart';
    if (isNew && identity.purpose === 'marketData') return;
    const told = systemEventOf(event);
    if (told === undefined) return;
    this.window.record(`${told.kind} ${identity.id}`, {
      ...told,
      text: plainText(told.text),
      subject: identity.id,
      ...(identity.firm === undefined ? {} : { firm: identity.firm }),
    });
  }
}

function resetOf(by: Extract<SessionEvent, { readonly kind: 'reset' }>['by']): Told | undefined {
  // Our own are settings: market data sessions begin anew with each logon.
  if (by === 'us') return undefined;
  const text = by === 'firstStart' ? 'first start: numbers start at 1' : `numbers start at 1, by ${by}`;
  return { kind: 'sessionReset', severity: 'info', text };
}

/** Undefined for what is normal or told elsewhere (`sessionUp` and `sessionDown` are the board's). */
export function systemEventOf(event: SessionEvent): Told | undefined {
  switch (event.kind) {
    case 'logonRefused':
      return { kind: 'logonRefused', severity: 'warning', text: event.reason };
    case 'gapDetected':
      return {
        kind: 'sessionGap',
        severity: 'warning',
        text: `received ${event.received} where ${event.expected} was due; the rest is asked for`,
      };
    case 'resendServed':
      return {
        kind: 'sessionResend',
        severity: 'info',
        text: `resent ${event.beginSeqNo} to ${event.endSeqNo} on request`,
      };
    case 'rejectSent':
      return {
        kind: 'sessionRejected',
        severity: 'warning',
        text: `we rejected message ${event.refSeqNum}: ${event.text}`,
      };
    case 'invalidTaken':
      return {
        kind: 'sessionRejected',
        severity: 'warning',
        text: `message ${event.refSeqNum} was taken although it does not conform: ${event.text}`,
      };
    case 'rejectReceived':
      return {
        kind: 'sessionRejected',
        severity: 'warning',
        text: `our message ${event.refSeqNum} was rejected: ${event.text}`,
      };
    case 'reset':
      return resetOf(event.by);
    case 'numbersSet':
      return {
        kind: 'sessionReset',
        severity: 'info',
        text: `next in ${event.nextInbound}, next out ${event.nextOutbound}, by operator`,
      };
    case 'throttled':
      return {
        kind: 'sessionThrottled',
        severity: 'warning',
        text: `message type ${event.msgType} refused: over the session's messages a second`,
      };
    case 'congested':
      return {
        kind: 'sessionCongested',
        severity: 'warning',
        text: `reads too slowly: ${event.queuedBytes} bytes wait`,
      };
    case 'storeFailed':
      return { kind: 'sessionFault', severity: 'critical', text: `session store: ${event.text}` };
    case 'applicationFailed':
      return { kind: 'sessionFault', severity: 'critical', text: `${event.callback}: ${event.text}` };
    default:
      return undefined;
  }
}
