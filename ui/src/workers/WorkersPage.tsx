/** Workers: what waits for how long, who does it, and each job with its story. */
import { Select } from 'antd';
import { useMemo, useState } from 'react';
import { jobStates } from '@tidegate/wire/jobs';
import { problemText } from '../api/problems.ts';
import { useDesk } from '../desk.ts';
import { Grid } from '../grid/Grid.tsx';
import { JobCard, jobColumns, QueueCard, queueColumns, WorkerCard, workerColumns } from './job.columns.tsx';
import { JobDrawer } from './JobDrawer.tsx';
import { useJobs } from './jobs.reading.ts';
import './workers.css';

export function WorkersPage() {
  const { mayOperate } = useDesk();
  if (mayOperate) return <Workers />;
  return (
    <main className="page">
      <div className="empty">Operators only</div>
    </main>
  );
}

function Workers() {
  const { api, notices } = useDesk();
  const [state, setState] = useState('');
  const [opened, setOpened] = useState<string | null>(null);
  const { jobs, queues, workers, problem, again } = useJobs(state);
  const columns = useMemo(() => jobColumns(setOpened), []);
  const drain = (id: string): void => {
    api.drainWorker(id).then(
      () => {
        notices.tell('good', `${id} takes no more jobs`);
        again();
      },
      (error: unknown) => notices.tell('bad', problemText(error)),
    );
  };
  return (
    <main className="page stacked workers-page">
      <section className="panel" aria-label="Queues">
        <Grid
          name="job-queues"
          title="Queues"
          testId="queues-table"
          columns={queueColumns}
          rows={queues}
          rowKey={(queue) => queue.kind}
          card={(queue) => <QueueCard queue={queue} />}
          empty={problem || 'Reading queues …'}
          rowTone={(queue) => (queue.failed > 0 ? 'unread' : 'closed')}
        />
      </section>
      <section className="panel" aria-label="Workers">
        <Grid
          name="workers"
          title="Workers"
          testId="workers-table"
          columns={workerColumns(drain)}
          rows={workers}
          rowKey={(worker) => worker.id}
          card={(worker) => <WorkerCard worker={worker} onDrain={drain} />}
          empty={problem || 'No workers'}
        />
      </section>
      <section className="panel" aria-label="Jobs">
        <Grid
          name="jobs"
          title="Jobs"
          testId="jobs-table"
          columns={columns}
          rows={jobs}
          rowKey={(job) => job.id}
          card={(job) => <JobCard job={job} onOpen={setOpened} />}
          empty={problem || 'No jobs'}
          onOpen={(job) => setOpened(job.id)}
          given={state === '' ? [] : [state]}
          choices={<JobChoices state={state} onState={setState} />}
        />
      </section>
      <JobDrawer id={opened} onClose={() => setOpened(null)} onChanged={again} />
    </main>
  );
}

interface JobChoicesProps {
  readonly state: string;
  readonly onState: (state: string) => void;
}

function JobChoices({ state, onState }: JobChoicesProps) {
  return (
    <Select
      size="small"
      aria-label="Which jobs"
      value={state}
      options={[
        { value: '', label: 'All' },
        ...jobStates.map((value) => ({ value: value as string, label: value })),
      ]}
      onChange={onState}
    />
  );
}
