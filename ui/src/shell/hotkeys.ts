/** Keys that work anywhere, and the list the help dialog shows. */
import { useEffect } from 'react';
import { useDesk, type Desk } from '../desk.ts';
import type { SignIn } from '../signin/sign.in.ts';
import { mayOpen, pages } from './workspace.ts';

export interface KeyHelp {
  readonly keys: readonly string[];
  readonly does: string;
}

export const keyHelp: readonly { readonly title: string; readonly keys: readonly KeyHelp[] }[] = [
  {
    title: 'Anywhere',
    keys: [
      { keys: ['Ctrl/⌘', 'K'], does: 'Find an instrument; Enter: its tile, Shift Enter: its reference data' },
      {
        keys: ['Alt', '1…8'],
        does: 'Trading, Orders, Positions, Sessions, Bloomberg, Events, Cases, Admin',
      },
      { keys: ['Alt', 'T'], does: 'Order ticket' },
      { keys: ['Alt', 'X'], does: 'Cancel all open orders (asks once)' },
      { keys: ['Alt', 'L'], does: 'Lock the desk' },
      { keys: ['?'], does: 'This help' },
      { keys: ['Esc'], does: 'Close, or dismiss the outcome on a tile' },
    ],
  },
  {
    title: 'On a focused tile',
    keys: [
      { keys: ['Shift', 'B'], does: 'Buy the size at the ask' },
      { keys: ['Shift', 'S'], does: 'Sell the size at the bid' },
      { keys: ['Z'], does: 'Edit the size' },
      { keys: ['P'], does: 'Preset sizes, own maximum' },
      { keys: ['T'], does: 'Ticket for this instrument' },
      { keys: ['I'], does: 'Reference data from Bloomberg' },
      { keys: ['←', '→', '↑', '↓'], does: 'Next tile' },
    ],
  },
  {
    title: 'In a size',
    keys: [
      { keys: ['k', 'm', 'b'], does: 'Thousand, million, billion: 2.5m' },
      { keys: ['↑', '↓'], does: 'One step; with Shift ten' },
      { keys: ['Enter'], does: 'Back to the tile' },
    ],
  },
];

export function useHotkeys(signIn: SignIn): void {
  const desk = useDesk();
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (isHeldPress(event)) return event.preventDefault();
      if (signIn.lock.read() !== null) return;
      const act = globalKey(event, desk, signIn);
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

function globalKey(event: KeyboardEvent, desk: Desk, signIn: SignIn): (() => void) | null {
  const { workspace } = desk;
  if ((event.ctrlKey || event.metaKey) && event.code === 'KeyK') return () => workspace.dialog.set('search');
  if (event.altKey && !event.ctrlKey && !event.metaKey) {
    const page = /^Digit([1-8])$/.exec(event.code)?.[1];
    if (page !== undefined) {
      const name = pages[Number(page) - 1];
      return name !== undefined && mayOpen(name, desk.me) ? () => workspace.go(name) : null;
    }
    if (event.code === 'KeyL') return () => signIn.lockNow();
    if (event.code === 'KeyT') return () => openTicket(desk);
    if (event.code === 'KeyX' && desk.mayTrade) return () => workspace.dialog.set('cancelAll');
    return null;
  }
  if (event.key === '?' && !isTyping(event.target)) return () => workspace.dialog.set('help');
  return null;
}

/** A key that is held presses a button, or sends a form, once. */
const isHeldPress = ({ repeat, key, target }: KeyboardEvent): boolean =>
  repeat &&
  target instanceof HTMLElement &&
  ((key === 'Enter' && target.tagName !== 'TEXTAREA') || (key === ' ' && target.tagName === 'BUTTON'));

function openTicket(desk: Desk): void {
  desk.workspace.go('trading');
  desk.workspace.openTicket();
  requestAnimationFrame(() => {
    document.querySelector<HTMLInputElement>('[data-testid="ticket-quantity"]')?.focus();
  });
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** Waits for the page to be there and a closing dialog to have given the focus back. */
export function focusTile(instrument: string): void {
  setTimeout(() => {
    const tile = document.querySelector<HTMLElement>(`[data-testid="tile-${instrument}"]`);
    tile?.focus();
    tile?.scrollIntoView({ block: 'nearest' });
  }, 250);
}
