/**
 * What is alive on the heap of another Node process, by its inspector: a collection first, then the figure.
 */
import { once } from 'node:events';

/** The process is started with `NODE_OPTIONS` of this; it costs nothing while nobody is connected. */
export const inspected = { NODE_OPTIONS: '--inspect=127.0.0.1:0' } as const;

interface Answer {
  readonly id: number;
  readonly result?: { readonly usedSize?: number };
  readonly error?: { readonly message: string };
}

/** `log`: its standard error, where it says its address. */
export async function aliveBytes(log: string): Promise<number> {
  const address = /Debugger listening on (ws:\/\/\S+)/.exec(log)?.[1];
  if (address === undefined) throw new Error('the process was not started with its inspector');
  const socket = new WebSocket(address);
  await once(socket, 'open');
  const waiting = new Map<number, (answer: Answer) => void>();
  socket.addEventListener('message', ({ data }) => {
    const answer = JSON.parse(String(data)) as Answer;
    waiting.get(answer.id)?.(answer);
  });
  const call = async (method: string): Promise<Answer> => {
    const id = waiting.size + 1;
    const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
    socket.send(JSON.stringify({ id, method }));
    const answer = await answered;
    if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
    return answer;
  };
  try {
    // The second one frees what the finalizers of the first let go.
    for (const method of ['HeapProfiler.collectGarbage', 'HeapProfiler.collectGarbage']) await call(method);
    return (await call('Runtime.getHeapUsage')).result!.usedSize!;
  } finally {
    socket.close();
  }
}
