/**
 * The tile's last line: its state in a word and what there is to say about it. Always there, so nothing
 * moves.
 */
import { CloseOutlined } from '@ant-design/icons';
import { shownState, type Tile, type TileState } from './tile.state.ts';

const words: Readonly<Record<TileState, string>> = {
  ready: 'READY',
  stale: 'STALE',
  disconnected: 'OFFLINE',
  sending: 'SENDING',
  tooLong: 'SLOW',
  timeout: 'NO ANSWER',
  unknown: 'UNKNOWN',
  filled: 'FILLED',
  partiallyFilled: 'PARTIAL',
  rejected: 'REJECTED',
};

const explained: Readonly<Partial<Record<TileState, string>>> = {
  stale: 'No fresh quote, dealing refused',
  disconnected: 'Not connected, last price shown',
  timeout: 'Outcome unknown, check the blotter',
};

export interface TileStatusProps {
  readonly instrument: string;
  readonly tile: Tile;
  readonly onDismiss: () => void;
}

export function TileStatus({ instrument, tile, onDismiss }: TileStatusProps) {
  const state = shownState(tile);
  const text = explained[state] ?? said(tile);
  const dismissable = tile.order !== 'idle' && tile.order !== 'sending' && tile.order !== 'tooLong';
  return (
    <div
      className="tile-state"
      data-state={state}
      data-code={tile.code}
      role="status"
      aria-live="polite"
      data-testid={`tile-${instrument}-state`}
    >
      <span className="pulse" />
      <strong>{words[state]}</strong>
      <span className="clip" title={text}>
        {text}
      </span>
      {dismissable && (
        <button
          type="button"
          aria-label="Dismiss"
          onClick={onDismiss}
          data-testid={`tile-${instrument}-dismiss`}
        >
          <CloseOutlined />
        </button>
      )}
    </div>
  );
}

/** A refusal's code comes first; of a fill the figures do. */
function said({ order, code, text }: Tile): string {
  const parts = order === 'partiallyFilled' ? [text, code] : [code, text];
  return parts.filter((part) => part !== '').join(' · ');
}
