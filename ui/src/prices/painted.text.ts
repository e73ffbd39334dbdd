/**
 * Text that changes many times a second, drawn on one canvas over its element: the browser then lays out
 * nothing for it. Where each text stands, in which font and colour, is said by CSS as ever: the boxes are
 * there, their words are in them and not rendered. A screen reader gets them as the name of the canvas, at
 * most once a second.
 */
import { paintNextFrame } from './frame.ts';

interface Look {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly font: string;
  readonly spacing: string;
  readonly color: string;
  readonly alpha: number;
  readonly align: 'left' | 'right' | 'center';
  readonly lineHeight: number;
  readonly isRaised: boolean;
  readonly isUpper: boolean;
}

interface Box {
  readonly element: HTMLElement;
  /** The words, in document order: one, or digits of several sizes side by side. */
  readonly words: readonly { readonly element: HTMLElement; readonly text: Text }[];
  /** In place of words. */
  readonly picture?: Picture;
  looks: readonly Look[];
  place: Look | undefined;
  isDirty: boolean;
}

const sayMs = 1_000;

/** Those to be drawn anew: all are measured before one is written to, or the page is laid out for each. */
const stale = new Set<PaintedText>();

function drawStale(): void {
  const due = [...stale].filter((each) => each.measure());
  stale.clear();
  for (const each of due) each.drawAll();
}

export interface Place {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly color: string;
}
export type Picture = (context: CanvasRenderingContext2D, place: Place) => void;

/** Changes of these look different: `data-market` and others turn colours. */
const attributes = [
  'data-market',
  'data-closed',
  'data-open',
  'data-reach',
  'data-mark',
  'data-sign',
  'disabled',
];

/** A canvas for each root, whoever writes on it: each one more is a layer for the browser to put together. */
const canvases = new WeakMap<HTMLElement, PaintedText>();

export class PaintedText {
  readonly #root: HTMLElement;
  readonly #canvas = document.createElement('canvas');
  readonly #context: CanvasRenderingContext2D;
  readonly #boxes = new Map<HTMLElement, Box>();
  readonly #words = new Map<HTMLElement, { readonly box: Box; readonly text: Text }>();
  readonly #stops: (() => void)[] = [];
  #size: readonly [width: number, height: number] = [0, 0];
  #isStyled = false;
  #saidMs = -Infinity;
  #worn: Pick<Look, 'font' | 'spacing' | 'color' | 'alpha'> = bare;

  #writers = 0;

  /** @param root positioned, so that the canvas lies over it. To be left with `leave`. */
  static over(root: HTMLElement): PaintedText {
    const painted = canvases.get(root) ?? new PaintedText(root);
    canvases.set(root, painted);
    painted.#writers += 1;
    return painted;
  }

  private constructor(root: HTMLElement) {
    this.#root = root;
    const context = this.#canvas.getContext('2d');
    if (context === null) throw new Error('this browser has no canvas');
    this.#context = context;
    this.#canvas.className = 'painted';
    this.#canvas.role = 'img';
    this.#canvas.ariaLabel = 'No price';
    root.append(this.#canvas);
    const restyle = (): void => this.#restyleLater();
    const size = new ResizeObserver(restyle);
    size.observe(root);
    const looks = new MutationObserver(restyle);
    looks.observe(root, { subtree: true, attributes: true, attributeFilter: attributes });
    const theme = new MutationObserver(restyle);
    theme.observe(document.documentElement, { attributes: true });
    this.#stops.push(
      () => size.disconnect(),
      () => looks.disconnect(),
      () => theme.disconnect(),
      () => this.#canvas.remove(),
      followScreen(restyle),
    );
  }

  /** One word with a box of its own. */
  word(element: HTMLElement): void {
    this.#take(element, [element]);
  }

  /** Words that stand side by side in the middle of one box. */
  row(element: HTMLElement, words: readonly HTMLElement[]): void {
    this.#take(element, words);
  }

  /** Drawn by `picture` whenever it is touched. */
  picture(element: HTMLElement, picture: Picture): void {
    this.#boxes.set(element, { element, words: [], picture, looks: [], place: undefined, isDirty: true });
    this.#isStyled = false;
  }

  touch(element: HTMLElement): void {
    const box = this.#boxes.get(element);
    if (box !== undefined) box.isDirty = true;
  }

