/**
 * Whether the page is narrow: bottom navigation, cards for tables, the ticket in a drawer. The same bound
 * as in desk.css.
 */
import { useSyncExternalStore } from 'react';

const query = window.matchMedia('(max-width: 760px)');

const watch = (watcher: () => void): (() => void) => {
  query.addEventListener('change', watcher);
  return () => query.removeEventListener('change', watcher);
};

export const useNarrow = (): boolean => useSyncExternalStore(watch, () => query.matches);
