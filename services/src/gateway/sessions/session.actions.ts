/**
 * What operators may do to a session at once, asked of the gateway that has it: end its connection, and begin
 * its numbers anew while nobody is connected.
 */
import type { NextNumbers, SessionHandle } from '@tidegate/fix/session/application';
import type { Bus, Subscription } from '@tidegate/platform/bus/bus';
import type {
  SessionActionAnswer,
  SessionActionQuestion,
  SessionNumbersAnswer,
} from '@tidegate/wire/sessions';
import { sessionActionTopic, sessionNumbersTopic } from '@tidegate/wire/topics';
import { disconnectedText } from './client.terms.ts';

/** Of a session whose numbers are kept. Both throw while somebody is connected. */
export interface KeptNumbers {
  set(numbers: NextNumbers): void;
  reset(): void;
}

export interface Actable {
  /** Undefined: it was never open. */
  readonly handle: Pick<SessionHandle, 'isLoggedOn' | 'logout' | 'nextInbound' | 'nextOutbound'> | undefined;
  readonly numbers?: KeptNumbers | undefined;
}

export class SessionActions {
  private readonly bus: Bus;
  private readonly served = new Map<string, readonly Subscription[]>();

  constructor(bus: Bus) {
    this.bus = bus;
  }

  /** `current`: the session as it is when somebody asks. */
  serve(id: string, current: () => Actable): void {
    this.withdraw(id);
    const isOwner = true;
    const act = ({ action }: SessionActionQuestion) => actOn(current(), action);
    const served = [this.bus.respond(sessionActionTopic(id), act, { isOwner })];
    const { numbers: kept } = current();
    if (kept !== undefined) {
      const set = ({ numbers }: { readonly numbers: NextNumbers }) => setNumbers(kept, numbers);
      served.push(this.bus.respond(sessionNumbersTopic(id), set, { isOwner }));
    }
    this.served.set(id, served);
  }

  withdraw(id: string): void {
    for (const subscription of this.served.get(id) ?? []) subscription.unsubscribe();
    this.served.delete(id);
  }

  stop(): void {
    for (const id of [...this.served.keys()]) this.withdraw(id);
  }
}

/** The numbers as an operator has agreed them with the counterparty, after a restore say. */
function setNumbers(kept: KeptNumbers, numbers: NextNumbers): SessionNumbersAnswer {
  try {
    kept.set(numbers);
    return { result: 'done' };
  } catch (error) {
    const code = error instanceof RangeError ? 'NUMBERS_REFUSED' : 'SESSION_IN_USE';
    return { result: 'refused', code, text: textOf(error) };
  }
}

export function actOn(
  { handle, numbers }: Actable,
  action: SessionActionQuestion['action'],
): SessionActionAnswer {
  if (action.kind === 'disconnect') {
    if (handle?.isLoggedOn !== true)
      return { result: 'refused', code: 'SESSION_NOT_UP', text: 'nobody is logged on' };
    handle.logout(disconnectedText);
    return { result: 'done' };
  }
  if (handle === undefined || numbers === undefined)
    return { result: 'refused', code: 'NUMBERS_NOT_KEPT', text: 'its numbers begin at 1 with each logon' };
  const was = { nextInbound: handle.nextInbound, nextOutbound: handle.nextOutbound };
  try {
    if (action.side === 'inbound') numbers.set({ nextInbound: 1 });
    else numbers.reset();
    if (action.side === 'outbound') numbers.set({ nextInbound: was.nextInbound });
    return { result: 'done', was };
  } catch (error) {
    return { result: 'refused', code: 'SESSION_IN_USE', text: textOf(error) };
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
