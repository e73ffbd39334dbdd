/**
 * Where the user is and what is open: page, selected instrument, ticket, dialogs. Preferences stay in local
 * storage.
 */
import type { MeView } from '@tidegate/wire/rest';
import { Cell } from '../cell.ts';

export const pages = [
  'trading',
  'orders',
  'positions',
  'sessions',
  'bloomberg',
  'events',
  'cases',
  'quality',
  'cluster',
  'admin',
] as const;
export type PageName = (typeof pages)[number];

export const pageTitles: Readonly<Record<PageName, string>> = {
  trading: 'Trading',
  orders: 'Orders',
  positions: 'Positions',
  sessions: 'Sessions',
  bloomberg: 'Bloomberg',
  events: 'Events',
  cases: 'Cases',
  quality: 'Data quality',
  cluster: 'Cluster',
  admin: 'Admin',
};

/** Pages that are not for everybody are not shown to who has nothing to do there. */
export function mayOpen(page: PageName, me: Pick<MeView, 'permissions'>): boolean {
  if (page === 'admin') return me.permissions.includes('halt');
  if (page === 'quality') return me.permissions.includes('seeQuality');
  if (page === 'cluster') return me.permissions.includes('inspect');
  return page !== 'cases' || me.permissions.includes('operate');
}

export interface TicketDraft {
  readonly instrument: string;
  readonly side: 'buy' | 'sell';
  readonly type: 'limit' | 'market';
  readonly quantity: string;
  readonly price: string;
  /** Grows with each opening, so that the same draft opened again fills the form again. */
  readonly opening: number;
}

/** How far from the price shown a click may deal, in pips. */
export const tolerances = ['0', '0.2', '0.5', '1', '2'] as const;

const TOLERANCE = 'tidegate.tolerancePips';
const TOLERANCE_DEFAULT = '0.5';
const INDICATIVE = 'tidegate.showsIndicative';
const ALERT_SOUND = 'tidegate.alertSound';
const EVENTS_READ = 'tidegate.eventsReadAt';

export class Workspace {
  readonly page = new Cell<PageName>(pageInAddress());
  /** Order whose detail is open, which the address names too; empty: none. */
  readonly order = new Cell(orderInAddress());
  readonly selected: Cell<string>;
  readonly draft: Cell<TicketDraft>;
  /** As typed in the ticket, for the depth beside it; of the instrument that it was typed for. */
  readonly ticketSize = new Cell<{ readonly instrument: string; readonly size: string }>({
    instrument: '',
    size: '',
  });
  /** The ticket as a drawer (narrow pages); wide pages show it always. */
  readonly ticketOpen = new Cell(false);
  readonly dialog = new Cell<'none' | 'search' | 'help' | 'cancelAll'>('none');
  readonly tolerancePips = new Cell<string>(tolerance());
  /** Bloomberg's indicative price in the tiles. */
  readonly showsIndicative = new Cell(localStorage.getItem(INDICATIVE) !== 'off');
  /** Instrument whose reference data are open; empty: none. */
  readonly reference = new Cell('');
  /** A tone for critical alerts. */
  readonly alertSound = new Cell(localStorage.getItem(ALERT_SOUND) === 'on');
  /** UTC text: events up to here are read. */
  readonly eventsReadAt = new Cell(eventsReadAt());

  constructor(instrument: string) {
    this.selected = new Cell(instrument);
    this.draft = new Cell<TicketDraft>({
      instrument,
      side: 'buy',
      type: 'limit',
      quantity: '',
      price: '',
      opening: 0,
    });
  }

  go(page: PageName): void {
    if (window.location.hash !== `#/${page}`) window.location.hash = `#/${page}`;
    this.page.set(page);
    this.order.set('');
  }

  /** The address changed by the browser's own buttons. */
  followAddress = (): void => {
    this.page.set(pageInAddress());
    this.order.set(orderInAddress());
  };

  /** Opens the detail of an order over the page; empty: closes it. */
  openOrder(orderId: string): void {
    const page = this.page.read();
    window.location.hash = orderId === '' ? `#/${page}` : `#/${page}/${encodeURIComponent(orderId)}`;
    this.order.set(orderId);
  }

  select(instrument: string): void {
    this.selected.set(instrument);
    const draft = this.draft.read();
    if (draft.instrument !== instrument) this.fill({ instrument, price: '' });
  }

  fill(change: Partial<Omit<TicketDraft, 'opening'>>): void {
    const draft = this.draft.read();
    this.draft.set({ ...draft, ...change, opening: draft.opening + 1 });
    if (change.instrument !== undefined) this.selected.set(change.instrument);
  }

  openTicket(change: Partial<Omit<TicketDraft, 'opening'>> = {}): void {
    this.fill(change);
    this.ticketOpen.set(true);
  }

  setTolerance(pips: string): void {
    localStorage.setItem(TOLERANCE, pips);
    this.tolerancePips.set(pips);
  }

  setShowsIndicative(on: boolean): void {
    localStorage.setItem(INDICATIVE, on ? 'on' : 'off');
    this.showsIndicative.set(on);
  }

  setAlertSound(on: boolean): void {
    localStorage.setItem(ALERT_SOUND, on ? 'on' : 'off');
    this.alertSound.set(on);
  }

  markEventsRead(at: string): void {
    localStorage.setItem(EVENTS_READ, at);
    this.eventsReadAt.set(at);
  }
}

/** What happened before the first visit is not news. */
function eventsReadAt(): string {
  const kept = localStorage.getItem(EVENTS_READ) ?? new Date().toISOString();
  localStorage.setItem(EVENTS_READ, kept);
  return kept;
}

function pageInAddress(): PageName {
  const [name] = addressParts();
  return pages.find((page) => page === name) ?? 'trading';
}

/** `#/orders/demo1.7`: page and order. */
const addressParts = (): readonly string[] => window.location.hash.replace(/^#\//, '').split('/');

function orderInAddress(): string {
  try {
    return decodeURIComponent(addressParts()[1] ?? '');
  } catch {
    return '';
  }
}

function tolerance(): string {
  const kept = localStorage.getItem(TOLERANCE);
  return tolerances.find((each) => each === kept) ?? TOLERANCE_DEFAULT;
}
