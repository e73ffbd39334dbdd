/** Answers operators who ask for the last raw messages of a session, masked by the engine's ring. */
import type { SessionHandle } from '@tidegate/fix/session/application';
import { frameText } from '@tidegate/fix/transport/message.log';
import type { Bus, Subscription } from '@tidegate/platform/bus/bus';
import { sessionMessagesMax, type SessionMessage } from '@tidegate/wire/sessions';
import { sessionMessagesTopic } from '@tidegate/wire/topics';

export class SessionMessages {
  private readonly bus: Bus;
  private readonly served = new Map<string, Subscription>();

  constructor(bus: Bus) {
    this.bus = bus;
  }

  serve(id: string, handle: Pick<SessionHandle, 'recent'>): void {
    if (this.served.has(id)) return;
    const answer = () => ({ messages: lastMessages(handle) });
    this.served.set(id, this.bus.respond(sessionMessagesTopic(id), answer, { isOwner: true }));
  }

  withdraw(id: string): void {
    this.served.get(id)?.unsubscribe();
    this.served.delete(id);
  }

  stop(): void {
    for (const id of [...this.served.keys()]) this.withdraw(id);
  }
}

const lastMessages = (handle: Pick<SessionHandle, 'recent'>): readonly SessionMessage[] =>
  handle
    .recent()
    .slice(-sessionMessagesMax)
    .map(({ utcMs, direction, raw, isCut }) => ({
      at: new Date(utcMs).toISOString(),
      direction,
      text: frameText(raw),
      isCut,
    }));
