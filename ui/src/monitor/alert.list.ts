/** The alerts as the desk holds them, outside React: read again when an event may have changed them. */
import { alertKinds, type AlertView } from '@tidegate/wire/alerts';
import type { SystemEvent } from '@tidegate/wire/monitoring';
import { Cell } from '../cell.ts';

export type AlertChoice = 'open' | 'waiting' | 'all';

/** `waiting`: nobody has acknowledged it. */
export function chosenAlerts(alerts: readonly AlertView[], choice: AlertChoice): readonly AlertView[] {
  if (choice === 'all') return alerts;
  return alerts.filter((alert) => (choice === 'open' ? alert.endedAt === null : alert.acknowledged === null));
}

export const isMuted = ({ muted }: Pick<AlertView, 'muted'>, nowMs: number): boolean =>
  muted !== null && Date.parse(muted.until) > nowMs;

/** Somebody muted what the event is about; a provider's sessions are the provider. */
export function isMutedEvent(
  alerts: readonly Pick<AlertView, 'about' | 'firm' | 'muted'>[],
  { subject, firm }: Pick<SystemEvent, 'subject' | 'firm'>,
  nowMs: number,
): boolean {
  const provider = /^(.+)-(?:quotes|orders)$/.exec(subject)?.[1];
  return alerts.some(
    (alert) =>
      alert.firm === firm && (alert.about === subject || alert.about === provider) && isMuted(alert, nowMs),
  );
}

/**
 * Where the focus goes that was on `held`: it stays while that is shown, else it goes to the next of those
 * that were shown then, else to the one before; null when none of them is left.
 */
export function nextInFocus(then: readonly string[], held: string, now: readonly string[]): string | null {
  const at = then.indexOf(held);
  const shown = new Set(now);
  const after = then.slice(Math.max(0, at)).find((id) => shown.has(id));
  return after ?? then.slice(0, Math.max(0, at)).findLast((id) => shown.has(id)) ?? null;
}

/** `1 h 02 min`, `4 min 10 s`, `12 s`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const two = (value: number): string => String(value).padStart(2, '0');
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  return `${Math.floor(seconds / 3_600)} h ${two(Math.floor(seconds / 60) % 60)} min`;
}

/** Critical ones that were not there before, nobody has acknowledged and nobody muted: they sound. */
export function soundingAlerts(
  before: readonly AlertView[],
  now: readonly AlertView[],
  nowMs: number,
): readonly AlertView[] {
  const known = new Map(before.map((alert) => [alert.id, alert.severity]));
  return now.filter(
    (alert) =>
      alert.severity === 'critical' &&
      known.get(alert.id) !== 'critical' &&
      alert.acknowledged === null &&
      !isMuted(alert, nowMs),
  );
}

const readAgainMs = 300;

export class Alerts {
  readonly list = new Cell<readonly AlertView[] | null>(null);
  readonly problem = new Cell('');
  readonly #read: () => Promise<readonly AlertView[]>;
  readonly #sound: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(read: () => Promise<readonly AlertView[]>, sound: () => void) {
    this.#read = read;
    this.#sound = sound;
  }

  /** Many events in a row are one reading. */
  told = (event: Pick<SystemEvent, 'kind' | 'severity'>): void => {
    if (event.severity === 'info' && !alertKinds.includes(event.kind)) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.refresh();
    }, readAgainMs);
  };

  async refresh(): Promise<void> {
    try {
      const next = await this.#read();
      const before = this.list.read();
      this.list.set(next);
      this.problem.set('');
      if (before !== null && soundingAlerts(before, next, Date.now()).length > 0) this.#sound();
    } catch (error) {
      this.problem.set(error instanceof Error ? error.message : 'The alerts could not be read');
    }
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
