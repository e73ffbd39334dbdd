/**
 * Sends commands to the owner of a partition and asks again, with the same commandId, until it answers. An
 * owner that is starting or has moved is waited for; a command whose outcome is unknown is never given up
 * silently.
 */
import { performance } from 'node:perf_hooks';
import type { Command } from '@tidegate/core/order/order';
import type { CommandReply } from '@tidegate/wire/commands';
import { commandTopic, leaseTopic } from '@tidegate/wire/topics';
import type { OrderTrace } from '../observe/trace.ts';
import { BusTimeout, type Bus, type Subscription } from './bus.ts';

/** Nobody answered within `giveUpMs`: the outcome is unknown to the caller. */
export class CommandUnanswered extends Error {
  readonly code = 'COMMAND_UNANSWERED';
}

export interface CommandsOptions {
  readonly bus: Bus;
  readonly answerMs?: number;
  readonly pauseMs?: number;
  readonly giveUpMs?: number;
  readonly trace?: OrderTrace | undefined;
}

export class Commands {
  private readonly bus: Bus;
  private readonly answerMs: number;
  private readonly pauseMs: number;
  private readonly giveUpMs: number;
  private readonly trace: OrderTrace | undefined;
  private readonly subscription: Subscription;
  /** By partition: called when it has another owner. */
  private readonly waiting = new Map<string, Set<() => void>>();
  private stopped = false;

  constructor({ bus, answerMs = 5_000, pauseMs = 100, giveUpMs = 60_000, trace }: CommandsOptions) {
    this.bus = bus;
    this.answerMs = answerMs;
    this.pauseMs = pauseMs;
    this.giveUpMs = giveUpMs;
    this.trace = trace;
    // What was asked of an owner that is gone without a word is asked again of the next one, at once.
    this.subscription = bus.subscribe(leaseTopic(), ({ kind, resource, instance }) => {
      if (kind === 'partition' && instance !== undefined)
        for (const moved of this.waiting.get(resource) ?? []) moved();
    });
  }

  /**
   * Gives the durable result, or `unavailable` with JOURNAL_UNAVAILABLE or OVERLOADED. Throws
   * CommandUnanswered, after `patienceMs` where that is shorter: then a command with a moment was decided
   * before it or never will be.
   */
  send(partition: string, command: Command, patienceMs = this.giveUpMs): Promise<CommandReply> {
    return this.sendUntil(partition, command, performance.now() + Math.min(this.giveUpMs, patienceMs));
  }

  /** As long as it takes, or until `stop`: for who says it again anyway when it is given up. */
  insist(partition: string, command: Command): Promise<CommandReply> {
    return this.sendUntil(partition, command, Infinity);
  }

  stop(): void {
    this.stopped = true;
    this.subscription.unsubscribe();
  }

  private async sendUntil(partition: string, command: Command, untilMs: number): Promise<CommandReply> {
    for (;;) {
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0 || this.stopped) break;
      const reply = await this.ask(partition, command, Math.min(this.answerMs, Math.ceil(leftMs)));
      if (reply?.result === 'done') return reply;
      if (reply?.code === 'JOURNAL_UNAVAILABLE' || reply?.code === 'OVERLOADED') return reply;
      await new Promise((resolve) => setTimeout(resolve, this.pauseMs));
    }
    throw new CommandUnanswered(
      `no answer from partition ${partition} to ${command.kind} ${command.commandId}`,
    );
  }

  private async ask(
    partition: string,
    command: Command,
    timeoutMs: number,
  ): Promise<CommandReply | undefined> {
    const request =
      this.trace === undefined ? { partition, command } : { partition, command, sentAtMs: this.trace.now() };
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const moved = (): void => resolve(undefined);
    const waiting = this.waiting.get(partition) ?? new Set();
    this.waiting.set(partition, waiting.add(moved));
    const asked = this.bus
      .request(commandTopic(partition), request, { timeoutMs })
      .catch((error: unknown) => {
        if (error instanceof BusTimeout) return undefined;
        throw error;
      });
    try {
      return await Promise.race([asked, promise]);
    } finally {
      waiting.delete(moved);
      asked.catch(() => undefined);
    }
  }
}
