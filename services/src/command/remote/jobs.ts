/** `tidegate jobs`, `job` and `workers`: ask for jobs, watch them, and see who does them. */
import { writeFileSync } from 'node:fs';
import { hasEnded, type JobStory, type JobView, type QueueView, type WorkerView } from '@tidegate/wire/jobs';
import { agreed, answer, Refused, Remote, table, wrongly, type Asked, type RemoteCommand } from './remote.ts';

interface Listed {
  readonly items: readonly JobView[];
}
interface Redriven {
  readonly isDone: boolean;
  readonly jobs: readonly JobView[];
}

const percent = ({ progress, state }: JobView): string =>
  state === 'running' ? `${Math.round(100 * progress)} %` : '';
const jobsTable = (jobs: readonly JobView[]): string =>
  table(
    ['ID', 'KIND', 'STATE', '', 'TRY', 'BY', 'FIRM', 'SINCE', 'WHY'],
    jobs.map((job) => [
      job.id,
      job.kind,
      job.state,
      percent(job),
      `${job.attempt}/${job.attemptsMax}`,
      job.requestedBy,
      job.firm,
      job.requestedAt,
      job.code ?? '',
    ]),
  );

export const jobsCommand: RemoteCommand = {
  name: 'jobs',
  usage: 'jobs list|queues|run|redrive …',
  about: 'Jobs: which there are, how much waits, and new ones.',
  details: `jobs list [--state STATE] [--kind KIND]      the newest hundred
jobs queues                                by kind: what waits, and for how long
jobs run KIND [--input JSON] [--wait]      with --wait until it has ended; exit code 1 when it has failed
jobs redrive KIND [--limit N] [--dry-run]  the oldest that failed, once more; asks first on a terminal
Kinds and their inputs are in docs/workers.md.`,
  run(asked) {
    const verb = asked.word(0, 'list, queues, run or redrive');
    const remote = Remote.signedIn(asked);
    const does = { list, queues, run, redrive }[verb];
    if (does === undefined) throw wrongly(`jobs has no ${verb}`);
    return does(asked, remote);
  },
};

async function list(asked: Asked, remote: Remote): Promise<number> {
  const wanted = new URLSearchParams();
  for (const name of ['state', 'kind'] as const) {
    const value = asked.value(name);
    if (value !== undefined) wanted.set(name, value);
  }
  const { items } = await remote.get<Listed>(`jobs?${wanted.toString()}`);
  answer(asked, items, () => jobsTable(items));
  return 0;
}

async function queues(asked: Asked, remote: Remote): Promise<number> {
  const found = await remote.get<readonly QueueView[]>('queues');
  answer(asked, found, () =>
    table(
      ['KIND', 'READY', 'OLDEST', 'RUNNING', 'WAITING', 'RETRYING', 'FAILED'],
      found.map(({ kind, ready, oldestReadySeconds, running, waiting, retrying, failed }) => [
        kind,
        ready,
        `${Math.round(oldestReadySeconds)} s`,
        running,
        waiting,
        retrying,
        failed,
      ]),
    ),
  );
  return 0;
}

async function run(asked: Asked, remote: Remote): Promise<number> {
  const kind = asked.word(1, 'KIND');
  const job = await remote.post<JobView>('jobs', { kind, input: inputOf(asked) });
  if (!asked.has('wait')) {
    answer(asked, job, () => job.id);
    return 0;
  }
  const ended = await remote.watch<JobView>(`jobs/${job.id}/progress`, ({ state }) => hasEnded(state));
  answer(asked, ended, () => jobsTable([ended]));
  return ended.state === 'completed' ? 0 : 1;
}

function inputOf(asked: Asked): unknown {
  try {
    return JSON.parse(asked.value('input') ?? '{}') as unknown;
  } catch {
    throw wrongly('--input is no JSON');
  }
}

