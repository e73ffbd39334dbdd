/** Words and counts of system events. */
import type { SystemEvent } from '@tidegate/wire/monitoring';

/** Events later than what was read. @param readAt UTC text, empty when nothing was ever read. */
export function unreadEvents(events: readonly Pick<SystemEvent, 'at'>[], readAt: string): number {
  return events.reduce((sum, event) => sum + (event.at > readAt ? 1 : 0), 0);
}

/** `venueReportUnmatched` as `Venue report unmatched`. */
export function eventWord(event: Pick<SystemEvent, 'kind'>): string {
  const words = event.kind.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
