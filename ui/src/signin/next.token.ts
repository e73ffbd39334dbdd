/** A desk that could not be opened because its token ended waits here for the next one. */
import type { Cell } from '../cell.ts';
import type { Held } from './sign.in.state.ts';

/**
 * Runs once, as soon as another token than `used` is held: at once where it already is. Returns how to wait
 * no longer.
 */
export function onNextToken(
  held: Pick<Cell<Pick<Held, 'token'> | null>, 'read' | 'watch'>,
  used: string | null,
  run: () => void,
): () => void {
  let undo = (): void => undefined;
  let isDone = false;
  const look = (): void => {
    const token = held.read()?.token;
    if (isDone || token === undefined || token === used) return;
    isDone = true;
    undo();
    run();
  };
  undo = held.watch(look);
  look();
  return () => {
    isDone = true;
    undo();
  };
}