  write(element: HTMLElement, text: string): void {
    const word = this.#words.get(element);
    if (word === undefined || word.text.data === text) return;
    word.text.data = text;
    word.box.isDirty = true;
  }

  /** What has changed. */
  draw(): void {
    if (!this.#isStyled) return this.#restyleLater();
    for (const box of this.#boxes.values()) if (box.isDirty) this.#drawBox(box);
    this.#say();
  }

  #say(): void {
    const nowMs = performance.now();
    if (nowMs - this.#saidMs < sayMs) return;
    this.#saidMs = nowMs;
    const texts = [...this.#boxes.values()].map(({ words }) => words.map(({ text }) => text.data).join(''));
    this.#canvas.ariaLabel = texts.filter((text) => text !== '').join(' ') || 'No price';
  }

  #restyleLater(): void {
    stale.add(this);
    paintNextFrame(drawStale);
  }

  /** Where everything is, as the page's style has it now. False: it has no place on the page. */
  measure(): boolean {
    const own = this.#root.getBoundingClientRect();
    if (own.width === 0) return false;
    const { clientLeft, clientTop, clientWidth, clientHeight } = this.#root;
    this.#size = [clientWidth, clientHeight];
    const origin = { left: own.left + clientLeft, top: own.top + clientTop };
    for (const box of this.#boxes.values()) {
      box.place = lookOf(box.element, origin, this.#root);
      box.looks = box.words.map(({ element }) =>
        element === box.element ? box.place! : lookOf(element, origin, this.#root),
      );
    }
    return true;
  }

  drawAll(): void {
    const ratio = window.devicePixelRatio;
    const [width, height] = this.#size.map((length) => Math.round(length * ratio)) as [number, number];
    this.#canvas.width = width;
    this.#canvas.height = height;
    this.#canvas.style.width = `${width / ratio}px`;
    this.#canvas.style.height = `${height / ratio}px`;
    this.#worn = bare;
    this.#context.scale(ratio, ratio);
    this.#context.textBaseline = 'alphabetic';
    this.#isStyled = true;
    for (const box of this.#boxes.values()) this.#drawBox(box);
    this.#say();
  }

  /** The last one takes the canvas away. @param elements those that this writer wrote to. */
  leave(elements: Iterable<HTMLElement>): void {
    for (const element of elements) {
      this.#boxes.delete(element);
      this.#words.delete(element);
    }
    this.#writers -= 1;
    if (this.#writers > 0) return this.#restyleLater();
    stale.delete(this);
    canvases.delete(this.#root);
    for (const stop of this.#stops) stop();
  }

  #take(element: HTMLElement, words: readonly HTMLElement[]): void {
    const box: Box = {
      element,
      words: words.map((each) => ({ element: each, text: hiddenText(each) })),
      looks: [],
      place: undefined,
      isDirty: true,
    };
    this.#boxes.set(element, box);
    for (const { element: each, text } of box.words) this.#words.set(each, { box, text });
    this.#isStyled = false;
  }

  #drawBox(box: Box): void {
    box.isDirty = false;
    const { place } = box;
    if (place === undefined || place.width === 0) return;
    this.#context.clearRect(place.left, place.top, place.width, place.height);
    if (box.picture !== undefined) {
      this.#wear(place);
      box.picture(this.#context, place);
    } else if (box.words.length === 1) this.#drawWord(box.words[0]!.text.data, box.looks[0]!, place);
    else this.#drawRow(box, place);
  }

  #drawWord(text: string, look: Look, { left, top, width, height }: Look): void {
    if (text === '') return;
    this.#wear(look);
    this.#context.textAlign = look.align;
    const x = look.align === 'left' ? left : look.align === 'right' ? left + width : left + width / 2;
    const shown = look.isUpper ? text.toUpperCase() : text;
    this.#context.fillText(shown, x, top + baseline(look.font, height, this.#context), width);
  }

  /** The largest word's baseline is everyone's, but for what is raised. */
  #drawRow(box: Box, place: Look): void {
    const parts = box.words.map(({ text }, index) => {
      const look = box.looks[index]!;
      this.#wear(look);
      return { text: text.data, look, width: widthOf(text.data, look, this.#context) };
    });
    let x = place.left + (place.width - parts.reduce((sum, { width }) => sum + width, 0)) / 2;
    const line = Math.max(
      ...parts
        .filter(({ look }) => !look.isRaised)
        .map(({ look }) => baseline(look.font, place.height, this.#context)),
    );
    this.#context.textAlign = 'left';
    for (const { text, look, width } of parts) {
      this.#wear(look);
      const down = look.isRaised ? baseline(look.font, look.lineHeight, this.#context) : line;
      if (text !== '') this.#context.fillText(text, x, place.top + down);
      x += width;
    }
  }

  /** Setting what is set already costs as much as drawing. */
  #wear({ font, spacing, color, alpha }: Look): void {
    const context = this.#context;
    const worn = this.#worn;
    if (worn.font !== font) context.font = font;
    if (worn.spacing !== spacing) context.letterSpacing = spacing;
    if (worn.color !== color) context.fillStyle = color;
    if (worn.alpha !== alpha) context.globalAlpha = alpha;
    this.#worn = { font, spacing, color, alpha };
  }
}

const bare = { font: '', spacing: '', color: '', alpha: 1 };

/** The words of an element, there for who reads the page and not laid out. */
function hiddenText(element: HTMLElement): Text {
  const unseen = document.createElement('i');
  unseen.hidden = true;
  const text = document.createTextNode('');
  unseen.append(text);
  element.replaceChildren(unseen);
  return text;
}

interface Origin {
  readonly left: number;
  readonly top: number;
}

function lookOf(element: HTMLElement, origin: Origin, root: HTMLElement): Look {
  const style = getComputedStyle(element);
  const rect = element.getBoundingClientRect();
  const { paddingLeft, paddingRight, textAlign } = style;
  const left = rect.left - origin.left + Number.parseFloat(paddingLeft);
  return {
    left,
    top: rect.top - origin.top,
    width: rect.width - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight),
    height: rect.height,
    font: `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`,
    spacing: style.letterSpacing === 'normal' ? '0px' : style.letterSpacing,
    color: style.color,
    alpha: alphaOf(element, root),
    align:
      textAlign === 'right' || textAlign === 'end' ? 'right' : textAlign === 'center' ? 'center' : 'left',
    lineHeight: Number.parseFloat(style.lineHeight),
    isRaised: style.alignSelf === 'flex-start',
    isUpper: style.textTransform === 'uppercase',
  };
}

/** What it and those around it let through. */
function alphaOf(element: HTMLElement, root: HTMLElement): number {
  let alpha = 1;
  for (let each: HTMLElement | null = element; each !== null && each !== root; each = each.parentElement)
    alpha *= Number(getComputedStyle(each).opacity);
  return alpha;
}

interface FontMetrics {
  readonly ascent: number;
  readonly descent: number;
  /** Widths of characters met so far. */
  readonly widths: Map<string, number>;
}

const metrics = new Map<string, FontMetrics>();

/** The context has this font on. */
function metricsOf(font: string, context: CanvasRenderingContext2D): FontMetrics {
  const known = metrics.get(font);
  if (known !== undefined) return known;
  const before = context.font;
  context.font = font;
  const { fontBoundingBoxAscent, fontBoundingBoxDescent } = context.measureText('0');
  context.font = before;
  const measured = { ascent: fontBoundingBoxAscent, descent: fontBoundingBoxDescent, widths: new Map() };
  metrics.set(font, measured);
  return measured;
}

/** From the top of a line of that height, as CSS places it. */
function baseline(font: string, height: number, context: CanvasRenderingContext2D): number {
  const { ascent, descent } = metricsOf(font, context);
  return Math.round((height - ascent - descent) / 2 + ascent);
}

/** By its characters: prices are digits, and the same few of them. The context has this font on. */
function widthOf(text: string, { font, spacing }: Look, context: CanvasRenderingContext2D): number {
  const { widths } = metricsOf(font, context);
  let width = 0;
  for (const character of text) {
    let one = widths.get(character);
    if (one === undefined) {
      one = context.measureText(character).width - Number.parseFloat(spacing);
      widths.set(character, one);
    }
    width += one + Number.parseFloat(spacing);
  }
  return width;
}

/** Tells when the page moves to a screen with another density, or is zoomed. */
function followScreen(told: () => void): () => void {
  let query: MediaQueryList;
  const changed = (): void => {
    query.removeEventListener('change', changed);
    follow();
    told();
  };
  const follow = (): void => {
    query = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    query.addEventListener('change', changed);
  };
  follow();
  return () => query.removeEventListener('change', changed);
}
