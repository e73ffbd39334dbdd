/**
 * The messages of a session, decoded with its own dictionary: filtered, older ones by the page, and as a
 * file. Secrets are masked where they come from.
 */
import { DownloadOutlined, ReloadOutlined } from '@ant-design/icons';
import { Button, Input, Segmented } from 'antd';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { problemText } from '../api/problems.ts';
import { useDesk } from '../desk.ts';
import { saveFile } from '../grid/csv.ts';
import { fileName } from '../grid/file.name.ts';
import { Moment } from '../time/Moment.tsx';
import { fieldTime, momentOf } from '../time/time.text.ts';
import { useZone } from '../time/zone.ts';
import {
  filtered,
  filterWordsOf,
  messagesCsv,
  messagesRaw,
  noMessageFilter,
  readMessages,
  type MessageFilter,
  type ReadMessage,
} from './message.list.ts';

interface Reading {
  /** Newest first; null: not read yet. */
  readonly messages: readonly ReadMessage[] | null;
  readonly hasOlder: boolean;
  readonly problem: string;
  readonly isReading: boolean;
}

const notRead: Reading = { messages: null, hasOlder: false, problem: '', isReading: true };

function useMessages(id: string) {
  const { api } = useDesk();
  const [reading, setReading] = useState<Reading>(notRead);
  const read = useCallback(
    async (before?: string): Promise<void> => {
      setReading((held) => ({ ...held, isReading: true, problem: '' }));
      try {
        const answer = await api.sessionMessages(id, before);
        const messages = readMessages(answer);
        setReading((held) => ({
          messages: before === undefined ? messages : [...(held.messages ?? []), ...messages],
          hasOlder: answer.hasOlder,
          problem: '',
          isReading: false,
        }));
      } catch (error) {
        setReading((held) => ({
          ...held,
          messages: held.messages ?? [],
          problem: problemText(error),
          isReading: false,
        }));
      }
    },
    [api, id],
  );
  useEffect(() => void read(), [read]);
  return { ...reading, read };
}

export function SessionMessages({ id }: { readonly id: string }) {
  const { messages, hasOlder, problem, isReading, read } = useMessages(id);
  const [filter, setFilter] = useState(noMessageFilter);
  const shown = useMemo(() => filtered(messages ?? [], filter), [messages, filter]);
  const all = messages ?? [];
  const empty = messages === null ? 'Waiting for messages …' : all.length === 0 ? 'No messages yet' : 'None';
  const oldest = all.at(-1)?.id;
  return (
    <section aria-label="Messages" data-testid="session-messages" data-rows={shown.length}>
      <div className="blotter-bar">
        <span className="blotter-count" data-testid="session-messages-count">
          {shown.length === all.length ? `${all.length}` : `${shown.length} of ${all.length}`} messages,
          newest first; passwords are masked
        </span>
        <span className="spacer" />
        <Files id={id} shown={shown} filter={filter} />
        <Button size="small" icon={<ReloadOutlined />} loading={isReading} onClick={() => void read()}>
          Again
        </Button>
      </div>
      <Filters messages={all} filter={filter} onFilter={setFilter} />
      {problem !== '' && <p className="warn-text">{problem}</p>}
      {shown.length === 0 ? (
        <div className="empty">{empty}</div>
      ) : (
        <ol className="fix-messages">
          {shown.map((message) => (
            <Message key={message.id} message={message} />
          ))}
        </ol>
      )}
      {all.length > 0 && (
        <Button
          size="small"
          disabled={!hasOlder || isReading}
          data-testid="session-messages-older"
          onClick={() => void read(oldest)}
        >
          {hasOlder ? 'Older' : 'No older ones are kept here'}
        </Button>
      )}
    </section>
  );
}

interface FiltersProps {
  readonly messages: readonly ReadMessage[];
  readonly filter: MessageFilter;
  readonly onFilter: (filter: MessageFilter) => void;
}

