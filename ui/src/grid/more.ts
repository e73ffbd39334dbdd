/** What a grid shows of rows that are on the server only, out of the pages that are read of them. */
import { useSyncExternalStore } from 'react';
import type { OlderRows } from '../stream/older.ts';
import type { LiveRows } from '../stream/rows.ts';
import type { More } from './Grid.tsx';

export function useMore<T>(older: OlderRows<T>, rows: LiveRows<T>): More {
  const { total, hasMore, isReading, problem } = useSyncExternalStore(older.watch, older.state);
  return {
    total: total === null ? null : total + rows.arrived,
    hasMore,
    isReading,
    problem,
    read: older.read,
  };
}
