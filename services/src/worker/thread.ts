/** The inside of a job's thread: takes one job after the other from its port and says what became of it. */
import type { MessagePort } from 'node:worker_threads';
import type { Failure } from '@tidegate/platform/jobs/job';
import { JobImpossible, type FromThread, type JobRun, type ToThread } from './kind.ts';

const textMax = 200;

export function serveJobs<Ports>(
  port: MessagePort,
  runs: Readonly<Record<string, JobRun<never, Ports>>>,
  ports: () => Promise<Ports>,
): void {
  const tell = (message: FromThread): void => port.postMessage(message);
  port.on('message', (asked: ToThread) => {
    const { id, kind, firm, input } = asked;
    const progress = (done: number, text = ''): void =>
      tell({ what: 'progress', done: Math.min(1, Math.max(0, done)), text: text.slice(0, textMax) });
    const run = runs[kind];
    const done = async () => {
      if (run === undefined) throw new JobImpossible('UNKNOWN_KIND', `this worker knows no ${kind}`);
      const context = { id, firm, input: input as never, nowMs: Date.now(), progress };
      return run(context, await ports());
    };
    done().then(
      (outcome) => tell({ what: 'outcome', outcome }),
      (error: unknown) => tell({ what: 'failure', failure: failureOf(error) }),
    );
  });
}

function failureOf(error: unknown): Failure {
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof JobImpossible) return { code: error.code, text, isFinal: true };
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'JOB_FAILED';
  return { code: /^[A-Z][A-Z_]{2,50}$/.test(code) ? code : 'JOB_FAILED', text };
}
