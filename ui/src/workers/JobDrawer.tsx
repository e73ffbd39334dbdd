/** One job: what was asked, what came of it and all that happened to it; cancel it, or try it again. */
import { Alert, Button, Drawer, Spin } from 'antd';
import { useEffect, useState } from 'react';
import { hasEnded, type JobStory } from '@tidegate/wire/jobs';
import { problemText } from '../api/problems.ts';
import { useDesk } from '../desk.ts';
import { CardLine } from '../grid/GridCards.tsx';
import { useNarrow } from '../narrow.ts';
import { useTimeText } from '../time/zone.ts';
import { JobChip } from './job.columns.tsx';
import { progressWord } from './job.words.ts';

export interface JobDrawerProps {
  /** Null: closed. */
  readonly id: string | null;
  readonly onClose: () => void;
  readonly onChanged: () => void;
}

const againMs = 1_000;

export function JobDrawer({ id, onClose, onChanged }: JobDrawerProps) {
  const narrow = useNarrow();
  return (
    <Drawer
      open={id !== null}
      onClose={onClose}
      placement={narrow ? 'bottom' : 'right'}
      size={narrow ? '92%' : 'min(720px, 90vw)'}
      destroyOnHidden
      title="Job"
    >
      {id !== null && <Job key={id} id={id} onChanged={onChanged} />}
    </Drawer>
  );
}

/** Read again until it has ended. */
function useStory(id: string): {
  readonly story: JobStory | null;
  readonly problem: string;
  readonly again: () => void;
} {
  const { api } = useDesk();
  const [story, setStory] = useState<JobStory | null>(null);
  const [problem, setProblem] = useState('');
  const [asked, ask] = useState(0);
  useEffect(() => {
    let isWanted = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async (): Promise<void> => {
      try {
        const found = await api.job(id);
        if (!isWanted) return;
        setStory(found);
        setProblem('');
        if (hasEnded(found.job.state)) return;
      } catch (error) {
        if (isWanted) setProblem(problemText(error));
      }
      if (isWanted) timer = setTimeout(() => void read(), againMs);
    };
    void read();
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [api, id, asked]);
  return { story, problem, again: () => ask((count) => count + 1) };
}

function Job({ id, onChanged }: { readonly id: string; readonly onChanged: () => void }) {
  const { story, problem, again } = useStory(id);
  if (story === null)
    return <div className="empty">{problem === '' ? <Spin aria-label="Reading the job" /> : problem}</div>;
  const changed = (): void => {
    again();
    onChanged();
  };
  return (
    <div className="job-story" data-testid="job-story" data-state={story.job.state}>
      <div className="job-head">
        <b>{story.job.kind}</b>
        <JobChip state={story.job.state} />
      </div>
      <JobFacts story={story} />
      <JobAnswers story={story} onChanged={changed} />
      <JobEvents story={story} />
      <JobOthers story={story} />
    </div>
  );
}

function JobFacts({ story: { job, input, result, file } }: { readonly story: JobStory }) {
  const timeOf = useTimeText();
  const facts: readonly (readonly [string, string])[] = [
    ['Asked', `${timeOf(job.requestedAt)} by ${job.requestedBy}`],
    ['Firm', job.firm],
    ['Schedule', job.schedule ?? ''],
    ['Progress', progressWord(job)],
    ['Try', `${job.attempt} of ${job.attemptsMax}`],
    ['Worker', job.worker ?? ''],
    ['Began', job.startedAt === null ? '' : timeOf(job.startedAt)],
    ['Ended', job.endedAt === null ? '' : timeOf(job.endedAt)],
    ['Why', job.code === null ? '' : `${job.code}: ${job.error ?? ''}`],
    ['File', file === null ? '' : `${file.name}, ${file.bytes} bytes`],
    ['Input', JSON.stringify(input)],
    ['Result', result === null ? '' : JSON.stringify(result)],
  ];
  return (
    <div className="card-grid">
      {facts.map(([label, value]) =>
        value === '' ? null : (
          <CardLine key={label} label={label}>
            <span className="job-json">{value}</span>
          </CardLine>
        ),
      )}
    </div>
  );
}

interface JobAnswersProps {
  readonly story: JobStory;
  readonly onChanged: () => void;
}

function JobAnswers({ story: { job }, onChanged }: JobAnswersProps) {
  const { api, me, notices } = useDesk();
  const [problem, setProblem] = useState('');
  const [isSending, setSending] = useState(false);
  if (!me.permissions.includes('runJobs')) return null;
  const send = async (what: 'cancel' | 'retry', done: string): Promise<void> => {
    setSending(true);
    setProblem('');
    try {
      await api.changeJob(job.id, what);
      notices.tell('good', `${done}: ${job.kind}`);
      onChanged();
    } catch (error) {
      setProblem(problemText(error));
    } finally {
      setSending(false);
    }
  };
  return (
    <section aria-label="Answer">
      <div className="job-buttons">
        <Button
          danger
          disabled={isSending || hasEnded(job.state)}
          data-testid="job-cancel"
          onClick={() => void send('cancel', 'Canceled')}
        >
          Cancel the job
        </Button>
        <Button
          disabled={isSending || job.state !== 'failed'}
          data-testid="job-retry"
          onClick={() => void send('retry', 'Asked for again')}
        >
          Try again
        </Button>
      </div>
      {problem !== '' && <Alert type="error" showIcon title={problem} />}
    </section>
  );
}

function JobEvents({ story: { events } }: { readonly story: JobStory }) {
  const timeOf = useTimeText();
  return (
    <section aria-label="What happened">
      <h3>What happened</h3>
      <ol className="job-list" data-testid="job-events">
        {events.map(({ at, what, attempt, worker, person, text }, index) => (
          // Nothing is ever put between them.
          <li key={index}>
            {[timeOf(at), what, attempt > 0 ? `(try ${attempt})` : '', person ?? worker ?? '', text]
              .filter((part) => part !== '')
              .join(' ')}
          </li>
        ))}
      </ol>
    </section>
  );
}

function JobOthers({ story: { after, parts } }: { readonly story: JobStory }) {
  const lists = [
    ['Waits for', after],
    ['Parts', parts],
  ] as const;
  return lists.map(([title, jobs]) =>
    jobs.length === 0 ? null : (
      <section key={title} aria-label={title}>
        <h3>{title}</h3>
        <ul className="job-list">
          {jobs.map(({ id, kind, state }) => (
            <li key={id}>
              {kind} <JobChip state={state} />
            </li>
          ))}
        </ul>
      </section>
    ),
  );
}
