/** Columns and cards of jobs, queues and workers. */
import { Button } from 'antd';
import type { JobState, JobView, QueueView, WorkerView } from '@tidegate/wire/jobs';
import {
  actionColumn,
  numberColumn,
  setColumn,
  textColumn,
  timeColumn,
  type Column,
} from '../grid/columns.ts';
import { CardLine } from '../grid/GridCards.tsx';
import { Moment } from '../time/Moment.tsx';
import { ageWord, progressWord, stateTone, workerTone } from './job.words.ts';

export function JobChip({ state }: { readonly state: JobState }) {
  return (
    <span className="chip" data-tone={stateTone[state]} data-state={state}>
      {state}
    </span>
  );
}

interface OpenProps {
  readonly job: JobView;
  readonly onOpen: (id: string) => void;
}

function OpenJob({ job, onOpen }: OpenProps) {
  return (
    <Button
      size="small"
      data-testid={`job-${job.id}-open`}
      aria-label={`Open ${job.kind} of ${job.requestedBy}`}
      onClick={() => onOpen(job.id)}
    >
      Open
    </Button>
  );
}

export const jobColumns = (onOpen: (id: string) => void): readonly Column<JobView>[] => [
  timeColumn('requestedAt', 'Asked', (job) => job.requestedAt),
  setColumn('kind', 'Kind', 150, (job) => job.kind),
  setColumn('state', 'State', 100, (job) => job.state, { cell: (job) => <JobChip state={job.state} /> }),
  textColumn('progress', 'Progress', 140, progressWord),
  setColumn('requestedBy', 'By', 100, (job) => job.requestedBy),
  setColumn('firm', 'Firm', 90, (job) => job.firm),
  textColumn('attempt', 'Try', 60, (job) => `${job.attempt}/${job.attemptsMax}`),
  textColumn('code', 'Why', 150, (job) => job.code ?? ''),
  actionColumn('open', '', 68, (job) => <OpenJob job={job} onOpen={onOpen} />),
];

export function JobCard({ job, onOpen }: OpenProps) {
  return (
    <>
      <div className="card-head">
        <span className="clip">{job.kind}</span>
        <JobChip state={job.state} />
      </div>
      <div className="card-grid">
        <CardLine label="Asked">
          <Moment at={job.requestedAt} />
        </CardLine>
        <CardLine label="By">{job.requestedBy}</CardLine>
        <CardLine label="Progress">{progressWord(job)}</CardLine>
      </div>
      <div className="card-actions">
        <OpenJob job={job} onOpen={onOpen} />
      </div>
    </>
  );
}

export const queueColumns: readonly Column<QueueView>[] = [
  textColumn('kind', 'Kind', 150, (queue) => queue.kind),
  numberColumn('ready', 'Ready', 70, (queue) => queue.ready, String),
  numberColumn('oldest', 'Oldest', 80, (queue) => queue.oldestReadySeconds, ageWord),
  numberColumn('running', 'Running', 80, (queue) => queue.running, String),
  numberColumn('waiting', 'Waiting', 80, (queue) => queue.waiting, String),
  numberColumn('retrying', 'Retrying', 80, (queue) => queue.retrying, String),
  numberColumn('failed', 'Failed', 70, (queue) => queue.failed, String),
  textColumn('about', 'What it does', 420, (queue) => queue.about),
];

export function QueueCard({ queue }: { readonly queue: QueueView }) {
  return (
    <>
      <div className="card-head">
        <span className="clip">{queue.kind}</span>
      </div>
      <div className="card-grid">
        <CardLine label="Ready">{String(queue.ready)}</CardLine>
        <CardLine label="Oldest">{ageWord(queue.oldestReadySeconds)}</CardLine>
        <CardLine label="Failed">{String(queue.failed)}</CardLine>
      </div>
    </>
  );
}

interface DrainProps {
  readonly worker: WorkerView;
  readonly onDrain: (id: string) => void;
}

function Drain({ worker, onDrain }: DrainProps) {
  return (
    <Button
      size="small"
      disabled={worker.state !== 'working'}
      aria-label={`Let ${worker.id} take no more jobs`}
      data-testid={`worker-${worker.id}-drain`}
      onClick={() => onDrain(worker.id)}
    >
      Drain
    </Button>
  );
}

const WorkerChip = ({ state }: Pick<WorkerView, 'state'>) => (
  <span className="chip" data-tone={workerTone[state]} data-state={state}>
    {state}
  </span>
);

export const workerColumns = (onDrain: (id: string) => void): readonly Column<WorkerView>[] => [
  textColumn('id', 'Worker', 260, (worker) => worker.id),
  textColumn('host', 'Host', 140, (worker) => worker.host),
  setColumn('state', 'State', 100, (worker) => worker.state, {
    cell: ({ state }) => <WorkerChip state={state} />,
  }),
  textColumn('running', 'Running', 80, (worker) => `${worker.running} of ${worker.slots}`),
  numberColumn('completed', 'Completed', 90, (worker) => worker.completed, String),
  numberColumn('failed', 'Failed', 70, (worker) => worker.failed, String),
  timeColumn('startedAt', 'Since', (worker) => worker.startedAt),
  actionColumn('drain', '', 76, (worker) => <Drain worker={worker} onDrain={onDrain} />),
];

export function WorkerCard({ worker, onDrain }: DrainProps) {
  return (
    <>
      <div className="card-head">
        <span className="clip">{worker.id}</span>
        <WorkerChip state={worker.state} />
      </div>
      <div className="card-grid">
        <CardLine label="Running">{`${worker.running} of ${worker.slots}`}</CardLine>
        <CardLine label="Completed">{String(worker.completed)}</CardLine>
      </div>
      <div className="card-actions">
        <Drain worker={worker} onDrain={onDrain} />
      </div>
    </>
  );
}
