/** The provider's message, field by field, and as it came to be copied. */
import { CopyOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { rawFields } from '@tidegate/wire/raw.message';
import { useDesk } from '../desk.ts';
import { fieldName, valueWord } from './fix.words.ts';

export function RawMessage({ raw }: { readonly raw: string | null }) {
  const { notices } = useDesk();
  if (raw === null || raw === '')
    return (
      <section aria-label="Message">
        <h2>Message</h2>
        <p className="soft">The case comes from no message.</p>
      </section>
    );
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(raw);
      notices.tell('good', 'Message copied');
    } catch {
      notices.tell('bad', 'The browser does not let the message be copied: select its text');
    }
  };
  return (
    <section aria-label="Message">
      <div className="case-head">
        <h2>Message</h2>
        <Button size="small" icon={<CopyOutlined />} data-testid="case-copy" onClick={() => void copy()}>
          Copy
        </Button>
      </div>
      <table className="case-table" data-testid="case-fields">
        <thead>
          <tr>
            <th scope="col">Tag</th>
            <th scope="col">Field</th>
            <th scope="col">Value</th>
          </tr>
        </thead>
        <tbody>
          {rawFields(raw).map(({ tag, value }, index) => (
            <tr key={`${index} ${tag}`}>
              <td>{tag}</td>
              <td>{fieldName(tag)}</td>
              <td className="case-value">
                <code>{value}</code> <span className="soft">{valueWord(tag, value)}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <code className="case-raw" data-testid="case-raw">
        {raw}
      </code>
    </section>
  );
}
