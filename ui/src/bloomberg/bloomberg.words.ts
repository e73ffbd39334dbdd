/** Words, tones and texts of the Bloomberg feed, its subscriptions and its counters. */
import type {
  BloombergStatus,
  FeedCause,
  FeedState,
  FeedSubscriptionState,
  FeedSubscriptionView,
} from '@tidegate/wire/bloomberg';
import type { SystemEvent } from '@tidegate/wire/monitoring';
import type { Tone } from '../orders/order.words.ts';

export const feedWord: Readonly<Record<FeedState, string>> = {
  unavailable: 'Unavailable',
  down: 'Down',
  connecting: 'Connecting',
  up: 'Up',
  stale: 'Stale',
  unauthorised: 'Not authorised',
  stopped: 'Stopped',
};
export const feedTone: Readonly<Record<FeedState, Tone>> = {
  unavailable: 'bad',
  down: 'bad',
  connecting: 'warn',
  up: 'good',
  stale: 'warn',
  unauthorised: 'bad',
  stopped: 'none',
};

/** What a state means for who looks at prices. */
export const feedMeaning: Readonly<Record<FeedState, string>> = {
  unavailable: 'There is no usable library. Everything else runs without Bloomberg.',
  down: 'There is no session with Bloomberg. It is tried again.',
  connecting: 'The session is starting.',
  up: 'Indicative prices: for reference and comparison, never dealt on.',
  stale: 'The session lives but its connections are lost. Prices are old until they are back.',
  unauthorised: 'Bloomberg refuses or has revoked our rights.',
  stopped: 'The feed is switched off.',
};

export type ServiceState = BloombergStatus['session']['services'][number]['state'];
export const serviceTone: Readonly<Record<ServiceState, Tone>> = {
  opening: 'warn',
  open: 'good',
  down: 'bad',
  failed: 'bad',
};

export type VpnState = BloombergStatus['vpn']['state'];
export const vpnWord: Readonly<Record<VpnState, string>> = {
  off: 'Not configured',
  unknown: 'Not known yet',
  up: 'Up',
  down: 'Down',
};
export const vpnTone: Readonly<Record<VpnState, Tone>> = {
  off: 'none',
  unknown: 'warn',
  up: 'good',
  down: 'bad',
};

/** A live subscription whose data are delayed is said to be delayed. */
export type ShownSubscription = FeedSubscriptionState | 'delayed';

export const subscriptionWord: Readonly<Record<ShownSubscription, string>> = {
  pending: 'Pending',
  live: 'Live',
  delayed: 'Delayed',
  stale: 'Stale',
  waiting: 'Waiting',
  failed: 'Failed',
};
export const subscriptionTone: Readonly<Record<ShownSubscription, Tone>> = {
  pending: 'none',
  live: 'good',
  delayed: 'warn',
  stale: 'warn',
  waiting: 'warn',
  failed: 'bad',
};

export const shownSubscription = ({
  state,
  isDelayed,
}: Pick<FeedSubscriptionView, 'state' | 'isDelayed'>): ShownSubscription =>
  state === 'live' && isDelayed ? 'delayed' : state;

/** `BAD_SEC: unknown security`; the code once only, where the text says it too. */
export function causeText(cause: FeedCause | null): string {
  if (cause === null) return '';
  const { code, text } = cause;
  return text.includes(code) ? text : [code, text].filter((part) => part !== '').join(': ');
}

/** Why a subscription is as it is, and the fields that are refused while the rest goes on. */
export function subscriptionReason({ cause, exceptions }: FeedSubscriptionView): string {
  const refused = exceptions.map(({ field, category }) => `${field}: ${category}`);
  return [causeText(cause), ...refused].filter((part) => part !== '').join(' · ');
}

/** Rows of one subscription on the page. What was refused before it became one has no id of its own. */
export const subscriptionKey = ({ id, service, security, instrument }: FeedSubscriptionView): string =>
  `${id} ${service} ${security} ${instrument ?? ''}`;

/** Milliseconds from a time to another of the same clock: the server's own, so that ours does not matter. */
export function elapsedMs(fromIso: string | null, toIso: string): number | null {
  return fromIso === null ? null : Math.max(0, Date.parse(toIso) - Date.parse(fromIso));
}

const units: readonly (readonly [string, number])[] = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
];

/** The two largest units: `3 d 4 h`, `12 min 5 s`, `7 s`. */
export function durationText(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  const from = units.findIndex(([, size]) => seconds >= size);
  if (from === -1) return '0 s';
  let left = seconds;
  const said: string[] = [];
  for (const [unit, size] of units.slice(from, from + 2)) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) said.push(`${count} ${unit}`);
  }
  return said.join(' ');
}

/** Rates under ten with a tenth, above without. */
export const rateText = (perSecond: number): string =>
  perSecond < 10 ? perSecond.toFixed(1) : String(Math.round(perSecond));

export interface Counter {
  readonly key: string;
  readonly label: string;
  readonly value: number;
  /** Anything but zero is worth a look. */
  readonly isTrouble: boolean;
}

export function countersOf({ totals }: Pick<BloombergStatus, 'totals'>): readonly Counter[] {
  const counter = (key: keyof typeof totals, label: string, isTrouble: boolean): Counter => ({
    key,
    label,
    value: totals[key],
    isTrouble,
  });
  return [
    counter('ticks', 'Ticks', false),
    counter('quotes', 'Quotes published', false),
    counter('requests', 'Requests', false),
    counter('reconnects', 'New sessions', true),
    counter('dataLosses', 'Data losses', true),
    counter('slowConsumerWarnings', 'Slow consumer', true),
    counter('stalls', 'Queue stalls', true),
    counter('messagesTooLarge', 'Too large', true),
    counter('misfits', 'Finer than scale', true),
  ];
}

/** System events of the feed, and of its own subject. */
export const isFeedEvent = (event: Pick<SystemEvent, 'kind' | 'subject'>, feed: string): boolean =>
  event.subject === feed || event.kind.startsWith('feed');