async function redrive(asked: Asked, remote: Remote): Promise<number> {
  const kind = asked.word(1, 'KIND');
  const limit = Number(asked.value('limit') ?? 100);
  const wish = { kind, limit };
  const { jobs } = await remote.post<Redriven>('jobs/redrive', { ...wish, dryRun: true });
  const isWanted = !asked.has('dry-run') && jobs.length > 0;
  if (!isWanted || !(await agreed(asked, `${jobs.length} jobs of ${kind} once more?`))) {
    answer(asked, { isDone: false, jobs }, () => jobsTable(jobs));
    return 0;
  }
  const done = await remote.post<Redriven>('jobs/redrive', { ...wish, dryRun: false });
  answer(asked, done, () => jobsTable(done.jobs));
  return 0;
}

export const jobCommand: RemoteCommand = {
  name: 'job',
  usage: 'job show|cancel|retry|file ID',
  about: 'One job: its whole story, its file; cancel it, or try it again.',
  details: `job show ID
job cancel ID
job retry ID
job file ID --file PATH    the file that it has made`,
  async run(asked) {
    const verb = asked.word(0, 'show, cancel, retry or file');
    const id = encodeURIComponent(asked.word(1, 'ID'));
    const remote = Remote.signedIn(asked);
    if (verb === 'show') return show(asked, await remote.get<JobStory>(`jobs/${id}`));
    if (verb === 'cancel' || verb === 'retry') {
      const job = await remote.post<JobView>(`jobs/${id}/${verb}`, {});
      answer(asked, job, () => jobsTable([job]));
      return 0;
    }
    if (verb !== 'file') throw wrongly(`job has no ${verb}`);
    const path = asked.needed('file');
    const content = await remote.bytes(`jobs/${id}/file`);
    try {
      writeFileSync(path, content, { flag: 'wx', mode: 0o600 });
    } catch (error) {
      throw new Refused('FILE_NOT_WRITTEN', (error as Error).message);
    }
    answer(asked, { path, bytes: content.length }, () => `${content.length} bytes in ${path}`);
    return 0;
  },
};

function show(asked: Asked, story: JobStory): number {
  const { job, input, result, after, parts, events } = story;
  answer(asked, story, () =>
    [
      jobsTable([job]),
      `input   ${JSON.stringify(input)}`,
      ...(result === null ? [] : [`result  ${JSON.stringify(result)}`]),
      ...(job.error === null ? [] : [`error   ${job.error}`]),
      ...after.map(({ id, kind, state }) => `after   ${id} ${kind} ${state}`),
      ...parts.map(({ id, kind, state }) => `part    ${id} ${kind} ${state}`),
      '',
      table(
        ['AT', 'WHAT', 'TRY', 'BY', ''],
        events.map(({ at, what, attempt, worker, person, text }) => [
          at,
          what,
          attempt,
          person ?? worker ?? '',
          text,
        ]),
      ),
    ].join('\n'),
  );
  return 0;
}

export const workersCommand: RemoteCommand = {
  name: 'workers',
  usage: 'workers list|drain …',
  about: 'Workers: whether they live, what they run; let one take no more.',
  details: `workers list
workers drain ID    it takes no more jobs, and ends when it is nothing but a worker`,
  async run(asked) {
    const verb = asked.word(0, 'list or drain');
    const remote = Remote.signedIn(asked);
    if (verb !== 'list' && verb !== 'drain') throw wrongly(`workers has no ${verb}`);
    const found =
      verb === 'list'
        ? await remote.get<readonly WorkerView[]>('workers')
        : [await remote.post<WorkerView>(`workers/${encodeURIComponent(asked.word(1, 'ID'))}/drain`, {})];
    answer(asked, found, () =>
      table(
        ['ID', 'HOST', 'STATE', 'RUNNING', 'COMPLETED', 'FAILED', 'SINCE'],
        found.map(({ id, host, state, slots, running, completed, failed, startedAt }) => [
          id,
          host,
          state,
          `${running}/${slots}`,
          completed,
          failed,
          startedAt,
        ]),
      ),
    );
    return 0;
  },
};
