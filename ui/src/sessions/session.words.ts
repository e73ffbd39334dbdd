/** What is said of a session: its role, its schedule, and what an operator's action brings. Pure. */
import type { SessionStatus } from '@tidegate/wire/sessions';

export const stateWord = ({ isEnabled, state }: Pick<SessionStatus, 'isEnabled' | 'state'>): string =>
  isEnabled || state === 'up' ? { up: 'Up', connecting: 'Connecting', down: 'Down' }[state] : 'Disabled';

/** A venue that is down is our trouble; a client that is not logged on is its own affair. */
export function stateTone({ isEnabled, side, state }: SessionStatus): 'good' | 'none' | 'bad' | 'warn' {
  if (state === 'up') return 'good';
  if (!isEnabled) return 'warn';
  return side === 'client' ? 'none' : state === 'down' ? 'bad' : 'warn';
}

export const roleWord = ({ side }: Pick<SessionStatus, 'side'>): string =>
  side === 'venue' ? 'We call' : 'We are called';

export const compIds = ({ senderCompId, targetCompId }: SessionStatus): string =>
  senderCompId === undefined ? '' : `${senderCompId} ↔ ${targetCompId ?? ''}`;

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;

/** `Mon 00:00:00 – Fri 22:00:00 Europe/London`; always open without one. */
export function scheduleText(schedule: SessionStatus['schedule']): string {
  if (schedule === undefined) return 'Always open';
  const { startDay, startTime, endDay, endTime, timeZone = 'UTC' } = schedule;
  const from = startDay === undefined ? startTime : `${days[startDay]} ${startTime}`;
  const to = endDay === undefined ? endTime : `${days[endDay]} ${endTime}`;
  return `${from} – ${to} ${timeZone}`;
}

export const sessionActions = ['disable', 'enable', 'disconnect', 'reset'] as const;
export type SessionAction = (typeof sessionActions)[number];

/** Why an action would be wrong now; empty: it may be asked for. */
export function whyNot(action: SessionAction, session: SessionStatus): string {
  const { areNumbersKept, isEnabled, state } = session;
  switch (action) {
    case 'disable':
      return isEnabled ? '' : 'It is disabled already';
    case 'enable':
      return isEnabled ? 'It is enabled already' : '';
    case 'disconnect':
      return state === 'up' ? '' : 'Nobody is logged on';
    case 'reset':
      if (state === 'up') return 'Somebody is connected: disable or disconnect it first';
      return areNumbersKept ? '' : 'Its numbers begin at 1 with each logon';
  }
}

const openOrders = {
  client:
    'Orders that it left open are canceled where its client asked for cancel on disconnect; others stay.',
  venue:
    'Orders at the provider stay there and stay reserved: what becomes of them is unknown until the ' +
    'session is back.',
} as const;

/** What it brings, said before it is done. */
export function consequences(action: SessionAction, { id, side }: SessionStatus): readonly string[] {
  const peer = side === 'venue' ? 'the provider' : 'the client';
  switch (action) {
    case 'disable':
      return [
        `${id} is logged out. It stays away over restarts until somebody enables it: ` +
          (side === 'venue' ? 'the provider is not called.' : 'its logons are refused, and told why.'),
        openOrders[side],
      ];
    case 'enable':
      return [
        side === 'venue'
          ? 'The provider is called at once.'
          : 'Its client may log on again; what was reported meanwhile is sent then.',
      ];
    case 'disconnect':
      return [
        `${id} is logged out now. ` +
          (side === 'venue' ? 'It is called again at once.' : 'Its client may come back at once.'),
        openOrders[side],
      ];
    case 'reset':
      return [
        `The numbers begin at 1, as agreed with ${peer}: the next logon fails if it does not do the same.`,
        `Ours: messages that ${peer} has not received are lost and can't be asked for again.`,
        `Theirs: what ${peer} sent and we lack is never asked for; what it sends from 1 is taken once more.`,
      ];
  }
}
