/**
 * When the platform is killed, from a seed: after how many orders, how many more are sent while it is away,
 * and what else goes wrong.
 */
import type { Random } from '../../sim/src/random.ts';

export interface Crash {
  /** Orders sent from the moment when all sessions are up again until the kill. */
  readonly ordersBefore: number;
  /** Orders sent while nobody listens. */
  readonly ordersAway: number;
  /** The database server is killed with the platform, so that it has to recover too. */
  readonly withDatabase: boolean;
  /** Nobody starts it again for so long: 0, or longer than the deadline of a route. */
  readonly awayMs: number;
  /** The new process is killed so long after its start, before it is ready. */
  readonly killedAgainMs: number | undefined;
}

export interface CrashPlan {
  readonly crashes: readonly Crash[];
  /** Orders after the last restart. */
  readonly ordersAtEnd: number;
}

/** `orders` in all, shared out over the crashes; every fifth crash comes while resends are under way. */
export function planCrashes(count: number, orders: number, random: Random): CrashPlan {
  const weights = Array.from({ length: count + 1 }, (_, index) =>
    index % 5 === 4 ? 0.05 : random.within(0.5, 1.5),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = weights.map((weight) => Math.floor((orders * weight) / total));
  const crashes = shares.slice(0, count).map((share, index): Crash => {
    const ordersAway = Math.floor(share * random.within(0, 0.4));
    return {
      ordersBefore: share - ordersAway,
      ordersAway,
      withDatabase: index % 9 === 5,
      awayMs: index % 10 === 7 ? 2_200 : 0,
      killedAgainMs: index % 7 === 3 ? random.between(200, 1_500) : undefined,
    };
  });
  const planned = crashes.reduce((sum, { ordersBefore, ordersAway }) => sum + ordersBefore + ordersAway, 0);
  return { crashes, ordersAtEnd: orders - planned };
}
