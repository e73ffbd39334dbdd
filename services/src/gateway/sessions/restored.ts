/**
 * Firms whose journal is older than what their sessions have delivered: it was restored from an older copy.
 * Their orders are refused until their owner has begun a new numbering; the other firms trade on.
 */
import type { Command } from '@tidegate/core/order/order';
import { CommandUnanswered, type Commands } from '@tidegate/platform/bus/commands';
import type { SystemEvents } from '@tidegate/platform/observe/system.events';
import type { CommandReply } from '@tidegate/wire/commands';
import type { Told } from './cursors.ts';

export interface RestoredOptions {
  readonly commands: Pick<Commands, 'send' | 'insist'>;
  readonly events: Pick<SystemEvents, 'record'>;
}

export class Restored {
  private readonly options: RestoredOptions;
  /** By partition; settles with the sequence from which everything is numbered anew. */
  private readonly waiting = new Map<string, Promise<number>>();
  private hasStopped = false;

  constructor(options: RestoredOptions) {
    this.options = options;
  }

  stop(): void {
    this.hasStopped = true;
  }

  /**
   * Gives the sequence up to which nothing is told any more; undefined: stopped before its owner answered.
   */
  async begin(partition: string, head: number, session: Told): Promise<number | undefined> {
    const delivered = session.cursor(partition);
    const text =
      `JOURNAL_BEHIND: ${session.id} has delivered ${delivered} of ${partition}, whose journal ends at ` +
      `${head}: it was restored from an older copy. The firm's orders are refused until an operator has ` +
      `accepted the loss`;
    this.options.events.record({ kind: 'journalBehind', severity: 'critical', subject: partition, text });
    const begun = Promise.withResolvers<number>();
    begun.promise.catch(() => undefined);
    this.waiting.set(partition, begun.promise);
    const command = {
      kind: 'journalBehind',
      commandId: `behind:${session.id}:${delivered}:${head}`,
      delivered,
      text,
    } as const;
    while (!this.hasStopped) {
      const reply = await this.ask(partition, command);
      if (reply?.result !== 'done') continue;
      this.waiting.delete(partition);
      begun.resolve(reply.sequence);
      return reply.sequence === 0 ? head : reply.sequence - 1;
    }
    begun.reject(new Error(`${partition} was not numbered anew before the end`));
    return undefined;
  }

  /** As `Commands.send`: what is sent to such a firm waits, or is refused. */
  async send(partition: string, command: Command, patienceMs?: number): Promise<CommandReply> {
    return (
      (await this.refused(partition, command)) ?? this.options.commands.send(partition, command, patienceMs)
    );
  }

  /** As `Commands.insist`. */
  async insist(partition: string, command: Command): Promise<CommandReply> {
    return (await this.refused(partition, command)) ?? this.options.commands.insist(partition, command);
  }

  private async refused(partition: string, command: Command): Promise<CommandReply | undefined> {
    const begun = this.waiting.get(partition);
    if (begun !== undefined) {
      if (command.kind === 'submit' || command.kind === 'replace' || command.kind === 'refuse')
        return {
          result: 'unavailable',
          code: 'JOURNAL_BEHIND',
          text: 'the journal of this firm is restored',
        };
      await begun;
    }
    return undefined;
  }

  private async ask(partition: string, command: Command): Promise<CommandReply | undefined> {
    try {
      return await this.options.commands.send(partition, command);
    } catch (error) {
      if (error instanceof CommandUnanswered) return undefined;
      throw error;
    }
  }
}