const directions = [
  { value: 'all' as const, label: 'Both ways' },
  { value: 'in' as const, label: 'In' },
  { value: 'out' as const, label: 'Out' },
];

function Filters({ messages, filter, onFilter }: FiltersProps) {
  const zone = useZone();
  const types = useMemo(() => [...new Set(messages.map(({ type }) => type))].toSorted(), [messages]);
  const bound = (name: 'from' | 'to', label: string) => (
    <Input
      size="small"
      type="datetime-local"
      step="0.001"
      className="message-time"
      aria-label={label}
      data-testid={`session-messages-${name}`}
      defaultValue={filter[name] === '' ? '' : fieldTime(filter[name], zone)}
      onChange={(event) => onFilter({ ...filter, [name]: momentOf(event.target.value, zone) ?? '' })}
    />
  );
  return (
    <div className="blotter-bar" role="group" aria-label="Which messages">
      <Segmented
        size="small"
        aria-label="Direction"
        value={filter.direction}
        options={directions}
        onChange={(direction) => onFilter({ ...filter, direction })}
      />
      <select
        className="message-type"
        aria-label="Kind of message"
        data-testid="session-messages-type"
        value={filter.type}
        onChange={(event) => onFilter({ ...filter, type: event.target.value })}
      >
        <option value="">All kinds</option>
        {types.map((type) => (
          <option key={type} value={type}>
            {type}
          </option>
        ))}
      </select>
      <Input
        size="small"
        type="search"
        className="message-text"
        placeholder="Find"
        aria-label="Find in messages"
        data-testid="session-messages-text"
        value={filter.text}
        onChange={(event) => onFilter({ ...filter, text: event.target.value })}
      />
      {bound('from', 'From')}
      {bound('to', 'To')}
    </div>
  );
}

interface FilesProps {
  readonly id: string;
  readonly shown: readonly ReadMessage[];
  readonly filter: MessageFilter;
}

/** What is shown, oldest first. */
function Files({ id, shown, filter }: FilesProps) {
  const { me } = useDesk();
  const save = (extension: 'csv' | 'txt', text: string): void => {
    const filters = filterWordsOf(filter);
    const subject = { firm: me.firm, user: me.user, grid: `messages ${id}`, filters, atMs: Date.now() };
    saveFile(fileName(subject, extension), text, extension === 'csv' ? 'text/csv' : 'text/plain');
  };
  return (
    <>
      <Button
        size="small"
        icon={<DownloadOutlined />}
        disabled={shown.length === 0}
        data-testid="session-messages-csv"
        onClick={() => save('csv', messagesCsv(shown))}
      >
        CSV
      </Button>
      <Button
        size="small"
        icon={<DownloadOutlined />}
        disabled={shown.length === 0}
        data-testid="session-messages-raw"
        onClick={() => save('txt', messagesRaw(shown))}
      >
        Raw
      </Button>
    </>
  );
}

function Message({ message }: { readonly message: ReadMessage }) {
  const { at, direction, fields, isCut, sequence, text, type } = message;
  return (
    <li>
      <details>
        <summary>
          <Moment at={at} />
          <span className="chip" data-tone={direction === 'in' ? 'none' : 'good'}>
            {direction === 'in' ? 'In' : 'Out'}
          </span>
          <span className="numeric">{sequence}</span>
          <b>{type}</b>
          {isCut && <span className="warn-text">not whole</span>}
        </summary>
        <table className="message-fields">
          <thead>
            <tr>
              <th scope="col">Tag</th>
              <th scope="col">Field</th>
              <th scope="col">Value</th>
              <th scope="col">Meaning</th>
            </tr>
          </thead>
          <tbody>
            {fields.map((field, index) => (
              <tr key={`${index} ${field.tag}`}>
                <td>{field.tag}</td>
                <td>{field.name}</td>
                <td>
                  <code>{field.value}</code>
                </td>
                <td className="soft">{field.word}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
      <code>
        {text}
        {isCut && '…'}
      </code>
    </li>
  );
}
