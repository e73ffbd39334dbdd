/**
 * The list of cases as the page shows it: pages read by REST, those that wait for an answer first, and read
 * again when the stream signals a change. A table behind the API may lag: it is asked again until it has what
 * was signalled.
 */
import type { CaseListQuery, CaseSignal, CaseView } from '@tidegate/wire/cases';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Api } from '../api/client.ts';
import { problemText } from '../api/problems.ts';
import { useDesk } from '../desk.ts';
import type { LiveRows } from '../stream/rows.ts';

export interface CaseFilter {
  readonly state: 'all' | NonNullable<CaseListQuery['state']>;
  readonly kind: string;
  readonly venue: string;
  readonly firm: string;
  readonly instrument: string;
}

/** `all`: those that are open, then the others; each part has pages of its own. */
interface Place {
  readonly state: CaseFilter['state'];
  readonly before: string | null;
}

interface Read {
  readonly rows: readonly CaseView[];
  readonly next: Place | null;
}

export interface CaseList {
  readonly rows: readonly CaseView[];
  /** There is more to be read, and room for it. */
  readonly hasMore: boolean;
  readonly isReading: boolean;
  readonly problem: string;
  readMore(): void;
}

const PAGE = 100;
/** Rows that the page holds; who looks for older ones narrows the filter. */
const ROWS_MAX = 2_000;
const PAUSE_MS = 150;
const TRIES = 12;

const firstPlace = ({ state }: CaseFilter): Place => ({
  state: state === 'all' ? 'open' : state,
  before: null,
});

/** Reads on from a place until there are `count` rows more, or no more at all. */
async function readFrom(api: Api, filter: CaseFilter, from: Place, count: number): Promise<Read> {
  const rows: CaseView[] = [];
  let place: Place | null = from;
  while (place !== null && rows.length < count) {
    const { items, next } = await api.cases({ ...filter, state: place.state }, PAGE, place.before);
    rows.push(...items);
    if (next !== null) place = { ...place, before: next };
    else if (filter.state === 'all' && place.state === 'open') place = { state: 'resolved', before: null };
    else place = null;
  }
  return { rows, next: place };
}

/** Rows as the newest word on each has it, wherever that came from. */
export function withSignals(
  rows: readonly CaseView[],
  signalOf: (caseId: string) => CaseSignal | undefined,
  { state }: Pick<CaseFilter, 'state'>,
): readonly CaseView[] {
  const known = new Map<string, CaseView>();
  for (const row of rows) {
    const signal = signalOf(row.caseId);
    const isNewer = signal !== undefined && signal.sequence > row.sequence;
    known.set(row.caseId, isNewer ? { ...row, state: signal.state, sequence: signal.sequence } : row);
  }
  const passes = (one: CaseView): boolean =>
    state === 'all' || (state === 'resolved' ? one.state !== 'open' : one.state === state);
  return [...known.values()].filter(passes);
}

/** Whether the tables lack what was signalled of these rows. */
export const isBehind = (
  rows: readonly CaseView[],
  signalOf: (caseId: string) => CaseSignal | undefined,
  newestOpen: CaseSignal | undefined,
): boolean =>
  rows.some((row) => (signalOf(row.caseId)?.sequence ?? 0) > row.sequence) ||
  (newestOpen !== undefined && !rows.some(({ caseId }) => caseId === newestOpen.caseId));

const isWhole = ({ kind, venue, firm, instrument, state }: CaseFilter): boolean =>
  kind + venue + firm + instrument === '' && (state === 'all' || state === 'open');

interface Following {
  readonly cases: LiveRows<CaseSignal>;
  readonly read: () => Promise<Read>;
  /** Every open case is among what is read. */
  readonly isWhole: boolean;
  readonly onRead: (found: Read) => void;
  readonly onProblem: (error: unknown) => void;
}

/**
 * Reads at once, after signals, and again while the tables lack what was signalled; returns how to stop.
 * However fast signals come, a read that has begun is shown, and one follows it.
 */
function followCases({ cases, read, isWhole: hasAll, onRead, onProblem }: Following): () => void {
  let isWanted = true;
  let isDirty = false;
  let isBusy = false;
  let triesLeft = TRIES;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const later = (): void => {
    timer ??= setTimeout(() => void turn(), PAUSE_MS);
  };
  const turn = async (): Promise<void> => {
    timer = undefined;
    isDirty = false;
    isBusy = true;
    try {
      const found = await read();
      if (!isWanted) return;
      onRead(found);
      const newest = cases.list()[0];
      const expected = newest?.state === 'open' && hasAll ? newest : undefined;
      if (triesLeft > 0 && isBehind(found.rows, (caseId) => cases.get(caseId), expected)) {
        triesLeft -= 1;
        isDirty = true;
      }
    } catch (error) {
      if (isWanted) onProblem(error);
    } finally {
      isBusy = false;
      if (isWanted && isDirty) later();
    }
  };
  const stop = cases.watch(() => {
    isDirty = true;
    triesLeft = TRIES;
    if (!isBusy) later();
  });
  void turn();
  return () => {
    isWanted = false;
    clearTimeout(timer);
    stop();
  };
}

export function useCaseList(filter: CaseFilter): CaseList {
  const { api, cases } = useDesk();
  const [held, setHeld] = useState<Read>({ rows: [], next: null });
  const [isReading, setReading] = useState(true);
  const [problem, setProblem] = useState('');
  const count = useRef(PAGE);
  useEffect(() => {
    count.current = PAGE;
  }, [filter]);
  useEffect(() => {
    setReading(true);
    return followCases({
      cases,
      read: () => readFrom(api, filter, firstPlace(filter), count.current),
      isWhole: isWhole(filter),
      onRead: (found) => {
        setHeld(found);
        setProblem('');
        setReading(false);
      },
      onProblem: (error) => {
        setProblem(problemText(error));
        setReading(false);
      },
    });
  }, [api, cases, filter]);
  const readMore = useCallback((): void => {
    const { next, rows } = held;
    if (next === null) return;
    setReading(true);
    readFrom(api, filter, next, PAGE).then(
      (more) => {
        count.current = Math.min(ROWS_MAX, rows.length + PAGE);
        setHeld({ rows: [...rows, ...more.rows], next: more.next });
        setReading(false);
      },
      (error: unknown) => {
        setProblem(problemText(error));
        setReading(false);
      },
    );
  }, [api, filter, held]);
  return {
    rows: withSignals(held.rows, (caseId) => cases.get(caseId), filter),
    hasMore: held.next !== null && held.rows.length < ROWS_MAX,
    isReading,
    problem,
    readMore,
  };
}
