/** FIX messages of an order, decoded; read when somebody asks for them. */
import { Button } from 'antd';
import { useState } from 'react';
import type { OrderMessage } from '@tidegate/wire/order.history';
import { rawFields } from '@tidegate/wire/raw.message';
import { problemText } from '../api/problems.ts';
import { fieldName, valueWord } from '../cases/fix.words.ts';
import { useDesk } from '../desk.ts';
import { Moment } from '../time/Moment.tsx';

export function OrderMessages({ orderId }: { readonly orderId: string }) {
  const { api } = useDesk();
  const [messages, setMessages] = useState<readonly OrderMessage[] | null>(null);
  const [problem, setProblem] = useState('');
  const [isReading, setReading] = useState(false);
  const read = async (): Promise<void> => {
    setReading(true);
    setProblem('');
    try {
      setMessages(await api.orderMessages(orderId));
    } catch (error) {
      setProblem(problemText(error));
    }
    setReading(false);
  };
  return (
    <section aria-label="FIX messages">
      <div className="card-head">
        <h2>FIX messages</h2>
        <Button
          size="small"
          loading={isReading}
          data-testid="order-messages-read"
          onClick={() => void read()}
        >
          {messages === null ? 'Read' : 'Read again'}
        </Button>
      </div>
      {problem !== '' && <p className="warn-text">{problem}</p>}
      {messages !== null && messages.length === 0 && (
        <p className="soft">The sessions of this order no longer have messages of it.</p>
      )}
      <div data-testid="order-messages">
        {messages?.map((message, at) => (
          <MessageLine key={`${message.at} ${at}`} message={message} />
        ))}
      </div>
    </section>
  );
}

function MessageLine({ message }: { readonly message: OrderMessage }) {
  const fields = rawFields(message.text);
  const type = fields.find(({ tag }) => tag === 35)?.value ?? '';
  return (
    <details className="order-message">
      <summary>
        <Moment at={message.at} /> {message.direction === 'in' ? 'from' : 'to'} {message.session}{' '}
        <b>{valueWord(35, type) === '' ? type : valueWord(35, type)}</b>
        {message.isCut && <span className="warn-text"> not whole</span>}
      </summary>
      <table className="case-table">
        <thead>
          <tr>
            <th scope="col">Tag</th>
            <th scope="col">Field</th>
            <th scope="col">Value</th>
          </tr>
        </thead>
        <tbody>
          {fields.map(({ tag, value }, at) => (
            <tr key={`${at} ${tag}`}>
              <td>{tag}</td>
              <td>{fieldName(tag)}</td>
              <td>
                <code>{value}</code> <span className="soft">{valueWord(tag, value)}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <code className="order-raw">{message.text}</code>
    </details>
  );
}
