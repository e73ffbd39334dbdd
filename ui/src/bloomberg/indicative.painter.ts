/**
 * Paints Bloomberg's price of an instrument into the elements of `IndicativeLine`, at most once a frame,
 * without React. It has no part in dealing: the ticket and the buttons read `TilePainter` only.
 */
import type { InstrumentView } from '@tidegate/wire/rest';
import { paintEveryBeat, paintNextFrame, partOf, watchSight, writeData, writeText } from '../prices/frame.ts';
import { PaintedText } from '../prices/painted.text.ts';
import { ageText } from '../prices/price.format.ts';
import type { Prices } from '../prices/prices.state.ts';
import { indicativeFace } from './indicative.face.ts';
import { indicativeAgeMs, type IndicativePrices } from './indicative.state.ts';

const parts = ['label', 'bid', 'mid', 'ask', 'note'] as const;
type Part = (typeof parts)[number];

export class IndicativePainter {
  readonly #root: HTMLElement;
  readonly #instrument: InstrumentView;
  readonly #prices: Prices;
  readonly #indicative: IndicativePrices;
  readonly #parts: Readonly<Record<Part, HTMLElement>>;
  /** Only where there is room for it. */
  readonly #age: HTMLElement | null;
  /** In a tile; a panel has one of it and its columns follow their words. */
  readonly #text: PaintedText | null;
  #isSeen = true;

  constructor(
    root: HTMLElement,
    instrument: InstrumentView,
    sources: { readonly prices: Prices; readonly indicative: IndicativePrices },
  ) {
    this.#root = root;
    this.#instrument = instrument;
    this.#prices = sources.prices;
    this.#indicative = sources.indicative;
    const part = (name: Part): HTMLElement => partOf(root, `indicative-${name}`);
    this.#parts = {
      label: part('label'),
      bid: part('bid'),
      mid: part('mid'),
      ask: part('ask'),
      note: part('note'),
    };
    this.#age = root.querySelector<HTMLElement>('[data-part="indicative-age"]');
    this.#text = this.#age === null ? PaintedText.over(root.closest<HTMLElement>('.tile') ?? root) : null;
    for (const each of parts) this.#text?.word(this.#parts[each]);
  }

  /** Starts painting; the returned function stops it. */
  start(): () => void {
    this.#paint();
    const later = (): void => paintNextFrame(this.#paint);
    const stops = [
      this.#indicative.listen(this.#instrument.id, later),
      this.#prices.listen(this.#instrument.id, later),
      ...(this.#age === null ? [] : [paintEveryBeat(this.#paintAge)]),
      watchSight(this.#root, this.#sight),
      () => this.#text?.leave(Object.values(this.#parts)),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  #sight = (isVisible: boolean): void => {
    if (isVisible === this.#isSeen) return;
    this.#isSeen = isVisible;
    if (isVisible) this.#paint();
  };

  #paint = (): void => {
    if (!this.#isSeen) return;
    const { id } = this.#instrument;
    const face = indicativeFace(
      this.#indicative.get(id),
      this.#indicative.isConnected,
      this.#prices.get(id)?.price,
      this.#instrument,
    );
    writeData(this.#root, 'mark', face.mark);
    for (const part of parts) this.#write(this.#parts[part], face[part]);
    this.#paintAge();
  };

  #paintAge = (): void => {
    if (this.#age !== null) {
      const held = this.#indicative.get(this.#instrument.id);
      const isKnown = held !== undefined && held.view.receivedAtMs > 0;
      writeText(this.#age, isKnown ? ageText(indicativeAgeMs(held, performance.now())) : '');
    }
    this.#text?.draw();
  };

  #write(element: HTMLElement, text: string): void {
    if (this.#text === null) writeText(element, text);
    else this.#text.write(element, text);
  }
}
