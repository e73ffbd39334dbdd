/** What operators must hear of the feed, as system events: each change once, not each of many retries. */
import type { SystemEvent } from '@tidegate/wire/monitoring';
import { bloombergFeed } from '@tidegate/wire/bloomberg';
import type { EventWindow } from '../event.window.ts';
import type { FeedStanding } from './feed.status.ts';

type Told = Pick<SystemEvent, 'kind' | 'severity' | 'text'>;

export class FeedEvents {
  private readonly window: EventWindow;
  /** Nothing to tell of a feed that has not been up or down yet. */
  private last = '';

  constructor(window: EventWindow) {
    this.window = window;
  }

  /** `connecting` is no news: it leads to one that is. */
  standing({ state, cause }: FeedStanding, isEmulated: boolean): void {
    if (state === 'connecting') return;
    const key = `${state} ${cause?.code ?? ''}`;
    if (key === this.last || (this.last === '' && state === 'stopped')) return;
    this.last = key;
    const why = cause === null ? '' : `: ${cause.code}: ${cause.text}`;
    this.tell(eventOf(state, why, isEmulated));
  }

  dataLoss(subscriptions: number): void {
    const text = `Bloomberg: ticks of ${subscriptions} subscriptions were lost; stale until the next image`;
    this.tell({ kind: 'feedDataLoss', severity: 'warning', text });
  }

  budget(what: 'warned' | 'exhausted', text: string): void {
    const severity = what === 'warned' ? 'warning' : 'critical';
    this.tell({ kind: 'feedBudget', severity, text: `Bloomberg: ${text}` });
  }

  userRevoked(user: string): void {
    const text = `Bloomberg has revoked the authorisation of ${user}; nothing more is delivered to it`;
    this.tell({ kind: 'feedEntitlement', severity: 'warning', text });
  }

  private tell(event: Told): void {
    this.window.record(event.kind, { ...event, subject: bloombergFeed });
  }
}

function eventOf(state: FeedStanding['state'], why: string, isEmulated: boolean): Told {
  const name = isEmulated ? 'Bloomberg (emulated)' : 'Bloomberg';
  switch (state) {
    case 'up':
      return { kind: 'feedUp', severity: 'info', text: `${name} is up` };
    case 'stale':
      return { kind: 'feedStale', severity: 'warning', text: `${name} is stale${why}` };
    case 'unauthorised':
      return { kind: 'feedEntitlement', severity: 'critical', text: `${name}: not authorised${why}` };
    case 'stopped':
      return { kind: 'feedDown', severity: 'info', text: `${name} is stopped${why}` };
    default:
      return { kind: 'feedDown', severity: 'warning', text: `${name} is ${state}${why}` };
  }
}
