/** The benchmark's side of `history.ts`: starts the process, waits for its answer, ends it. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Append } from '@tidegate/platform/journal/journal';
import type { HistoryMade, HistoryOrder } from './history.ts';

const program = fileURLToPath(new URL('history.ts', import.meta.url));

interface Answer {
  readonly made?: HistoryMade;
  readonly appends?: readonly Append[];
  readonly failed?: string;
}

export async function makeHistory(order: HistoryOrder): Promise<HistoryMade> {
  return (await ask(order)).made!;
}

/** The appends of one order that is filled at once, as the owner of its partition makes them. */
export async function sampleAppends(): Promise<readonly Append[]> {
  return (await ask({ sample: true })).appends!;
}

async function ask(question: HistoryOrder | { readonly sample: true }): Promise<Answer> {
  const child = fork(program, { execArgv: ['--conditions=tidegate-source'] });
  const exited = once(child, 'exit');
  const answered = Promise.withResolvers<Answer>();
  child.once('message', (answer: Answer) => answered.resolve(answer));
  child.once('exit', (code) => answered.reject(new Error(`the history ended with ${code}`)));
  child.send(question);
  try {
    const answer = await answered.promise;
    if (answer.failed !== undefined) throw new Error(answer.failed);
    return answer;
  } finally {
    if (child.connected) child.disconnect();
    await exited;
  }
}
