/**
 * The focus in a grid stays in it: when the control that has it goes with its row, or is closed by what came
 * in, the grid itself takes it, from where the arrows go on; a list of entries says which one does. It is
 * never taken from elsewhere.
 */
import { useEffect, useLayoutEffect, useRef, type RefObject } from 'react';

/** @param land what takes it; the box itself where it says nothing. */
export function useKeptFocus(
  box: RefObject<HTMLElement | null>,
  land: () => HTMLElement | null | undefined = () => null,
): void {
  const isHeld = useRef(false);
  useEffect(() => {
    const note = ({ target }: Event): void => {
      isHeld.current = target instanceof Node && box.current?.contains(target) === true;
    };
    // A click on what takes no focus leaves the grid too.
    document.addEventListener('focusin', note);
    document.addEventListener('pointerdown', note);
    return () => {
      document.removeEventListener('focusin', note);
      document.removeEventListener('pointerdown', note);
    };
  }, [box]);
  useLayoutEffect(() => {
    if (!isHeld.current) return undefined;
    // The browser takes the focus from a control that was closed when it draws next.
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => {
        if (isHeld.current && isLost()) (land() ?? box.current)?.focus({ preventScroll: true });
      });
    });
    return () => cancelAnimationFrame(frame);
  });
}

/** Nothing has the focus, or something that no longer takes keys. */
export const isLost = (): boolean => {
  const { activeElement, body } = document;
  return activeElement === null || activeElement === body || activeElement.matches(':disabled');
};
