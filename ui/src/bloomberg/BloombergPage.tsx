/**
 * The Bloomberg feed as an operator sees it: is it up and why not, what it carries, what was lost, how much
 * of the day's budget is used. Read from REST each second while the page is in sight.
 */
import { Alert, Spin } from 'antd';
import type { BloombergStatus } from '@tidegate/wire/bloomberg';
import type { ReactNode } from 'react';
import { useTimeText } from '../time/zone.ts';
import { FeedHead } from './FeedHead.tsx';
import { useFeedReading } from './feed.poll.ts';
import type { FeedReading } from './feed.reading.ts';
import { FeedTabs } from './FeedTabs.tsx';
import { AroundPanel, BudgetPanel, FlowPanel, SessionPanel } from './FeedPanels.tsx';
import './bloomberg.css';

export function BloombergPage() {
  const reading = useFeedReading();
  const { status } = reading;
  return (
    <main className="page stacked feed-page" data-testid="bloomberg-page" data-phase={reading.phase}>
      <Unanswered reading={reading} />
      {status === null ? <NoStatus reading={reading} /> : <Feed status={status} isOld={reading.isOld} />}
    </main>
  );
}

function Feed({ status, isOld }: { readonly status: BloombergStatus; readonly isOld: boolean }) {
  return (
    <div className="feed-content" data-old={isOld}>
      <FeedHead status={status} />
      <div className="feed-panels">
        <SessionPanel status={status} />
        <FlowPanel status={status} />
        <BudgetPanel budget={status.budget} />
        <AroundPanel status={status} />
      </div>
      <FeedTabs status={status} />
    </div>
  );
}

/** What is below may be old: said before anything else. */
function Unanswered({ reading }: { readonly reading: FeedReading }) {
  const { status, failure, isOld } = reading;
  const timeOf = useTimeText();
  if (status === null || (failure === '' && !isOld)) return null;
  const asOf = timeOf(status.at);
  return (
    <Alert
      type="warning"
      showIcon
      title={`The API does not tell of the feed now. Below is what it said at ${asOf}.`}
      description={failure === '' ? undefined : failure}
      data-testid="bloomberg-old"
    />
  );
}

function NoStatus({ reading }: { readonly reading: FeedReading }) {
  return (
    <section className="panel feed-none" data-testid="bloomberg-none">
      <div className="empty">{noStatusWords(reading)}</div>
    </section>
  );
}

function noStatusWords({ phase, failure }: FeedReading): ReactNode {
  if (phase === 'absent') {
    return (
      <div>
        <b>No process of this platform runs the Bloomberg feed.</b>
        <p>
          It starts where the service “bloomberg” is among the services. Prices and dealing go on without.
        </p>
      </div>
    );
  }
  if (failure !== '') {
    return (
      <div>
        <b>The state of the feed is not known.</b>
        <p>{failure} It is asked for again each second.</p>
      </div>
    );
  }
  return <Spin aria-label="Reading the state of the feed" />;
}
