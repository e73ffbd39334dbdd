/**
 * The processes of the platform: what each says of itself, how one is asked to leave, and what became of
 * what it owned, which command line and desk work out alike.
 */
import { z } from 'zod';
import type { LeaseView } from './leases.ts';

export const instanceStates = ['starting', 'ready', 'notReady', 'draining', 'gone', 'silent'] as const;

export const instanceView = z.object({
  /** The setting INSTANCE. */
  instance: z.string(),
  /** Of this process among all there ever were: a later one of the same name has another. */
  incarnation: z.int(),
  pid: z.int(),
  services: z.array(z.string()),
  version: z.string(),
  startedAt: z.iso.datetime(),
  /** `silent`: not heard of for a while, whatever it said last. `gone`: it has stopped as it was asked to. */
  state: z.enum(instanceStates),
  /** Why it is not ready, and what it does without, by check. */
  reasons: z.record(z.string(), z.string()),
  warnings: z.record(z.string(), z.string()),
  /** Leases by kind. */
  owned: z.record(z.string(), z.int()),
});
export type InstanceView = z.infer<typeof instanceView>;
export type InstanceState = InstanceView['state'];

export const drainRequest = z.strictObject({
  reason: z.string().trim().min(1).max(200),
  /** Also when nobody else does what it does. */
  force: z.boolean().default(false),
});
export type DrainRequest = z.infer<typeof drainRequest>;

/** What it owned when it was asked, so that whoever follows knows what has to move. */
export const drainAnswer = z.object({
  instance: z.string(),
  incarnation: z.int(),
  owned: z.array(z.object({ kind: z.string(), resource: z.string(), epoch: z.int() })),
});
export type DrainAnswer = z.infer<typeof drainAnswer>;

export type Owned = DrainAnswer['owned'][number];

/** `moved`: another has it. `free`: released, and waited for. `stays`: the one that leaves has it still. */
export interface Moved extends Owned {
  readonly state: 'moved' | 'free' | 'stays';
  readonly to?: string;
  readonly since?: string;
}

/** What became of what a process owned when it was asked to leave. */
export function movedFrom(
  { instance, owned }: Pick<DrainAnswer, 'instance' | 'owned'>,
  leases: readonly LeaseView[],
): readonly Moved[] {
  const now = new Map(leases.map((lease) => [`${lease.kind} ${lease.resource}`, lease]));
  return owned.map((one) => {
    const lease = now.get(`${one.kind} ${one.resource}`);
    if (lease?.instance === undefined) return { ...one, state: 'free' };
    if (lease.epoch === one.epoch && lease.instance === instance)
      return lease.isLive ? { ...one, state: 'stays' } : { ...one, state: 'free' };
    return { ...one, state: 'moved', to: lease.instance, since: lease.since };
  });
}

/** Services that nobody else does, were this one to leave: by others that are ready. */
export function aloneWith(
  leaving: Pick<InstanceView, 'incarnation' | 'services'>,
  all: readonly Pick<InstanceView, 'incarnation' | 'services' | 'state'>[],
): readonly string[] {
  const others = all.filter(
    ({ incarnation, state }) => incarnation !== leaving.incarnation && state === 'ready',
  );
  return leaving.services.filter((service) => !others.some(({ services }) => services.includes(service)));
}
