/** One animation frame for everything that paints by itself, and one slow beat for ages. */

const waiting = new Set<() => void>();
let requested = false;

/**
 * Paints once in the next frame, however often it is asked for. A hidden page has no frames and so does no
 * work.
 */
export function paintNextFrame(paint: () => void): void {
  waiting.add(paint);
  if (requested) return;
  requested = true;
  requestAnimationFrame(() => {
    requested = false;
    const paints = [...waiting];
    waiting.clear();
    for (const each of paints) each();
  });
}

const BEAT_MS = 250;
const beating = new Set<() => void>();
let beat: ReturnType<typeof setInterval> | undefined;

/** Calls `paint` in a frame four times a second until the returned function is called. */
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

/** Writes only what differs: a write of the same text still costs layout. */
export function writeText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
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
