/** Processes and what they own, in words. */
import type { InstanceState, InstanceView, Moved } from '@tidegate/wire/instances';
import type { LeaseView } from '@tidegate/wire/leases';

export const stateWords: Readonly<Record<InstanceState, string>> = {
  starting: 'Starting',
  ready: 'Ready',
  notReady: 'Not ready',
  draining: 'Leaving',
  gone: 'Gone',
  silent: 'Silent',
};

export const stateTones: Readonly<Record<InstanceState, string>> = {
  starting: 'warn',
  ready: 'good',
  notReady: 'bad',
  draining: 'warn',
  gone: 'none',
  silent: 'bad',
};

const kindWords: Readonly<Record<string, readonly [one: string, many: string]>> = {
  partition: ['firm', 'firms'],
  provider: ['provider session', 'provider sessions'],
  session: ['client session', 'client sessions'],
  projector: ['tables', 'tables'],
  monitor: ['monitoring', 'monitoring'],
  audit: ['audit', 'audit'],
};

export const kindWord = (kind: string, count = 1): string => kindWords[kind]?.[count === 1 ? 0 : 1] ?? kind;

/** `3 firms, 1 provider session`; what there is once is named and not counted. */
export const ownedText = ({ owned }: Pick<InstanceView, 'owned'>): string =>
  Object.entries(owned)
    .map(([kind, count]) => {
      const [one, many] = kindWords[kind] ?? [kind, kind];
      return one === many ? one : `${count} ${kindWord(kind, count)}`;
    })
    .join(', ');

export const whyWords: Readonly<Record<LeaseView['why'], string>> = {
  new: 'First owner',
  released: 'Released by the one before',
  handedOver: 'Handed over',
  expired: 'The one before was silent',
  restarted: 'The same process before its restart',
};

export const reasonText = ({ reasons, warnings }: Pick<InstanceView, 'reasons' | 'warnings'>): string =>
  [...Object.entries(reasons), ...Object.entries(warnings)]
    .map(([check, text]) => `${check}: ${text}`)
    .join('; ');

/** How far a process is with leaving. */
export function movedText(moved: readonly Moved[]): string {
  const count = (state: Moved['state']): number => moved.filter((one) => one.state === state).length;
  const parts = [
    `${count('moved')} of ${moved.length} moved`,
    ...(count('free') > 0 ? [`${count('free')} free, waiting for an owner`] : []),
    ...(count('stays') > 0 ? [`${count('stays')} with it still`] : []),
  ];
  return moved.length === 0 ? 'It owned nothing' : parts.join(', ');
}
