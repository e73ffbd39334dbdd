/**
 * Four panels of the feed: its session and services, what it carries and lost, the budget, what is around.
 */
import type { BloombergStatus, FeedBudgetView } from '@tidegate/wire/bloomberg';
import type { ReactNode } from 'react';
import { groupedDecimal } from '../prices/price.format.ts';
import {
  causeText,
  countersOf,
  durationText,
  rateText,
  serviceTone,
  vpnTone,
  vpnWord,
} from './bloomberg.words.ts';
import { budgetBars, budgetTone, budgetWord, warnedAtPercent, type BudgetBar } from './budget.bars.ts';
import { Fact } from './FeedHead.tsx';

interface PanelProps {
  readonly title: string;
  readonly id: string;
  readonly mark?: ReactNode;
  readonly children: ReactNode;
}

function Panel({ title, id, mark, children }: PanelProps) {
  return (
    <section className="panel feed-panel" aria-label={title} data-testid={`bloomberg-${id}`}>
      <div className="panel-head">
        <span className="panel-title">{title}</span>
        <span className="spacer" />
        {mark}
      </div>
      <div className="feed-panel-body">{children}</div>
    </section>
  );
}

export function SessionPanel({ status }: { readonly status: BloombergStatus }) {
  const { server, connectionsUp, number, isRestoringStreams, services } = status.session;
  return (
    <Panel
      title="Session"
      id="session"
      mark={<span className="faint">{number === 0 ? 'none yet' : `number ${number}`}</span>}
    >
      <dl className="feed-list">
        <Fact label="Server">{server ?? '–'}</Fact>
        <Fact label="Connections up">{connectionsUp}</Fact>
        <Fact label="Streams after a loss">
          {isRestoringStreams ? 'restored by the library' : 'subscribed again'}
        </Fact>
      </dl>
      <ul className="feed-services" aria-label="Services">
        {services.length === 0 && <li className="faint">No service is open</li>}
        {services.map(({ service, state, text }) => (
          <li key={service} data-testid={`bloomberg-service-${service.replace(/^\/\/blp\//, '')}`}>
            <span className="clip" title={text === '' ? service : `${service}: ${text}`}>
              {service}
            </span>
            <span className="chip" data-tone={serviceTone[state]}>
              {state}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

export function FlowPanel({ status }: { readonly status: BloombergStatus }) {
  const { rates, isSlowConsumer } = status;
  return (
    <Panel
      title="Data"
      id="flow"
      mark={
        <span className="chip" data-tone={isSlowConsumer ? 'bad' : 'good'} data-testid="bloomberg-queue">
          {isSlowConsumer ? 'Queue: behind' : 'Queue: keeping up'}
        </span>
      }
    >
      <div className="feed-rates">
        <Rate value={rates.ticksPerSecond} unit="ticks/s" id="ticks-rate" />
        <Rate value={rates.quotesPerSecond} unit="quotes/s" id="quotes-rate" />
      </div>
      <dl className="feed-counters">
        {countersOf(status).map(({ key, label, value, isTrouble }) => (
          <div key={key} data-trouble={isTrouble && value > 0}>
            <dt>{label}</dt>
            <dd data-testid={`bloomberg-count-${key}`}>{groupedDecimal(String(value))}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

function Rate({ value, unit, id }: { readonly value: number; readonly unit: string; readonly id: string }) {
  return (
    <div>
      <b data-testid={`bloomberg-${id}`}>{groupedDecimal(rateText(value))}</b>
      <span className="faint">{unit}</span>
    </div>
  );
}

export function BudgetPanel({ budget }: { readonly budget: FeedBudgetView }) {
  return (
    <Panel
      title="Usage budget"
      id="budget"
      mark={
        <>
          <span className="faint nowrap">{budget.day} UTC</span>
          <span className="chip" data-tone={budgetTone[budget.state]} data-testid="bloomberg-budget-state">
            {budgetWord[budget.state]}
          </span>
        </>
      }
    >
      <div className="feed-bars">
        {budgetBars(budget).map((bar) => (
          <Bar key={bar.key} bar={bar} />
        ))}
      </div>
    </Panel>
  );
}

/** With a tick at the warning; without a limit there is nothing to fill. */
export function Bar({ bar }: { readonly bar: BudgetBar }) {
  return (
    <div className="feed-bar" data-tone={bar.tone} data-testid={`bloomberg-budget-${bar.key}`}>
      <span className="clip">{bar.label}</span>
      <span className="number">{bar.text}</span>
      <Track bar={bar} />
      {bar.note !== '' && <small>{bar.note}</small>}
    </div>
  );
}

export function Track({ bar }: { readonly bar: BudgetBar }) {
  if (bar.tone === 'none') return <span className="feed-track none" />;
  return (
    <span
      className="feed-track"
      data-tone={bar.tone}
      role="meter"
      aria-label={bar.label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={bar.percent}
      aria-valuetext={bar.text}
    >
      <span style={{ width: `${bar.percent}%` }} />
      <i style={{ left: `${warnedAtPercent}%` }} />
    </span>
  );
}

export function AroundPanel({ status }: { readonly status: BloombergStatus }) {
  const { server, vpn } = status;
  return (
    <Panel title="VPN and data server" id="around">
      <dl className="feed-list">
        <Fact label="VPN">
          <span className="chip" data-tone={vpnTone[vpn.state]} data-testid="bloomberg-vpn">
            {vpnWord[vpn.state]}
          </span>
        </Fact>
        {vpn.handshakeAgeMs !== null && (
          <Fact label="Last handshake">{durationText(vpn.handshakeAgeMs)} ago</Fact>
        )}
        <Fact label="Data server">
          <span className="chip" data-tone={server.address === null ? 'warn' : 'good'}>
            {server.address === null ? 'Not listening' : 'Listening'}
          </span>
        </Fact>
        {server.address !== null && <Fact label="Address">{server.address}</Fact>}
        <Fact label="Data clients">{server.clients}</Fact>
      </dl>
      {[vpn.cause, server.cause].map(
        (cause) =>
          cause !== null && (
            <p key={cause.code} className="feed-cause">
              {causeText(cause)}
            </p>
          ),
      )}
    </Panel>
  );
}
