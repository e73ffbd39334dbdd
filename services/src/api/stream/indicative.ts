/**
 * The stream's channel of indicative prices: conflated like prices, one row per feed and instrument, shown to
 * those whom the feed document lets read its market data.
 */
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import { mayReadFeed, type FeedReader } from '@tidegate/wire/bloomberg';
import type { FeedDocument } from '@tidegate/wire/configuration';
import type { StreamRequest } from '@tidegate/wire/stream';
import { mayTrade } from '../entitlement.ts';
import type { FeedBoard } from '../feed.board.ts';
import { ImageSubscription, type StreamClient } from './client.ts';

export interface IndicativeChannelOptions {
  readonly configuration: Pick<Configuration, 'current'>;
  readonly feeds: FeedBoard;
  readonly clients: () => Iterable<StreamClient>;
}

type Subscribe = Extract<StreamRequest, { op: 'subscribe' }>;

export class IndicativeChannel {
  private readonly options: IndicativeChannelOptions;
  /** Texts of the flush that is under way: many clients, one text. */
  private readonly texts = new Map<string, string>();
  private stopListening: (() => void) | undefined;

  constructor(options: IndicativeChannelOptions) {
    this.options = options;
  }

  start(): void {
    this.stopListening = this.options.feeds.listen((key) => {
      const [, instrument = ''] = key.split(' ');
      for (const client of this.options.clients())
        for (const subscription of client.indicative.values()) subscription.mark(key, instrument);
    });
  }

  stop(): void {
    this.stopListening?.();
  }

  subscribe(client: StreamClient, { id, instruments, everyMs }: Subscribe): void {
    const { configuration, feeds } = this.options;
    const { feeds: documents, instruments: known } = configuration.current;
    const { user } = client.identity!;
    if (![...documents.values()].some((feed) => mayReadSides(feed, user)))
      return client.error(id, 'FEED_NOT_PERMITTED', 'no indicative feed may be read by this user');
    const unknown = instruments?.find((one) => !known.has(one));
    if (unknown !== undefined)
      return client.error(id, 'UNKNOWN_INSTRUMENT', `no instrument ${unknown.slice(0, 64)}`);
    const subscription = new ImageSubscription(id, instruments, everyMs);
    client.indicative.set(id, subscription);
    this.texts.clear();
    const keys = [...feeds.keys()].map(([key]) => key);
    this.send(client, subscription, 'snapshot', keys);
  }

  flush(monoMs: number): void {
    this.texts.clear();
    for (const client of this.options.clients()) {
      if (client.indicative.size === 0 || !client.hasRoom) continue;
      for (const subscription of client.indicative.values())
        this.send(client, subscription, 'update', subscription.take(monoMs));
    }
  }

  private send(
    client: StreamClient,
    subscription: ImageSubscription,
    op: 'snapshot' | 'update',
    keys: readonly string[],
  ): void {
    const data: string[] = [];
    for (const key of keys) {
      const [feed = '', instrument = ''] = key.split(' ');
      if (!subscription.asksFor(instrument) || !this.mayShow(client, feed, instrument)) continue;
      const text = this.textOf(key);
      if (text !== undefined) data.push(text);
    }
    if (data.length === 0 && op === 'update') return;
    const id = JSON.stringify(subscription.id);
    client.sendText(`{"op":"${op}","id":${id},"channel":"indicative","data":[${data.join(',')}]}`);
  }

  /** Asked each time: rights are configuration, which changes. */
  private mayShow(client: StreamClient, feed: string, instrument: string): boolean {
    const { feeds, firms } = this.options.configuration.current;
    const { user } = client.identity!;
    return mayTrade(firms.get(user.firm), instrument) && mayReadSides(feeds.get(feed), user);
  }

  private textOf(key: string): string | undefined {
    const known = this.texts.get(key);
    if (known !== undefined) return known;
    const view = this.options.feeds.view(key);
    if (view === undefined) return undefined;
    const text = JSON.stringify(view);
    this.texts.set(key, text);
    return text;
  }
}

/** A row shows both sides, so it takes the right to both fields. */
const mayReadSides = (feed: FeedDocument | undefined, user: FeedReader): boolean =>
  mayReadFeed(feed, user, 'mktdata', 'BID') && mayReadFeed(feed, user, 'mktdata', 'ASK');
