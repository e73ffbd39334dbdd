/** What is to be watched, and when nothing is expected, from the configuration. */
import { isWithinHours, type TradingHours } from '@tidegate/core/market/hours';
import { WHOLE, type ExcuseReason } from '@tidegate/core/quality/state';
import { thresholdsOf } from '@tidegate/core/quality/thresholds';
import type { Excuse, WatchedSource } from '@tidegate/core/quality/watch';
import type { ConfigurationSnapshot } from '@tidegate/platform/configuration/configuration';
import type { FeedDocument, SourceQuality, VenueDocument } from '@tidegate/wire/configuration';

type Configured = Pick<ConfigurationSnapshot, 'instruments' | 'venues' | 'feeds'>;

/** Every provider and feed that is enabled, with the instruments that are asked of it. */
export function watchedSources({ instruments, venues, feeds }: Configured): readonly WatchedSource[] {
  const sourceOf = (
    { id, staleAfterMs, quality }: Pick<VenueDocument | FeedDocument, 'id' | 'staleAfterMs' | 'quality'>,
    asked: Iterable<string>,
    hasSession: boolean,
  ): WatchedSource => ({
    source: id,
    hasSession,
    instruments: new Map(
      [...asked].flatMap((instrument) => {
        const known = instruments.get(instrument);
        if (known === undefined) return [];
        const { thresholds, instruments: own } = quality ?? {};
        return [[instrument, thresholdsOf(staleAfterMs, known.quality, thresholds, own?.[instrument])]];
      }),
    ),
  });
  return [
    ...[...venues.values()]
      .filter(({ enabled }) => enabled)
      .map((venue) => sourceOf(venue, venue.instruments ?? instruments.keys(), true)),
    ...[...feeds.values()]
      .filter(({ enabled }) => enabled)
      .map((feed) => sourceOf(feed, Object.keys(feed.securities), false)),
  ];
}

/** Asked of every source × instrument for the same second: each schedule is looked up once. */
export function excuseOf(current: () => Configured): Excuse {
  const open = new Map<TradingHours, boolean>();
  let secondMs = Number.NaN;
  const isOpen = (hours: TradingHours | undefined, atMs: number): boolean => {
    if (hours === undefined) return true;
    if (atMs !== secondMs) {
      open.clear();
      secondMs = atMs;
    }
    const known = open.get(hours);
    if (known !== undefined) return known;
    const is = isWithinHours(hours, atMs);
    open.set(hours, is);
    return is;
  };
  return (source, instrument, atMs): ExcuseReason | undefined => {
    const { venues, feeds, instruments } = current();
    const venue = venues.get(source);
    if (!isOpen(venue?.schedule, atMs)) return 'schedule';
    if (instrument !== WHOLE && !isOpen(instruments.get(instrument)?.tradingHours, atMs)) return 'schedule';
    const quality = venue?.quality ?? feeds.get(source)?.quality;
    return isAnnounced(quality, instrument, atMs) ? 'announced' : undefined;
  };
}

const isAnnounced = (quality: SourceQuality | undefined, instrument: string, atMs: number): boolean =>
  quality?.announced?.some(
    ({ from, to, instruments }) =>
      (instruments === undefined || instruments.includes(instrument)) &&
      atMs >= Date.parse(from) &&
      atMs < Date.parse(to),
  ) === true;
