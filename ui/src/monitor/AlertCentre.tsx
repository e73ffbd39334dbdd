/** The alert centre: one entry for each outage with what happened in it, who looks at it, and its history. */
import { BellOutlined } from '@ant-design/icons';
import { Button, Segmented, Switch } from 'antd';
import { useEffect, useRef, useState } from 'react';
import type { AlertMarkRequest, AlertView } from '@tidegate/wire/alerts';
import { problemText } from '../api/problems.ts';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { useKeptFocus } from '../grid/kept.focus.ts';
import { Moment } from '../time/Moment.tsx';
import { chosenAlerts, durationText, isMuted, nextInFocus, type AlertChoice } from './alert.list.ts';
import { eventWord } from './unread.ts';
import './alerts.css';

const choices: { value: AlertChoice; label: string }[] = [
  { value: 'waiting', label: 'Not acknowledged' },
  { value: 'open', label: 'Going on' },
  { value: 'all', label: 'All' },
];
const shownMax = 200;

export function AlertCentre() {
  const { alerts, workspace } = useDesk();
  const [choice, setChoice] = useState<AlertChoice>('waiting');
  const all = useCell(alerts.list);
  const problem = useCell(alerts.problem);
  const sounds = useCell(workspace.alertSound);
  useEffect(() => void alerts.refresh(), [alerts]);
  const shown = chosenAlerts(all ?? [], choice);
  const ids = shown.slice(0, shownMax).map(({ id }) => id);
  const box = useRef<HTMLElement>(null);
  const held = useRef<{ readonly id: string; readonly ids: readonly string[] } | null>(null);
  // What is acknowledged leaves the list with the button that was pressed. The entry takes the focus, not its
  // button: a key that is still held must answer nothing else.
  useKeptFocus(box, () => {
    const next = held.current === null ? null : nextInFocus(held.current.ids, held.current.id, ids);
    return next === null ? null : box.current?.querySelector<HTMLElement>(`[data-alert="${next}"]`);
  });
  const empty = all === null ? 'Reading the alerts …' : 'No alerts';
  return (
    <section
      ref={box}
      tabIndex={-1}
      className="panel alerts"
      aria-label="Alerts"
      data-testid="alerts"
      data-rows={shown.length}
    >
      <div className="panel-head alerts-bar">
        <h2 className="panel-title">Alerts</h2>
        <Segmented
          size="small"
          value={choice}
          options={choices}
          onChange={setChoice}
          aria-label="Which alerts"
          data-testid="alerts-choice"
        />
        <span className="spacer" />
        <label className="alerts-sound">
          <BellOutlined aria-hidden /> Sound{' '}
          <Switch
            size="small"
            checked={sounds}
            onChange={(on) => workspace.setAlertSound(on)}
            aria-label="Sound for critical alerts"
            data-testid="alerts-sound"
          />
        </label>
      </div>
      {problem !== '' && <p className="alerts-problem">{problem}</p>}
      {shown.length === 0 ? (
        <p className="empty">{empty}</p>
      ) : (
        <ol className="alerts-list">
          {shown.slice(0, shownMax).map((alert) => (
            <Alert key={alert.id} alert={alert} onFocus={() => (held.current = { id: alert.id, ids })} />
          ))}
        </ol>
      )}
      {shown.length > shownMax && (
        <p className="soft alerts-more">
          {shownMax} of {shown.length}
        </p>
      )}
    </section>
  );
}

interface AlertProps {
  readonly alert: AlertView;
  readonly onFocus: () => void;
}

function Alert({ alert, onFocus }: AlertProps) {
  const { severity, kind, about, text, endedAt, openedAt, count, children } = alert;
  const lastMs = endedAt === null ? Date.now() : Date.parse(endedAt);
  const isGoingOn = endedAt === null;
  return (
    <li
      className="alert"
      tabIndex={-1}
      onFocus={onFocus}
      data-alert={alert.id}
      data-testid={`alert-${about}`}
      data-severity={severity}
      data-open={isGoingOn}
      data-acknowledged={alert.acknowledged !== null}
    >
      <div className="alert-head">
        <span className="chip" data-tone={severity === 'critical' ? 'bad' : 'warn'}>
          {severity === 'critical' ? 'Critical' : 'Warning'}
        </span>
        <b>{about}</b>
        <span>{eventWord({ kind })}</span>
        <span className="soft">
          <Moment at={openedAt} /> · {isGoingOn ? 'going on for ' : ''}
          {durationText(lastMs - Date.parse(openedAt))}
          {alert.firm === undefined ? '' : ` · ${alert.firm}`}
        </span>
      </div>
      <p className="alert-text">{text}</p>
      <Done alert={alert} />
      <div className="alert-foot">
        {count > 1 && (
          <details>
            <summary data-testid={`alert-${about}-events`}>{count} events</summary>
            <ol>
              {children.map((child) => (
                <li key={child.id}>
                  <Moment at={child.at} /> {eventWord(child)}, {child.subject}: {child.text}
                </li>
              ))}
            </ol>
          </details>
        )}
        <Answers alert={alert} />
      </div>
    </li>
  );
}

/** Who did what: only where somebody did. */
function Done({ alert: { acknowledged, assigned, muted } }: { readonly alert: AlertView }) {
  if (acknowledged === null && assigned === null && muted === null) return null;
  return (
    <p className="alert-done soft">
      {acknowledged !== null && (
        <span>
          Acknowledged by {acknowledged.by}, <Moment at={acknowledged.at} />
        </span>
      )}
      {assigned !== null && (
        <span>
          Assigned to {assigned.user} by {assigned.by}, <Moment at={assigned.at} />
        </span>
      )}
      {muted !== null && isMuted({ muted }, Date.now()) && (
        <span>
          Muted by {muted.by} until <Moment at={muted.until} />
        </span>
      )}
    </p>
  );
}

function Answers({ alert }: { readonly alert: AlertView }) {
  const { api, alerts, me, notices } = useDesk();
  const [isSending, setIsSending] = useState(false);
  if (!me.permissions.includes('answerAlerts')) return null;
  const send = async (request: AlertMarkRequest): Promise<void> => {
    setIsSending(true);
    try {
      await api.markAlert(alert.id, request);
      await alerts.refresh();
    } catch (error) {
      notices.tell('bad', `Alert about ${alert.about}: ${problemText(error)}`);
    }
    setIsSending(false);
  };
  const muted = isMuted(alert, Date.now());
  const button = (name: string, text: string, request: AlertMarkRequest) => (
    <Button
      size="small"
      disabled={isSending}
      data-testid={`alert-${alert.about}-${name}`}
      aria-label={`${text}: ${alert.about}`}
      onClick={() => void send(request)}
    >
      {text}
    </Button>
  );
  return (
    <span className="row-actions">
      {alert.acknowledged === null && button('acknowledge', 'Acknowledge', { action: 'acknowledge' })}
      {alert.assigned?.user !== me.user && button('assign', 'Take it', { action: 'assign', user: me.user })}
      {muted
        ? button('mute', 'Unmute', { action: 'mute', minutes: 0 })
        : button('mute', 'Mute for an hour', { action: 'mute', minutes: 60 })}
    </span>
  );
}
