/** The feed in one line: name, state and its cause, whether it is emulated, since when, which library. */
import type { BloombergStatus } from '@tidegate/wire/bloomberg';
import type { ReactNode } from 'react';
import { causeText, durationText, elapsedMs, feedMeaning, feedTone, feedWord } from './bloomberg.words.ts';

export function FeedHead({ status }: { readonly status: BloombergStatus }) {
  const { state, cause, library } = status;
  const since = durationText(elapsedMs(status.since, status.at) ?? 0);
  return (
    <section className="panel feed-head" data-testid="bloomberg-head" data-state={state}>
      <div className="feed-name">
        <h2>{status.name}</h2>
        <span className="chip" data-tone={feedTone[state]} data-testid="bloomberg-state" data-state={state}>
          <span className="dot" data-tone={feedTone[state]} />
          {feedWord[state]}
        </span>
        <span className="soft nowrap" title={`Since ${status.since}`}>
          for {since}
        </span>
        {status.isEmulated && <EmulatedBadge />}
        <p className={cause === null ? 'soft' : 'feed-cause'} data-testid="bloomberg-cause">
          {cause === null ? (
            feedMeaning[state]
          ) : (
            <Cause text={causeText(cause)} meaning={feedMeaning[state]} />
          )}
        </p>
      </div>
      <dl className="feed-facts">
        <Fact label="Library">
          {library === null ? 'none' : <b>{library.version}</b>}
          {library !== null && <span className="faint"> {decoderWord[library.decoder]}</span>}
        </Fact>
        <Fact label="Path" wide>
          <span data-testid="bloomberg-library" title={library?.path}>
            {pathText(library)}
          </span>
        </Fact>
        <Fact label="Process">{status.instance}</Fact>
      </dl>
    </section>
  );
}

const decoderWord = { shim: 'with shim', ffi: 'without shim' } as const;

function pathText(library: BloombergStatus['library']): string {
  if (library === null) return '–';
  return library.path === '' ? 'shown to administrators' : library.path;
}

/** Prices of the emulator must never be taken for the market's. */
export function EmulatedBadge() {
  return (
    <span
      className="emulated"
      title="The library is the emulator: these are no market prices"
      data-testid="bloomberg-emulated"
    >
      EMULATED
    </span>
  );
}

function Cause({ text, meaning }: { readonly text: string; readonly meaning: string }) {
  return (
    <>
      {text}
      <span className="soft"> {meaning}</span>
    </>
  );
}

interface FactProps {
  readonly label: string;
  readonly children: ReactNode;
  readonly wide?: boolean;
}

export function Fact({ label, children, wide = false }: FactProps) {
  return (
    <div className={wide ? 'feed-fact wide' : 'feed-fact'}>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
