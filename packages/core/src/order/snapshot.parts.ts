/** What a snapshot is made of: a head, and parts of items of one kind each. */
import type { NamesOfDays, Run } from './names.ts';
import type { Numbering } from './numbering.ts';
import type { Recent, SavedTraded, Trip } from '../risk/ledger.ts';
import type { TradingState } from './order.ts';
import type { Stop } from '../risk/stops.ts';
import type { CommandResult, Execution, PartitionState, Retention } from './partition.ts';
import type { SavedCase, SavedHolding, SavedOrder, SavedRoute } from './saved.ts';

/**
 * Grows when a snapshot of before can't be read any more; the version before is read by `snapshot.former.ts`.
 */
export const SNAPSHOT_VERSION = 3;
/** The same without what limits need, which is made of the holdings then. */
export const SNAPSHOT_VERSION_WITHOUT_LEDGER = 2;

export type SavedExecutions = readonly (readonly [string, Execution])[];
export interface SavedNames {
  readonly size: number;
  readonly counting: readonly Run[];
}

export interface SnapshotHead {
  readonly version: typeof SNAPSHOT_VERSION | typeof SNAPSHOT_VERSION_WITHOUT_LEDGER;
  readonly partition: string;
  readonly retention: Retention;
  readonly sequence: number;
  readonly tradingState: TradingState;
  readonly numbering?: Numbering;
  readonly isBehind: boolean;
  readonly orderCount: number;
  readonly caseCount: number;
  readonly clOrdIdDay: number;
  readonly clOrdIds: { readonly [Age in keyof NamesOfDays]: SavedNames };
  readonly taken: { readonly [Age in keyof NamesOfDays]: SavedNames };
  readonly rateBucket: number;
  readonly rateCounts: readonly number[];
  /** How many parts there are: fewer are not a state. */
  readonly parts: number;
}

/** What a part is made of. Of one kind there may be several, in their order. */
export interface PartItems {
  /** With its routes, and the executions of each of them. */
  readonly orders: readonly [SavedOrder, readonly SavedRoute[], readonly SavedExecutions[]];
  readonly dayOrders: string;
  readonly cooling: readonly [string, number];
  readonly unanswered: readonly [string, number];
  readonly closed: PartitionState['closed'][number];
  readonly holdings: SavedHolding;
  readonly cases: SavedCase;
  readonly traded: SavedTraded;
  readonly recent: Recent;
  readonly stops: readonly [string, Stop];
  readonly tripped: readonly [string, Trip];
  readonly levels: readonly [string, number];
  readonly commandsOld: readonly [string, CommandResult];
  readonly commandsYoung: readonly [string, CommandResult];
  readonly refusedOld: string;
  readonly refusedYoung: string;
  readonly clOrdIdsOldRuns: Run;
  readonly clOrdIdsYoungRuns: Run;
  readonly takenOldRuns: Run;
  readonly takenYoungRuns: Run;
  /** Two numbers for each. */
  readonly clOrdIdsOld: number;
  readonly clOrdIdsYoung: number;
  readonly takenOld: number;
  readonly takenYoung: number;
}
export type PartKind = keyof PartItems;
