/**
 * The tile's last line: its state in a word and what there is to say about it. Always there, so nothing
 * moves.
 */
import { CloseOutlined } from '@ant-design/icons';
import { useTimeText } from '../time/zone.ts';
import { shownState, type Tile, type TileState } from './tile.state.ts';

const words: Readonly<Record<TileState, string>> = {
  ready: 'READY',
  reduceOnly: 'REDUCE ONLY',
  halted: 'HALTED',
  outOfHours: 'OUT OF HOURS',
  crossed: 'CROSSED',
  thin: 'THIN',
  stale: 'STALE',
  disconnected: 'OFFLINE',
  sending: 'SENDING',
  tooLong: 'SLOW',
  timeout: 'NO ANSWER',
  unknown: 'UNKNOWN',
  filled: 'FILLED',
  partiallyFilled: 'PART FILLED',
  rejected: 'REJECTED',
};

const explained: Readonly<Partial<Record<TileState, string>>> = {
  reduceOnly: 'Only what reduces the position is dealt',
  halted: 'Trading is halted; cancels pass',
  outOfHours: 'It does not trade at this hour',
  crossed: 'Providers contradict each other, dealing refused',
  thin: 'The book does not hold this size',
  stale: 'No fresh quote, dealing refused',
  disconnected: 'Not connected',
  timeout: 'Outcome not known, asked for until it is',
};

export interface TileStatusProps {
  readonly instrument: string;
  readonly tile: Tile;
  readonly onDismiss: () => void;
}

export function TileStatus({ instrument, tile, onDismiss }: TileStatusProps) {
  const timeText = useTimeText();
  const state = shownState(tile);
  const asOf =
    state === 'disconnected' && tile.market.asOfMs > 0
      ? `, as of ${timeText(new Date(tile.market.asOfMs).toISOString())}`
      : '';
  const text = explained[state] === undefined ? said(tile) : `${explained[state]}${asOf}`;
  const dismissable = tile.order !== 'idle' && tile.order !== 'sending' && tile.order !== 'tooLong';
  return (
    <div
      className="tile-state"
      data-state={state}
      data-code={tile.code}
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
