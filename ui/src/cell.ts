/** One value outside React with watchers; `useCell` renders a component when it changes. */
import { useSyncExternalStore } from 'react';

export class Cell<T> {
  #value: T;
  readonly #watchers = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  read = (): T => this.#value;

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** Called at once after each change. */
  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => {
      this.#watchers.delete(watcher);
    };
  };
}

export const useCell = <T>(cell: Cell<T>): T => useSyncExternalStore(cell.watch, cell.read);
