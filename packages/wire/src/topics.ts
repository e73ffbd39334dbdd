/**
 * Every topic of the platform, in one place; docs/topics.md describes each. Internal topics carry the
 * immutable images and events of `core` with prices as integers of the instrument's scales (docs/adr/0005);
 * decimal text begins at the edges.
 */
import type { Command, OrderEvent } from '@tidegate/core/order/order';
import type { TierPrice, VenueQuote } from '@tidegate/core/market/quote';
import type { BloombergStatus, ReferenceAnswer, ReferenceQuestion } from './bloomberg.ts';
import type {
  CommandReply,
  OrderAnswer,
  OrderQuery,
  PartitionHead,
  PartitionEvents,
  PartitionUsage,
  TradingStateAnswer,
  UrgentCancel,
} from './commands.ts';
import type { ConfigurationChanged } from './configuration.ts';
import type { SystemEvent } from './monitoring.ts';
import type {
  SessionActionAnswer,
  SessionActionQuestion,
  SessionLogonAnswer,
  SessionLogonQuestion,
  SessionMessagesQuestion,
  SessionMessagesView,
  SessionNumbersAnswer,
  SessionNumbersQuestion,
  SessionStatus,
} from './sessions.ts';
import type { QualityStateView } from './quality.ts';
import type { DrainAnswer, InstanceView } from './instances.ts';
import type { LeaseChanged } from './leases.ts';
import type { StopsAnswer, StopsQuestion } from './stops.ts';
import type { RiskAnswer, RiskQuestion } from './risk.ts';
import { topic, type Topic } from './topic.ts';

export type { Topic } from './topic.ts';

/**
 * A venue's raw image: gateway and bloomberg publish; pricing, oms, monitor and pass-through listeners
 * read.
 */
export const quoteTopic = (venue = '*', instrument = '*'): Topic<VenueQuote> =>
  topic('quote', venue, instrument);

/** A tier's marked-up image: pricing publishes; client.quotes and the API's stream read. */
export const priceTopic = (tier = '*', instrument = '*'): Topic<TierPrice> =>
  topic('price', tier, instrument);

/** Requests to the one owner of a partition; answered when the result is durable. */
export const commandTopic = (partition = '*'): Topic<CommandToPartition, CommandReply> =>
  topic('order', 'command', partition);

/** Asks the owner of a partition for an order as the journal has it (FIX H, REST). */
export const queryTopic = (partition = '*'): Topic<OrderQuery, OrderAnswer> =>
  topic('order', 'query', partition);

/** Asks the owner of a partition for its trading state. */
export const stateTopic = (partition = '*'): Topic<{ readonly partition: string }, TradingStateAnswer> =>
  topic('order', 'state', partition);

/** Asks the owner of a partition what is open there, before something that it needs is removed. */
export const usageTopic = (partition = '*'): Topic<{ readonly partition: string }, PartitionUsage> =>
  topic('order', 'usage', partition);

/** Asks the owner of a partition how its limits stand, or what an order would do to them. */
export const riskTopic = (partition = '*'): Topic<RiskQuestion, RiskAnswer> =>
  topic('order', 'risk', partition);

/** Asks the owner of a partition what is stopped there, and what is open in a scope. */
export const stopsTopic = (partition = '*'): Topic<StopsQuestion, StopsAnswer> =>
  topic('order', 'stops', partition);

/** Durable events of a partition, in order, published after the journal has them. */
export const eventTopic = (partition = '*'): Topic<PartitionEvents> => topic('order', 'event', partition);

/** Cancels sent while the journal does not answer: spooled by the owner, journaled when it is back. */
export const urgentTopic = (partition = '*'): Topic<UrgentCancel> => topic('order', 'urgent', partition);

/** The partition's head, every 100 ms: a consumer behind it reads the journal. */
export const headTopic = (partition = '*'): Topic<PartitionHead> => topic('order', 'head', partition);

/** Something has another owner, or none just now: who waits for it looks at once. */
export const leaseTopic = (): Topic<LeaseChanged> => topic('lease', 'changed');

/** What each process says of itself, at each change and every 2 s. */
export const instanceTopic = (): Topic<InstanceView> => topic('instance', 'status');

/** Asks one process, by its incarnation, to hand over what it owns and to end. */
export const drainTopic = (incarnation = '*'): Topic<{ readonly why: string }, DrainAnswer> =>
  topic('instance', 'drain', incarnation);

/** State of every FIX session, on change and every 2 s. */
export const sessionTopic = (): Topic<SessionStatus> => topic('session', 'status');

/** Asks the gateway that has a session for it: its client has come to another. */
export const sessionLogonTopic = (session = '*'): Topic<SessionLogonQuestion, SessionLogonAnswer> =>
  topic('session', 'logon', ...session.split('@'));

/** Asks the gateway that has a session for its last raw messages. `demo1@port-02` is two tokens. */
export const sessionMessagesTopic = (session = '*'): Topic<SessionMessagesQuestion, SessionMessagesView> =>
  topic('session', 'messages', ...session.split('@'));

/** Asks the gateway that has a session to set its next numbers. */
export const sessionNumbersTopic = (session = '*'): Topic<SessionNumbersQuestion, SessionNumbersAnswer> =>
  topic('session', 'numbers', ...session.split('@'));

/** Asks the gateway that has a session to end its connection, or to begin its numbers anew. */
export const sessionActionTopic = (session = '*'): Topic<SessionActionQuestion, SessionActionAnswer> =>
  topic('session', 'action', ...session.split('@'));

/** State of the Bloomberg feed, on change and every second. */
export const bloombergTopic = (): Topic<BloombergStatus> => topic('bloomberg', 'status');

/** Asks the Bloomberg service for an instrument's reference data. */
export const referenceTopic = (): Topic<ReferenceQuestion, ReferenceAnswer> =>
  topic('bloomberg', 'reference');

/** System events, after they are in SQL. */
export const systemTopic = (): Topic<SystemEvent> => topic('system', 'event');

/** Changed states of data, after they are in SQL; about once a second. */
export const qualityTopic = (): Topic<readonly QualityStateView[]> => topic('quality', 'states');

/** A configuration document has a new version. */
export const configurationTopic = (): Topic<ConfigurationChanged> => topic('configuration', 'changed');

/** A token was withdrawn, told to every process that takes tokens. */
export const revokedTopic = (): Topic<{ readonly id: string; readonly expiresAtMs: number }> =>
  topic('identity', 'revoked');

export interface CommandToPartition {
  readonly partition: string;
  readonly command: Command;
  /** While orders are traced: when it was sent, milliseconds since the epoch with fractions. */
  readonly sentAtMs?: number;
}
export type { OrderEvent };
