/** Rows as cards, for narrow pages. The first hundred; more on request, so that a long list costs nothing. */
import { Button } from 'antd';
import { useState, type ReactNode } from 'react';
import './grid.css';

const STEP = 60;

export interface GridCardsProps<T> {
  /** What a reader calls the list. */
  readonly title: string;
  readonly rows: readonly T[];
  readonly rowKey: (row: T) => string;
  readonly card: (row: T) => ReactNode;
  readonly empty: string;
}

export function GridCards<T>({ title, rows, rowKey, card, empty }: GridCardsProps<T>) {
  const [shown, setShown] = useState(STEP);
  if (rows.length === 0) return <div className="empty">{empty}</div>;
  return (
    // It scrolls, so the keys reach it.
    <div className="cards" role="region" aria-label={title} tabIndex={0}>
      {rows.slice(0, shown).map((row) => (
        <article key={rowKey(row)} className="card">
          {card(row)}
        </article>
      ))}
      {rows.length > shown && (
        <Button block onClick={() => setShown(shown + STEP)}>
          Show more ({rows.length - shown})
        </Button>
      )}
    </div>
  );
}

export interface CardLineProps {
  readonly label: string;
  readonly children: ReactNode;
}

export function CardLine({ label, children }: CardLineProps) {
  return (
    <div className="card-line">
      <span>{label}</span>
      <span>{children}</span>
    </div>
  );
}
