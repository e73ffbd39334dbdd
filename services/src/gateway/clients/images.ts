/**
 * The latest image per source and instrument, and who wants to hear of changes. A source is a tier
 * (`price.<tier>.*`) or, for pass-through listeners, a venue (`quote.<venue>.*`); each is subscribed once,
 * at its first use.
 */
import type { Levels } from '@tidegate/core/market/quote';
import type { Bus, Subscription } from '@tidegate/platform/bus/bus';
import { priceTopic, quoteTopic } from '@tidegate/wire/topics';

export type Source = { readonly tier: string } | { readonly venue: string };

export interface Image {
  readonly bids: Levels;
  readonly asks: Levels;
  readonly receivedAtMs: number;
}

export interface ImageListener {
  changed(): void;
}

export const sourceName = (source: Source): string =>
  'tier' in source ? `tier.${source.tier}` : `venue.${source.venue}`;

const keyOf = (source: Source, instrument: string): string => `${sourceName(source)}.${instrument}`;

export class Images {
  private readonly bus: Bus;
  private readonly images = new Map<string, Image>();
  private readonly listeners = new Map<string, Set<ImageListener>>();
  private readonly subscriptions = new Map<string, Subscription>();

  constructor(bus: Bus) {
    this.bus = bus;
  }

  /** Starts to keep a source's images, so that the first subscriber finds one. */
  follow(source: Source): void {
    const name = sourceName(source);
    if (this.subscriptions.has(name)) return;
    this.subscriptions.set(
      name,
      'tier' in source
        ? this.bus.subscribe(
            priceTopic(source.tier),
            (price) => this.replace(keyOf(source, price.instrument), price),
            { conflate: true },
          )
        : this.bus.subscribe(
            quoteTopic(source.venue),
            (quote) => this.replace(keyOf(source, quote.instrument), quote),
            { conflate: true },
          ),
    );
  }

  latest(source: Source, instrument: string): Image | undefined {
    return this.images.get(keyOf(source, instrument));
  }

  listen(source: Source, instrument: string, listener: ImageListener): void {
    this.follow(source);
    const key = keyOf(source, instrument);
    const listeners = this.listeners.get(key);
    if (listeners === undefined) this.listeners.set(key, new Set([listener]));
    else listeners.add(listener);
  }

  unlisten(source: Source, instrument: string, listener: ImageListener): void {
    this.listeners.get(keyOf(source, instrument))?.delete(listener);
  }

  stop(): void {
    for (const subscription of this.subscriptions.values()) subscription.unsubscribe();
  }

  private replace(key: string, image: Image): void {
    this.images.set(key, image);
    const listeners = this.listeners.get(key);
    if (listeners !== undefined) for (const listener of listeners) listener.changed();
  }
}
