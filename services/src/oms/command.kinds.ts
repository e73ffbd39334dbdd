/** What the owner of a partition must know of a command before it decides it. */
import { onlyReduces } from '@tidegate/core/order/desk.orders';
import type { Command } from '@tidegate/core/order/order';
import type { PartitionState } from '@tidegate/core/order/partition';

/**
 * A release is lost with the append that had it, rather than come after a halt that was spooled meanwhile.
 */
export const addsRisk = (command: Command): boolean =>
  isOrder(command) ||
  command.kind === 'releaseStop' ||
  (command.kind === 'setTradingState' && command.state !== 'halted');

/** Refused while the owner is behind. A release is an operator's word, and goes on. */
export const addsLoad = (state: PartitionState, command: Command): boolean =>
  isOrder(command) && !(command.kind === 'replace' && onlyReduces(state, command));

const isOrder = ({ kind }: Command): boolean => kind === 'submit' || kind === 'refuse' || kind === 'replace';

/** A mass cancel that is decided again later: orders that came after it are left alone. */
export const boundedBy = ({ orderCount }: PartitionState, command: Command): Command =>
  command.kind === 'massCancel' ? { throughOrder: orderCount, ...command } : command;
