/**
 * Escape closes what lies on top, wherever the focus is: in a control of it, on one that has gone with the
 * data, or nowhere. The library keeps a list of what is open that a drawing which was given up can leave an
 * entry in; then nothing hears the key any more. Here only what stands in the page counts.
 */
import { useEffect, useRef } from 'react';

const isShown = (element: Element): boolean =>
  element.checkVisibility({ opacityProperty: false, visibilityProperty: true });

/** The last one in the page lies over all others. */
function isOnTop(testId: string): boolean {
  const shown = [...document.querySelectorAll('[role="dialog"], dialog[open]')].filter(isShown);
  const own = document.querySelector(`[data-testid="${testId}"]`);
  const top = shown.at(-1);
  return own !== null && top !== undefined && (top.contains(own) || own.contains(top));
}

/** `testId`: of the dialog, or of something in it. A control that takes the key for itself keeps it. */
export function useEscape(isOpen: boolean, testId: string, onClose: () => void): void {
  const close = useRef(onClose);
  useEffect(() => {
    close.current = onClose;
  });
  useEffect(() => {
    if (!isOpen) return;
    let wasOnTop = false;
    // Before anybody closes anything: one key closes one thing.
    const onDown = ({ key }: KeyboardEvent): void => {
      wasOnTop = key === 'Escape' && isOnTop(testId);
    };
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.isComposing && wasOnTop) close.current();
    };
    window.addEventListener('keydown', onDown, true);
    window.addEventListener('keydown', onKey);
    return () => {
      window.removeEventListener('keydown', onDown, true);
      window.removeEventListener('keydown', onKey);
    };
  }, [isOpen, testId]);
}
