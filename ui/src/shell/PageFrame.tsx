/**
 * What a page has beside what it shows: its title for the window, a first heading for readers, the way past
 * the navigation, and the one voice that tells readers what happened.
 */
import { useEffect } from 'react';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import type { DealingTile } from '../prices/dealing.tile.ts';
import type { TileOrderState } from '../prices/tile.state.ts';
import type { Announcements } from './announcements.ts';
import { focusPage } from './hotkeys.ts';
import { pageTitles } from './workspace.ts';

export function SkipLink() {
  return (
    <a
      className="skip-link"
      href="#main"
      data-testid="skip-link"
      onClick={(event) => {
        // The address names the page; it stays.
        event.preventDefault();
        focusPage();
      }}
    >
      Skip to the page
    </a>
  );
}

export function PageHeading() {
  const { workspace } = useDesk();
  const title = pageTitles[useCell(workspace.page)];
  useEffect(() => {
    const before = document.title;
    document.title = `${title} · Tidegate`;
    return () => {
      document.title = before;
    };
  }, [title]);
  return (
    <h1 className="reader-only" data-testid="page-heading">
      {title}
    </h1>
  );
}

const outcomeWords: Readonly<Partial<Record<TileOrderState, string>>> = {
  timeout: 'no answer',
  unknown: 'outcome unknown',
  filled: 'filled',
  partiallyFilled: 'part filled',
  rejected: 'rejected',
};

function outcomesOf(symbol: string, tile: DealingTile, announcements: Announcements): () => void {
  let told: string = tile.state.read().order;
  return tile.state.watch(() => {
    const { order, text } = tile.state.read();
    if (order === told) return;
    told = order;
    const word = outcomeWords[order];
    if (word !== undefined) announcements.tell(`${symbol} ${word}: ${text}`);
  });
}

/** Outcomes and notices, for readers. What the eye sees elsewhere tells nothing by itself. */
export function Voice() {
  const desk = useDesk();
  const { announcements } = desk;
  useEffect(() => {
    const { notices, phase, instruments } = desk;
    const outcomes = instruments.flatMap(({ id, symbol }) => {
      const tile = desk.tile(id);
      return tile === undefined ? [] : [outcomesOf(symbol, tile, announcements)];
    });
    let wasLive = phase.read() === 'live';
    const undo = [
      ...outcomes,
      notices.shown.watch(() => announcements.tell(notices.shown.read()?.text ?? '')),
      phase.watch(() => {
        const isLive = phase.read() === 'live';
        if (isLive !== wasLive) announcements.tell(isLive ? 'Connected' : 'Not connected');
        wasLive = isLive;
      }),
    ];
    return () => {
      for (const each of undo) each();
    };
  }, [desk, announcements]);
  return (
    <div className="reader-only" aria-live="polite" role="log" aria-label="Outcomes" data-testid="voice">
      {useCell(announcements.text)}
    </div>
  );
}
