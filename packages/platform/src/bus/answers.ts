/** What both buses share about answering requests: what a requester sees of a failure, and the limits. */
import { ResponderError } from './bus.ts';

/** Requests whose handler has not answered yet, per responder; more are refused. */
export const answersPendingMax = 65_536;

export function responderBusy(subject: string): ResponderError {
  return new ResponderError('RESPONDER_BUSY', `too many requests without an answer: ${subject}`);
}

/** What the requester sees of a handler's exception, the same through every bus. */
export function responderError(error: unknown): ResponderError {
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const isCode = code !== undefined && /^[A-Za-z0-9_.-]{1,64}$/.test(code);
  return new ResponderError(
    isCode ? code : 'RESPONDER_FAILED',
    error instanceof Error ? error.message : String(error),
  );
}

/** Resolves when every promise of the set has settled, or after `limitMs`. */
export async function settled(work: ReadonlySet<Promise<unknown>>, limitMs: number): Promise<void> {
  if (work.size === 0) return;
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([Promise.allSettled(work), limit]);
  clearTimeout(timer);
}
