/** Feed transitions as system events: one event per venue when many of its instruments change together. */
import type { FeedTransition } from '@tidegate/core/market/quality';
import type { SystemEvent } from '@tidegate/wire/monitoring';

type FeedEvent = Pick<SystemEvent, 'kind' | 'severity' | 'subject' | 'text'>;

/** More changes of a venue than this in one look are told as one. */
const separateMax = 3;

export function feedEvents(transitions: readonly FeedTransition[]): readonly FeedEvent[] {
  const groups = new Map<string, FeedTransition[]>();
  for (const transition of transitions) {
    if (transition.from === 'silent' && transition.to === 'live') continue;
    const key = `${transition.venue} ${transition.to}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [transition]);
    else group.push(transition);
  }
  return [...groups.values()].flatMap((group) => {
    if (group.length <= separateMax)
      return group.map((one) => eventOf(one, `${one.venue}/${one.instrument}`));
    const first = group[0]!;
    const instruments = group.map((one) => one.instrument).join(', ');
    return [
      { ...eventOf(first, first.venue), text: `${first.venue}: quotes are ${first.to}: ${instruments}` },
    ];
  });
}

function eventOf({ venue, instrument, to, flags }: FeedTransition, subject: string): FeedEvent {
  const why = flags.length === 0 ? '' : ` (${flags.join(', ')})`;
  return {
    kind: to === 'live' ? 'venueLive' : 'venueStale',
    severity: to === 'live' ? 'info' : 'warning',
    subject,
    text: `${venue}: quotes of ${instrument} are ${to}${why}`,
  };
}
