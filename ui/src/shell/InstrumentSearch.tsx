/** Ctrl/Cmd+K: find an instrument and put the focus on its tile, or with Shift open its reference data. */
import { InfoCircleOutlined, SearchOutlined } from '@ant-design/icons';
import { Input, Modal } from 'antd';
import { useState, type KeyboardEvent } from 'react';
import type { InstrumentView } from '@tidegate/wire/rest';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { focusTile } from './hotkeys.ts';

export function InstrumentSearch() {
  const { workspace } = useDesk();
  const open = useCell(workspace.dialog) === 'search';
  return (
    <Modal
      open={open}
      onCancel={() => workspace.dialog.set('none')}
      title="Find an instrument"
      footer={null}
      closable={false}
      width={420}
      destroyOnHidden
      style={{ top: 90 }}
      data-testid="search-dialog"
    >
      <Search />
    </Modal>
  );
}

function Search() {
  const { instruments, workspace } = useDesk();
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const found = instruments.filter((instrument) => matches(instrument, typed));
  const choose = (instrument: InstrumentView | undefined): void => {
    if (instrument === undefined) return;
    workspace.dialog.set('none');
    workspace.go('trading');
    workspace.select(instrument.id);
    focusTile(instrument.id);
  };
  const look = (instrument: InstrumentView | undefined): void => {
    if (instrument === undefined) return;
    workspace.dialog.set('none');
    workspace.reference.set(instrument.id);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') {
      // The focus goes back to where it was before the key is done, and would press what is there.
      event.preventDefault();
      (event.shiftKey ? look : choose)(found[at]);
    }
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (by === 0 || found.length === 0) return;
    event.preventDefault();
    setAt((at + by + found.length) % found.length);
  };
  return (
    <>
      <Input
        autoFocus
        size="large"
        variant="filled"
        prefix={<SearchOutlined />}
        placeholder="EURUSD, usd, jpy …"
        value={typed}
        role="combobox"
        aria-expanded="true"
        aria-controls="search-list"
        aria-autocomplete="list"
        aria-activedescendant={found[at] === undefined ? undefined : `search-option-${found[at].id}`}
        aria-label="Find an instrument"
        data-testid="search-input"
        onKeyDown={onKeyDown}
        onChange={(event) => {
          setTyped(event.target.value);
          setAt(0);
        }}
      />
      <div className="search-list" id="search-list" role="listbox" aria-label="Instruments">
        {found.length === 0 && <div className="empty">No instrument like that</div>}
        {found.map((instrument, index) => (
          <SearchRow
            key={instrument.id}
            instrument={instrument}
            isAt={index === at}
            onPoint={() => setAt(index)}
            onChoose={() => choose(instrument)}
            onLook={() => look(instrument)}
          />
        ))}
      </div>
    </>
  );
}

interface SearchRowProps {
  readonly instrument: InstrumentView;
  readonly isAt: boolean;
  readonly onPoint: () => void;
  readonly onChoose: () => void;
  /** Reference data; for those who may read the feed. */
  readonly onLook: () => void;
}

function SearchRow({ instrument, isAt, onPoint, onChoose, onLook }: SearchRowProps) {
  const { indicative } = useDesk();
  const hasFeed = useCell(indicative.isPermitted);
  const { id, symbol, baseCurrency, quoteCurrency } = instrument;
  return (
    <div className="search-row" role="presentation" data-at={isAt}>
      <button
        type="button"
        role="option"
        id={`search-option-${id}`}
        aria-selected={isAt}
        tabIndex={-1}
        data-testid={`search-${id}`}
        onMouseEnter={onPoint}
        onClick={onChoose}
      >
        <b>{symbol}</b>
        <span className="faint">
          {baseCurrency} against {quoteCurrency}
        </span>
      </button>
      {hasFeed && (
        <button
          type="button"
          className="search-reference"
          // For the mouse: keys and readers have Shift Enter in the field.
          aria-hidden
          tabIndex={-1}
          title="Reference data (Shift Enter)"
          data-testid={`search-${id}-reference`}
          onClick={onLook}
        >
          <InfoCircleOutlined />
        </button>
      )}
    </div>
  );
}

/** Letters in order of appearance: `eus` finds EURUSD. */
function matches(instrument: Pick<InstrumentView, 'id' | 'symbol'>, typed: string): boolean {
  const letters = typed.toUpperCase().replace(/[^A-Z0-9]/g, '');
  let from = 0;
  const text = `${instrument.id}${instrument.symbol}`.toUpperCase();
  for (const letter of letters) {
    from = text.indexOf(letter, from) + 1;
    if (from === 0) return false;
  }
  return true;
}
