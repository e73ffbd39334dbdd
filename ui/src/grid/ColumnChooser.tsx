/** Which columns, in which order, and by what rows are put together. All of it by keys as well. */
import { ArrowDownOutlined, ArrowUpOutlined, SettingOutlined } from '@ant-design/icons';
import { Button, Checkbox, Popover, Select } from 'antd';
import { useState } from 'react';
import type { GridState } from './grid.state.ts';
import { isShown, orderedColumns } from './layout.ts';

export function ColumnChooser<T>({ grid }: { readonly grid: GridState<T> }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Popover
      open={isOpen}
      trigger="click"
      placement="bottomRight"
      arrow={false}
      onOpenChange={setOpen}
      destroyOnHidden
      content={<Choices grid={grid} onDone={() => setOpen(false)} />}
    >
      <Button
        size="small"
        icon={<SettingOutlined />}
        className="wide-only"
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        data-testid={`${grid.name}-columns`}
        title="Choose columns and groups"
      >
        Columns
      </Button>
    </Popover>
  );
}

function Choices<T>({ grid, onDone }: { readonly grid: GridState<T>; readonly onDone: () => void }) {
  const { layout, allColumns } = grid;
  const columns = orderedColumns(allColumns, layout).filter(({ fixed }) => fixed !== true);
  const groups = allColumns.filter((column) => column.groups === true);
  return (
    <div
      role="dialog"
      aria-label="Columns"
      className="grid-columns"
      data-testid="grid-columns"
      onKeyDown={(event) => {
        if (event.key === 'Escape') onDone();
      }}
    >
      {groups.length > 0 && (
        <Select
          size="small"
          value={layout.group ?? ''}
          options={[
            { value: '', label: 'No groups' },
            ...groups.map(({ key, title }) => ({ value: key, label: `By ${title.toLowerCase()}` })),
          ]}
          aria-label="Group rows"
          data-testid={`${grid.name}-group`}
          onChange={(key: string) => grid.group(key === '' ? null : key)}
        />
      )}
      <ul>
        {columns.map((column, at) => {
          const { key } = column;
          const title = column.title === '' ? key : column.title;
          const above = columns[at - 1]?.key;
          const below = columns[at + 1]?.key;
          return (
            <li key={key}>
              <Checkbox
                autoFocus={at === 0}
                checked={isShown(column, layout)}
                data-testid={`grid-column-${key}`}
                onChange={(event) => grid.show(key, event.target.checked)}
              >
                {title}
              </Checkbox>
              <Button
                size="small"
                type="text"
                disabled={above === undefined}
                icon={<ArrowUpOutlined />}
                aria-label={`${title} further left`}
                onClick={() => above !== undefined && grid.move(key, above)}
              />
              <Button
                size="small"
                type="text"
                disabled={below === undefined}
                icon={<ArrowDownOutlined />}
                aria-label={`${title} further right`}
                onClick={() => below !== undefined && grid.move(key, below)}
              />
            </li>
          );
        })}
      </ul>
      <Button size="small" block data-testid="grid-columns-reset" onClick={grid.resetLayout}>
        As delivered
      </Button>
    </div>
  );
}
