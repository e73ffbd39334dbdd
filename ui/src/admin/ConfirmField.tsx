/** A field that a dialog of the kill switch cannot do without: the reason, or the word. */
import { Form, Input } from 'antd';

interface ConfirmFieldProps {
  readonly label: string;
  readonly name: string;
  readonly value: string;
  readonly onChange: (typed: string) => void;
  readonly lengthMax: number;
  readonly onEnter: () => void;
  readonly isFirst?: boolean;
}

export function ConfirmField({
  label,
  name,
  value,
  onChange,
  lengthMax,
  onEnter,
  isFirst,
}: ConfirmFieldProps) {
  return (
    <Form.Item label={label} required style={{ margin: '14px 0 0' }}>
      <Input
        value={value}
        maxLength={lengthMax}
        onChange={(event) => onChange(event.target.value)}
        autoFocus={isFirst === true}
        data-testid={name}
        onPressEnter={onEnter}
        aria-label={label}
        autoComplete="off"
      />
    </Form.Item>
  );
}
