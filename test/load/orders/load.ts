/** The benchmark's side of `order.load.ts`: starts the process, waits for its report, ends it. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Endpoint, Target } from '../journeys.ts';
import type { LoadOrder, LoadReport } from './order.load.ts';

const program = fileURLToPath(new URL('order.load.ts', import.meta.url));
/** The generator's own lateness beyond which a figure is said to be its. */
const lateMsMax = 5;

type Told = { readonly begun: true } | { readonly report: LoadReport };

export async function runLoad(order: LoadOrder, onBegin: () => void = () => undefined): Promise<LoadReport> {
  const child = fork(program, { execArgv: ['--conditions=tidegate-source'] });
  const exited = once(child, 'exit');
  const report = Promise.withResolvers<LoadReport>();
  child.on('message', (told: Told) => {
    if ('report' in told) report.resolve(told.report);
    else onBegin();
  });
  child.once('exit', (code) => report.reject(new Error(`the order load ended with ${code}`)));
  child.send(order);
  try {
    return await report.promise;
  } finally {
    if (child.connected) child.disconnect();
    await exited;
  }
}

/** The demo profile's firms, one session each. */
export const firmsOf = ({ orders }: Pick<Target, 'orders'>, count: number): readonly Endpoint[] =>
  Array.from({ length: count }, (_, index) => ({ ...orders, senderCompId: `DEMO${index + 1}` }));

export const wasLate = ({ lateMsP99 }: LoadReport): boolean => lateMsP99 > lateMsMax;

export function refusalsOf({ refused }: LoadReport): string {
  return Object.entries(refused)
    .map(([text, count]) => `${count} ${text}`)
    .join(', ');
}
