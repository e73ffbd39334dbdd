/** A watch list: its instruments as tiles or as dense lines, and what belongs to it. */
import { SettingOutlined } from '@ant-design/icons';
import { Modal } from 'antd';
import { useState } from 'react';
import type { WorkspacePanel } from '@tidegate/wire/workspaces';
import { useDesk } from '../desk.ts';
import { PriceList } from './PriceList.tsx';
import { Tile } from './Tile.tsx';

export type Watch = Extract<WorkspacePanel, { kind: 'prices' }>;

export function PricesPanel({ panel }: { readonly panel: Watch }) {
  const desk = useDesk();
  const chosen = panel.instruments === null ? null : new Set(panel.instruments);
  const instruments = desk.instruments.filter(({ id }) => chosen === null || chosen.has(id));
  return (
    <div className="prices-panel" data-testid={`watch-${panel.id}`}>
      {instruments.length === 0 && <div className="empty">No instrument is on this list</div>}
      {panel.view === 'list' ? (
        <PriceList instruments={instruments} />
      ) : (
        <div className="tiles" data-testid="tiles">
          {instruments.map((instrument) => {
            const model = desk.tile(instrument.id);
            return model === undefined ? null : <Tile key={instrument.id} model={model} />;
          })}
        </div>
      )}
    </div>
  );
}

export interface WatchToolsProps {
  readonly panel: Watch;
  readonly onChange: (next: Watch) => void;
}

/** In the head of the panel: how it shows, and what is on it. */
export function WatchTools({ panel, onChange }: WatchToolsProps) {
  const [isEdited, setEdited] = useState(false);
  return (
    <span className="watch-tools">
      <select
        aria-label={`View of ${panel.title}`}
        data-testid={`watch-${panel.id}-view`}
        value={panel.view}
        onChange={(event) => onChange({ ...panel, view: event.target.value === 'list' ? 'list' : 'tiles' })}
      >
        <option value="tiles">Tiles</option>
        <option value="list">List</option>
      </select>
      <button
        type="button"
        className="dock-menu"
        aria-label={`Instruments of ${panel.title}`}
        data-testid={`watch-${panel.id}-edit`}
        onClick={() => setEdited(true)}
      >
        <SettingOutlined />
      </button>
      <Modal
        open={isEdited}
        title={`Watch list ${panel.title}`}
        width={520}
        footer={null}
        destroyOnHidden
        onCancel={() => setEdited(false)}
      >
        <WatchEdit panel={panel} onChange={onChange} />
      </Modal>
    </span>
  );
}

function WatchEdit({ panel, onChange }: WatchToolsProps) {
  const { instruments } = useDesk();
  const all = instruments.map(({ id }) => id);
  const chosen = new Set(panel.instruments ?? all);
  const toggle = (id: string, isOn: boolean): void => {
    const next = all.filter((each) => (each === id ? isOn : chosen.has(each)));
    onChange({ ...panel, instruments: next.length === all.length ? null : next });
  };
  return (
    <div className="watch-edit" role="group" aria-label={`Instruments of ${panel.title}`}>
      <label className="watch-name">
        Name{' '}
        <input
          defaultValue={panel.title}
          maxLength={32}
          data-testid={`watch-${panel.id}-title`}
          onBlur={(event) => {
            const title = event.target.value.trim();
            if (title !== '' && title !== panel.title) onChange({ ...panel, title });
          }}
        />
      </label>
      {instruments.map(({ id, symbol }) => (
        <label key={id}>
          <input
            type="checkbox"
            checked={chosen.has(id)}
            data-testid={`watch-${panel.id}-${id}`}
            onChange={(event) => toggle(id, event.target.checked)}
          />
          {symbol}
        </label>
      ))}
    </div>
  );
}
