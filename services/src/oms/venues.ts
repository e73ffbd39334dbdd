/**
 * Which venues' order sessions are up, as the gateways say. A venue nobody speaks of any more counts as
 * down.
 */
import type { Clock } from '@tidegate/platform/observe/clock';
import type { SessionStatus } from '@tidegate/wire/sessions';

/** Gateways repeat each status every 2 s. */
const silentMs = 6_000;

export class Venues {
  private readonly clock: Clock;
  private readonly onDown: (venue: string) => void;
  private readonly sessions = new Map<string, { isUp: boolean; heardMonoMs: number }>();

  /**
   * `onDown` is called once when a venue's order session is lost: its unanswered routes are in doubt from
   * then on.
   */
  constructor(clock: Clock, onDown: (venue: string) => void) {
    this.clock = clock;
    this.onDown = onDown;
  }

  hear(status: SessionStatus): void {
    if (status.side !== 'venue' || status.purpose !== 'trading') return;
    const wasUp = this.sessions.get(status.counterparty)?.isUp ?? false;
    const isUp = status.state === 'up';
    this.sessions.set(status.counterparty, { isUp, heardMonoMs: this.clock.monoMs() });
    if (wasUp && !isUp) this.onDown(status.counterparty);
  }

  isUp(venue: string): boolean {
    const session = this.sessions.get(venue);
    return session !== undefined && session.isUp && this.clock.monoMs() - session.heardMonoMs < silentMs;
  }
}
