/**
 * Sets a session's next numbers as an operator has agreed them with the counterparty, after a restore say.
 * Only while nobody is connected; the engine refuses a number that was used.
 */
import type { NextNumbers } from '@tidegate/fix/session/application';
import type { Bus, Subscription } from '@tidegate/platform/bus/bus';
import type { SessionNumbersAnswer } from '@tidegate/wire/sessions';
import { sessionNumbersTopic } from '@tidegate/wire/topics';

export type SetNumbers = (numbers: NextNumbers) => void;

export class SessionNumbers {
  private readonly bus: Bus;
  private readonly served = new Map<string, Subscription>();

  constructor(bus: Bus) {
    this.bus = bus;
  }

  serve(id: string, set: SetNumbers): void {
    this.withdraw(id);
    this.served.set(
      id,
      this.bus.respond(sessionNumbersTopic(id), ({ numbers }) => answerOf(set, numbers), { isOwner: true }),
    );
  }

  withdraw(id: string): void {
    this.served.get(id)?.unsubscribe();
    this.served.delete(id);
  }

  stop(): void {
    for (const id of [...this.served.keys()]) this.withdraw(id);
  }
}

function answerOf(set: SetNumbers, numbers: NextNumbers): SessionNumbersAnswer {
  try {
    set(numbers);
    return { result: 'done' };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return {
      result: 'refused',
      code: error instanceof RangeError ? 'NUMBERS_REFUSED' : 'SESSION_IN_USE',
      text,
    };
  }
}
