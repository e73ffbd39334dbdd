/** One shared subscription at Bloomberg: what it is for, how it stands, its image and its consumers. */
import type { BlpDataEvent, BlpSubscriptionRequest } from '@tidegate/blpapi/contract';
import type { FeedCause } from '@tidegate/wire/bloomberg';
import { Image } from './image.ts';
import type { SubscriptionState } from './subscription.state.ts';

/** What somebody wants; equal wants share one subscription. */
export interface Want {
  /** `//blp/mktdata`. */
  readonly service: string;
  readonly security: string;
  readonly fields: readonly string[];
  readonly interval?: number | undefined;
  readonly isConflated?: boolean | undefined;
  readonly isDelayed?: boolean | undefined;
  readonly options?: readonly string[] | undefined;
}

/** Told of changes; never inside its own call of `acquire`. Must not throw. */
export interface Consumer {
  /** Once per batch in which the image changed. */
  onChange?(subscription: FeedSubscription): void;
  /** Every message, in order. */
  onEvent?(subscription: FeedSubscription, event: BlpDataEvent): void;
  /** State, delay mark, cause or refused fields changed. */
  onState(subscription: FeedSubscription): void;
}

export class FeedSubscription {
  readonly id: number;
  readonly key: string;
  readonly want: Want;
  readonly request: BlpSubscriptionRequest;
  readonly image = new Image();
  readonly consumers = new Set<Consumer>();
  state: SubscriptionState = 'idle';
  cause: FeedCause | null = null;
  exceptions: readonly { readonly field: string; readonly category: string }[] = [];
  isDelayed = false;
  correlationId: number | undefined;
  messageType = '';
  /** Receipt of the newest message; 0 before the first. */
  receivedAtMs = 0;
  receivedMonoMs = 0;
  ticks = 0;
  ticksPerSecond = 0;
  // Of the table.
  /** Changed in the batch that is being read. */
  isChanged = false;
  attempts = 0;
  /** Since when it waits for something: its back-off's end, or a fresh image. */
  waitsFromMonoMs = 0;
  dueMonoMs = 0;
  unusedSinceMonoMs: number | undefined;
  ticksBefore = 0;

  constructor(id: number, key: string, want: Want) {
    this.id = id;
    this.key = key;
    this.want = want;
    this.request = {
      topic: topicOf(want),
      fields: want.fields,
      ...(want.interval === undefined ? {} : { interval: want.interval }),
      ...(want.isConflated === true ? { isConflated: true } : {}),
      ...(want.isDelayed === true ? { isDelayed: true } : {}),
      ...(want.options === undefined || want.options.length === 0 ? {} : { options: want.options }),
    };
  }

  get isLive(): boolean {
    return this.state === 'live';
  }
}

/** Two wants with the same key are the same at Bloomberg. The order of fields and options means nothing. */
export function keyOf(want: Want): string {
  return JSON.stringify([
    topicOf(want),
    [...new Set(want.fields)].sort(),
    want.interval ?? 0,
    want.isConflated === true,
    want.isDelayed === true,
    [...(want.options ?? [])].sort(),
  ]);
}

/**
 * `EURUSD BGN Curncy` → `//blp/mktdata/ticker/EURUSD BGN Curncy`; what begins with `/` has its own prefix.
 */
function topicOf({ service, security }: Want): string {
  if (security.startsWith('/')) return `${service}${security}`;
  return service === '//blp/pagedata' ? `${service}/${security}` : `${service}/ticker/${security}`;
}
