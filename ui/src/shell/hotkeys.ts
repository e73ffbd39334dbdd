/** Carries out the keys that work anywhere, and puts the focus where they lead. */
import { useEffect } from 'react';
import { useDesk, type Desk } from '../desk.ts';
import type { SignIn } from '../signin/sign.in.ts';
import type { KeyId } from './keys.ts';
import { isLost } from '../grid/kept.focus.ts';
import { mayOpen, pages } from './workspace.ts';

export function useHotkeys(signIn: SignIn): void {
  const desk = useDesk();
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (isHeldPress(event)) return event.preventDefault();
      if (signIn.lock.read() !== null || event.repeat) return;
      const id = desk.keys.actionOf(event, 'anywhere');
      // A key without Alt or Ctrl is typed, where something is typed.
      if (id === undefined || (!event.altKey && !event.ctrlKey && !event.metaKey && isTyping(event.target)))
        return;
      const act = actionOf(id, desk, signIn);
      if (act === null) return;
      event.preventDefault();
      act();
    };
    window.addEventListener('keydown', onKey, { capture: true });
    window.addEventListener('hashchange', desk.workspace.followAddress);
    return () => {
      window.removeEventListener('keydown', onKey, { capture: true });
      window.removeEventListener('hashchange', desk.workspace.followAddress);
    };
  }, [desk, signIn]);
}

function actionOf(id: KeyId, desk: Desk, signIn: SignIn): (() => void) | null {
  const { workspace } = desk;
  const page = pages.find((each) => each === id);
  if (page !== undefined)
    return mayOpen(page, desk.me)
      ? () => {
          workspace.go(page);
          focusPage();
        }
      : null;
  switch (id) {
    case 'search':
      return () => workspace.dialog.set('search');
    case 'help':
      return () => workspace.dialog.set('help');
    case 'ticket':
      return () => openTicket(desk);
    case 'tile':
      return () => {
        workspace.go('trading');
        focusTile(workspace.selected.read());
      };
    case 'blotter':
      return focusTable;
    case 'cancelAll':
      return desk.mayCancel ? () => workspace.dialog.set('cancelAll') : null;
    case 'lock':
      return () => signIn.lockNow();
    default:
      return null;
  }
}

/** A key that is held presses a button, or sends a form, once. */
const isHeldPress = ({ repeat, key, target }: KeyboardEvent): boolean =>
  repeat &&
  target instanceof HTMLElement &&
  ((key === 'Enter' && target.tagName !== 'TEXTAREA') || (key === ' ' && target.tagName === 'BUTTON'));

function openTicket(desk: Desk): void {
  desk.workspace.go('trading');
  desk.workspace.openTicket();
  focusWhenThere('[data-testid="ticket-quantity"]');
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** A closing dialog gives the focus back first, and pages come a little later when they are loaded. */
const settleMs = 250;
const lookEveryMs = 50;
const looksMax = 60;
let looking: ReturnType<typeof setTimeout> | undefined;

/** The newest wish counts: what was wanted before is no longer waited for. */
function focusWhenThere(selector: string, afterMs = 0): void {
  clearTimeout(looking);
  const look = (left: number): void => {
    const found = document.querySelector<HTMLElement>(selector);
    if (found !== null) {
      if (found.tabIndex < 0) found.tabIndex = -1;
      found.focus();
      found.scrollIntoView({ block: 'nearest' });
    } else if (left > 0) looking = setTimeout(() => look(left - 1), lookEveryMs);
  };
  looking = setTimeout(() => look(looksMax), afterMs);
}

export function focusTile(instrument: string): void {
  focusWhenThere(`[data-testid="tile-${instrument}"]`, settleMs);
}

/** The page itself, from where Tab leads to its first control. */
export function focusPage(): void {
  focusWhenThere('main');
}

/** The first field of a dialog that has opened. */
export function focusField(testId: string): void {
  focusWhenThere(`[data-testid="${testId}"]`);
}

/** After a dialog whose opener is gone or closed: the table that it was opened from. */
export function returnFocus(): void {
  if (isLost()) focusTable();
}

/** The table of the page, or the tabs that lead to it. */
function focusTable(): void {
  focusWhenThere(
    'main :is([role="grid"], [role="treegrid"], [role="table"], [role="tablist"] [tabindex="0"])',
  );
}
