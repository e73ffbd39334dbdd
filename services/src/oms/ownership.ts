/**
 * Whether the owner of a partition may speak. What it appends is refused by itself when the partition is
 * another's; what it only says is not, and is confirmed first.
 */
import { JournalFenced, type Journal } from '@tidegate/platform/journal/journal';
import type { Decision } from '@tidegate/core/order/desk';
import type { CommandReply } from '@tidegate/wire/commands';
import { unowned } from './replies.ts';

export interface OwnerLease {
  readonly epoch: number;
  /** Nobody else can own, by our own clock. */
  isValid(): boolean;
  /** It could not be renewed, for the store answers nobody, and no other owner was heard of. */
  isAlone(): boolean;
}

export interface OwnershipOptions {
  readonly journal: Pick<Journal, 'confirm'>;
  readonly partition: string;
  /** Without it there is no other. */
  readonly lease: OwnerLease | undefined;
  /** As it stands: of the last claim of the journal. */
  readonly epoch: () => number;
  readonly onFenced: (error: JournalFenced) => void;
}

export class Ownership {
  private readonly options: OwnershipOptions;

  constructor(options: OwnershipOptions) {
    this.options = options;
  }

  /** By our own clock. */
  get isSure(): boolean {
    return this.options.lease?.isValid() !== false;
  }

  /** Also while nobody can be asked: risk is reduced then, too. */
  get mayAnswer(): boolean {
    return this.isSure || this.options.lease?.isAlone() === true;
  }

  /** Throws when another owns, or when the journal is away. */
  async confirm(): Promise<void> {
    const { journal, partition, lease, epoch, onFenced } = this.options;
    if (lease === undefined) return;
    const asked = epoch();
    try {
      await journal.confirm(partition, asked);
    } catch (error) {
      if (error instanceof JournalFenced && asked === epoch()) onFenced(error);
      throw error;
    }
  }

  /** A reply to what appends nothing; while the journal is away the clock is good enough. */
  async confirmed(reply: CommandReply): Promise<CommandReply> {
    const before = this.options.epoch();
    try {
      await this.confirm();
    } catch (error) {
      const isOurs = !(error instanceof JournalFenced) && this.isSure;
      if (!isOurs || before !== this.options.epoch()) return unowned();
    }
    return reply;
  }
}

/** Nothing is appended for it, and nothing was before: it is no repetition. */
export const isUnwritten = ({ events, reply }: Decision): boolean =>
  events.length === 0 && reply.sequence === undefined;

/** Whoever asks finds the owner when it asks again. */
export class NotOwner extends Error {
  readonly code = 'NOT_OWNER';
}
