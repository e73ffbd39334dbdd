/**
 * Escape closes the drawer or dialog that lies on top, wherever the focus is: in it, on a control that has
 * gone with the data, or nowhere. The library closes by a list of its own of what is open; an entry that a
 * drawing left there which was given up, or a tip under the mouse, takes the key from what is seen. So what
 * still stands open after the library was asked is closed here, by its own button.
 */
const layers = '.ant-drawer-open, .ant-modal-wrap';
/** Each closes itself: one key closes one thing. */
const lists = '.ant-select-dropdown, .ant-dropdown, .ant-popover, .ant-picker-dropdown, dialog[open]';
const closers = '.ant-drawer-close, .ant-modal-close';

/** On its way out: its panel moves. */
const isLeaving = (layer: Element): boolean =>
  [layer, ...layer.children].some(({ className }) => /-leave\b/.test(className));

const shown = (selector: string): readonly Element[] =>
  [...document.querySelectorAll(selector)].filter(
    (element) => element.checkVisibility({ visibilityProperty: true }) && !isLeaving(element),
  );

function onKey(event: KeyboardEvent): void {
  if (event.key !== 'Escape' || event.repeat || event.isComposing || shown(lists).length > 0) return;
  const before = shown(layers);
  const top = before.at(-1);
  // After everybody who listens has closed what is his.
  setTimeout(() => {
    const isUsed = event.defaultPrevented;
    const after = new Set(shown(layers));
    if (!isUsed && before.every((layer) => after.has(layer)))
      top?.querySelector<HTMLElement>(closers)?.click();
  });
}

/** From now on; the answer undoes it. */
export function closeByEscape(): () => void {
  window.addEventListener('keydown', onKey, { capture: true });
  return () => window.removeEventListener('keydown', onKey, { capture: true });
}
