/** Over a grid: find, filters that are set, how many rows, columns, CSV and print. */
import { CloseOutlined, DownloadOutlined, PrinterOutlined, SearchOutlined } from '@ant-design/icons';
import { Button, Input } from 'antd';
import type { ReactNode } from 'react';
import { useDesk } from '../desk.ts';
import { timeText } from '../time/time.text.ts';
import { UTC } from '../time/zone.word.ts';
import { ColumnChooser } from './ColumnChooser.tsx';
import { countText, loadedWords } from './count.ts';
import { csvOf, saveFile } from './csv.ts';
import { fileName } from './file.name.ts';
import { filterWords, noFilter } from './filters.ts';
import type { More } from './Grid.tsx';
import type { GridState } from './grid.state.ts';
import { printRows } from './print.ts';

export interface GridBarProps<T> {
  readonly grid: GridState<T>;
  readonly title: string;
  readonly more: More | undefined;
  readonly given: readonly string[];
  readonly choices: ReactNode;
  readonly actions: ReactNode;
}

export function GridBar<T>({ grid, title, more, given, choices, actions }: GridBarProps<T>) {
  const { name } = grid;
  return (
    <div className="blotter-bar">
      {choices}
      <Input
        size="small"
        type="search"
        prefix={<SearchOutlined />}
        placeholder="Find"
        value={grid.find}
        aria-label={`Find in ${title.toLowerCase()}`}
        data-testid={`${name}-filter-text`}
        onChange={(event) => grid.setFind(event.target.value)}
      />
      <SetFilters grid={grid} />
      <span className="blotter-count" data-testid={`${name}-count`}>
        {countText(grid.rows.length, grid.all.length, more?.total ?? null)}
      </span>
      <span className="spacer" />
      {more !== undefined && (
        <Button
          size="small"
          type="text"
          disabled={!more.hasMore}
          loading={more.isReading}
          danger={more.problem !== ''}
          title={more.problem === '' ? 'Read older rows' : `Not read: ${more.problem}`}
          data-testid={`${name}-older`}
          onClick={() => more.read()}
        >
          {more.hasMore ? 'Older' : 'All loaded'}
        </Button>
      )}
      <ColumnChooser grid={grid} />
      <FileButtons grid={grid} title={title} more={more} given={given} />
      {actions}
    </div>
  );
}

/** What the rows are a part of: what the page gives, is looked for or filtered, and what is not here yet. */
export const viewWords = <T,>(
  grid: GridState<T>,
  more: More | undefined,
  given: readonly string[],
): readonly string[] => [
  ...given,
  ...(grid.find.trim() === '' ? [] : [`with ${grid.find.trim()}`]),
  ...filterWords(grid.allColumns, grid.filters),
  ...loadedWords(grid.all.length, more),
];

/** CSV and print have what the view has, and say whose it is. */
function FileButtons<T>({
  grid,
  title,
  more,
  given,
}: Pick<GridBarProps<T>, 'grid' | 'title' | 'more' | 'given'>) {
  const { me } = useDesk();
  const { name } = grid;
  const words = viewWords(grid, more, given);
  const save = (): void => {
    const subject = { firm: me.firm, user: me.user, grid: name, filters: words, atMs: Date.now() };
    saveFile(fileName(subject, 'csv'), csvOf(grid.columns, grid.rows), 'text/csv');
  };
  const print = (): void => {
    const at = timeText(new Date().toISOString(), UTC);
    const note = [`${me.firm}, ${me.user}, ${at} UTC`, `${grid.rows.length} rows`, ...words].join(' · ');
    printRows({ title, note, columns: grid.columns, rows: grid.rows });
  };
  return (
    <>
      <Button
        size="small"
        icon={<DownloadOutlined />}
        onClick={save}
        data-testid={`${name}-export`}
        title="The shown rows as CSV"
      >
        CSV
      </Button>
      <Button
        size="small"
        icon={<PrinterOutlined />}
        onClick={print}
        data-testid={`${name}-print`}
        aria-label="Print"
        title="Print the shown rows"
      />
    </>
  );
}

/** Each filter that is set, with a way out of it. */
function SetFilters<T>({ grid }: Pick<GridBarProps<T>, 'grid'>) {
  return Object.entries(grid.filters).map(([key, filter]) => {
    const words = filterWords(grid.allColumns, { [key]: filter }).join('');
    return (
      <button
        key={key}
        type="button"
        className="chip grid-chip"
        data-tone="info"
        aria-label={`Remove filter ${words}`}
        title={words}
        onClick={() => grid.filter(key, noFilter[filter.kind])}
      >
        <span className="clip">{words}</span>
        <CloseOutlined aria-hidden />
      </button>
    );
  });
}
