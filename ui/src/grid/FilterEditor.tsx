/** The filter of one column, by its kind: words, a choice of values, numbers or times from and to. */
import { Button, Checkbox, Input } from 'antd';
import { useState } from 'react';
import { fieldTime, momentOf } from '../time/time.text.ts';
import { zoneWord } from '../time/zone.word.ts';
import { decimalValue, type Column } from './columns.ts';
import { noFilter, valuesOf, type Filter } from './filters.ts';

export interface FilterEditorProps<T> {
  readonly column: Column<T>;
  readonly filter: Filter | undefined;
  readonly rows: readonly T[];
  readonly zone: string;
  readonly onFilter: (filter: Filter) => void;
  readonly onDone: () => void;
}

export function FilterEditor<T>(props: FilterEditorProps<T>) {
  const { column, onFilter, onDone } = props;
  return (
    <form
      className="grid-filter"
      aria-label={`Filter ${column.title}`}
      data-testid="grid-filter"
      onSubmit={(event) => {
        event.preventDefault();
        onDone();
      }}
    >
      <Fields {...props} />
      <div className="grid-filter-end">
        <Button
          size="small"
          data-testid="grid-filter-clear"
          onClick={() => {
            onFilter(noFilter[column.kind]);
            onDone();
          }}
        >
          Clear
        </Button>
        <Button size="small" type="primary" htmlType="submit" data-testid="grid-filter-done">
          Done
        </Button>
      </div>
    </form>
  );
}

function Fields<T>(props: FilterEditorProps<T>) {
  const { column, onFilter } = props;
  const filter = props.filter ?? noFilter[column.kind];
  switch (filter.kind) {
    case 'text':
      return (
        <Input
          size="small"
          autoFocus
          type="search"
          value={filter.text}
          aria-label={`${column.title} contains`}
          data-testid="grid-filter-text"
          onChange={(event) => onFilter({ kind: 'text', text: event.target.value })}
        />
      );
    case 'set':
      return <Values {...props} chosen={filter.values} />;
    case 'number':
      return (
        <>
          {(['from', 'to'] as const).map((end, at) => (
            <NumberField
              key={end}
              label={`${column.title} ${end}`}
              testId={`grid-filter-${end}`}
              isFirst={at === 0}
              value={filter[end]}
              onValue={(value) => onFilter({ ...filter, [end]: value })}
            />
          ))}
        </>
      );
    case 'time':
      return (
        <>
          {(['from', 'to'] as const).map((end, at) => (
            <TimeField
              key={end}
              label={`${column.title} ${end}, ${zoneWord(props.zone)}`}
              testId={`grid-filter-${end}`}
              isFirst={at === 0}
              zone={props.zone}
              value={filter[end]}
              onValue={(value) => onFilter({ ...filter, [end]: value })}
            />
          ))}
        </>
      );
  }
}

function Values<T>({
  column,
  rows,
  zone,
  chosen,
  onFilter,
}: FilterEditorProps<T> & { readonly chosen: readonly string[] }) {
  const values = valuesOf(rows, column, zone);
  // A chosen value that no row has now is still a choice.
  const gone = chosen.filter((value) => !values.some((each) => each.value === value));
  const all = [...values, ...gone.map((value) => ({ value, count: 0 }))];
  return (
    <div className="grid-filter-values">
      {all.map(({ value, count }, at) => (
        <Checkbox
          key={value}
          autoFocus={at === 0}
          checked={chosen.includes(value)}
          data-testid={`grid-filter-value-${value}`}
          onChange={(event) => {
            const others = chosen.filter((each) => each !== value);
            onFilter({ kind: 'set', values: event.target.checked ? [...others, value] : others });
          }}
        >
          {value === '' ? 'none' : value} <span className="faint">{count}</span>
        </Checkbox>
      ))}
    </div>
  );
}

interface FieldProps {
  readonly label: string;
  readonly testId: string;
  readonly isFirst: boolean;
  readonly value: string;
  readonly onValue: (value: string) => void;
}

function NumberField({ label, testId, isFirst, value, onValue }: FieldProps) {
  const [typed, setTyped] = useState(value);
  const plain = typed.replaceAll(/[\s,]/g, '');
  const isGood = plain === '' || decimalValue(plain) !== null;
  return (
    <label>
      {label}
      <Input
        size="small"
        inputMode="decimal"
        autoFocus={isFirst}
        value={typed}
        status={isGood ? '' : 'error'}
        aria-invalid={!isGood}
        data-testid={testId}
        onChange={(event) => {
          setTyped(event.target.value);
          const next = event.target.value.replaceAll(/[\s,]/g, '');
          if (next === '' || decimalValue(next) !== null) onValue(next);
        }}
      />
    </label>
  );
}

function TimeField({ label, testId, isFirst, value, onValue, zone }: FieldProps & { readonly zone: string }) {
  return (
    <label>
      {label}
      <Input
        size="small"
        type="datetime-local"
        step="0.001"
        autoFocus={isFirst}
        defaultValue={value === '' ? '' : fieldTime(value, zone)}
        data-testid={testId}
        onChange={(event) => onValue(momentOf(event.target.value, zone) ?? '')}
      />
    </label>
  );
}
