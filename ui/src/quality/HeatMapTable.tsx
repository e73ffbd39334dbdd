/**
 * The heat map, what holds at its right end: one stop for Tab, arrows within it, Enter for the problem
 * periods of what is under them.
 */
import { useRef, useState, type KeyboardEvent } from 'react';
import { useTimeText } from '../time/zone.ts';
import { heatKey, nowPiece, type HeatMap, type HeatPlace, type HeatRow } from './heat.map.ts';
import { partyWord, stateLetter, stateWord } from './quality.words.ts';

export interface HeatMapTableProps {
  readonly map: HeatMap;
  readonly onChoose: (row: HeatRow) => void;
}

export function HeatMapTable({ map, onChoose }: HeatMapTableProps) {
  const [place, setPlace] = useState<HeatPlace>({ row: 0, piece: nowPiece });
  const table = useRef<HTMLTableElement>(null);
  const onKey = (event: KeyboardEvent): void => {
    const row = map.rows[place.row];
    if (row !== undefined && (event.key === 'Enter' || event.key === ' ')) {
      event.preventDefault();
      onChoose(row);
      return;
    }
    const next = heatKey(event.key, place, map.rows.length);
    if (next === undefined) return;
    event.preventDefault();
    setPlace(next);
    table.current?.querySelector<HTMLElement>(`[data-at="${next.row} ${next.piece}"]`)?.focus();
  };
  return (
    <div className="heat-frame">
      <table className="heat" ref={table} role="grid" aria-label="States of data" onKeyDown={onKey}>
        <tbody>
          {map.rows.map((row, index) => (
            <HeatLine
              key={`${row.source} ${row.instrument}`}
              map={map}
              row={row}
              index={index}
              focused={Math.min(place.row, map.rows.length - 1) === index ? place.piece : undefined}
              onFocus={(piece) => setPlace({ row: index, piece })}
              onChoose={() => onChoose(row)}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface HeatLineProps {
  readonly map: HeatMap;
  readonly row: HeatRow;
  readonly index: number;
  /** The piece that Tab stops at; undefined: it stops in another row. */
  readonly focused: number | undefined;
  readonly onFocus: (piece: number) => void;
  readonly onChoose: () => void;
}

function HeatLine({ map, row, index, focused, onFocus, onChoose }: HeatLineProps) {
  const timeOf = useTimeText();
  const party = partyWord(row.source, row.instrument);
  return (
    <tr data-testid={`heat-${row.source}-${row.instrument}`}>
      <th scope="row">{party}</th>
      {[...row.cells, row.now].map((state, piece) => {
        const at = map.fromMs + piece * map.pieceMs;
        const word = state === undefined ? 'nothing recorded' : stateWord[state];
        const when = piece === nowPiece ? 'now' : timeOf(new Date(at).toISOString());
        const text = `${party}, ${when}: ${word}`;
        return (
          <td
            key={piece === nowPiece ? 'now' : at}
            className={piece === nowPiece ? 'now' : undefined}
            role="gridcell"
            tabIndex={focused === piece ? 0 : -1}
            data-at={`${index} ${piece}`}
            data-state={state ?? 'NONE'}
            aria-label={text}
            title={text}
            onFocus={() => onFocus(piece)}
            onClick={onChoose}
          >
            {state === undefined ? '' : stateLetter[state]}
          </td>
        );
      })}
    </tr>
  );
}
