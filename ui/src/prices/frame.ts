/**
 * One clock for everything that paints by itself: at most one paint in each turn of it, however much has
 * come in between, and one slow beat for ages. A browser lays out, paints and puts together a whole page for
 * any change, so what a desk costs is how often it paints, not how much it is told.
 */

/**
 * Least time between two paints of prices, ms. Digits that change more often can't be read, and four screen
 * frames are a third of what a desk would cost at every one.
 */
const TURN_MS = 62;
/** A frame that comes this much early is taken: the next one would be late by the rest of it. */
const EARLY_MS = 6;

const waiting = new Set<() => void>();
let isRequested = false;
let turnedMs = -Infinity;

/** Ends of frames are told with their time: what was received before has been painted. */
const paintedListeners = new Set<(nowMs: number) => void>();

/**
 * Paints once in the next turn, however often it is asked for. A hidden page has no frames and so does no
 * work.
 */
export function paintNextFrame(paint: () => void): void {
  waiting.add(paint);
  if (isRequested) return;
  isRequested = true;
  const leftMs = turnedMs + TURN_MS - performance.now();
  if (leftMs <= EARLY_MS) requestAnimationFrame(turn);
  else setTimeout(() => requestAnimationFrame(turn), leftMs - EARLY_MS);
}

/** Somebody waits for the next turn. */
export const isPaintAsked = (): boolean => isRequested;

const frameEnd = new MessageChannel();
frameEnd.port1.onmessage = () => {
  const nowMs = performance.now();
  for (const listener of paintedListeners) listener(nowMs);
};

function turn(): void {
  isRequested = false;
  turnedMs = performance.now();
  const paints = [...waiting];
  waiting.clear();
  for (const each of paints) each();
  // Comes after this frame's layout and paint.
  if (paintedListeners.size > 0) frameEnd.port2.postMessage(null);
}

/** Told after each turn, when the browser has laid out and painted it. */
export function onPainted(listener: (nowMs: number) => void): () => void {
  paintedListeners.add(listener);
  return () => {
    paintedListeners.delete(listener);
  };
}

const BEAT_MS = 250;
const beating = new Set<() => void>();
let beat: ReturnType<typeof setInterval> | undefined;

/** Calls `paint` in a turn four times a second until the returned function is called. */
export function paintEveryBeat(paint: () => void): () => void {
  beating.add(paint);
  beat ??= setInterval(() => {
    for (const each of beating) paintNextFrame(each);
  }, BEAT_MS);
  return () => {
    beating.delete(paint);
    waiting.delete(paint);
    if (beating.size > 0) return;
    clearInterval(beat);
    beat = undefined;
  };
}

const visibility = new Map<Element, (isVisible: boolean) => void>();
let eyes: IntersectionObserver | undefined;

/** Tells when an element comes into sight and when it leaves it: what can't be seen need not be painted. */
export function watchSight(element: Element, told: (isVisible: boolean) => void): () => void {
  eyes ??= new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) visibility.get(target)?.(isIntersecting);
  });
  visibility.set(element, told);
  eyes.observe(element);
  return () => {
    visibility.delete(element);
    eyes?.unobserve(element);
  };
}

/**
 * Writes only what differs: a write of the same text still costs layout. The text node stays: a new one costs
 * a place in the layout.
 */
export function writeText(element: HTMLElement, text: string): void {
  const { firstChild } = element;
  if (firstChild instanceof Text && firstChild.nextSibling === null) {
    if (firstChild.data !== text) firstChild.data = text;
  } else if (element.textContent !== text) element.textContent = text;
}

export function writeData(element: HTMLElement, name: string, value: string): void {
  if (element.dataset[name] !== value) element.dataset[name] = value;
}

/** The element of `root` that carries `data-part="name"`. */
export function partOf(root: HTMLElement, name: string): HTMLElement {
  const part = root.querySelector<HTMLElement>(`[data-part="${name}"]`);
  if (part === null) throw new Error(`no part ${name}`);
  return part;
}
