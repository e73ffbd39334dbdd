/**
 * `npm run bench -- bytes`: what an order that is filled at once leaves in the database, with indexes and
 * toast: in the journal, and with the tables that are made from it.
 */
import { withQueries, type Query } from '@tidegate/platform/testing/queries';
import { Figures } from '../figures.ts';
import { BenchProvider } from '../journeys.ts';
import { firmsOf, refusalsOf, runLoad } from '../orders/load.ts';
import { monoMs } from '../pace.ts';
import { startTarget } from '../targets.ts';
import { databaseUrlOf, projected } from './database.ts';

/** The pace of the other figures: the projector then writes each order's row as often as it does all day. */
const rate = 500;
const seconds = { whole: 20, quick: 6 } as const;
const warmUps = [{ rate, seconds: 2 }];
const quoteRate = 240;
const settleMs = 1_000;
const limitMs = 60_000;
/** Bytes an order before the journal was made compact; half of it is the floor. */
const before = { journal: 4_200, withViews: 5_500 } as const;

interface Sizes {
  readonly journal: number;
  readonly views: number;
}

export async function benchBytes(isQuick: boolean): Promise<Figures> {
  const figures = new Figures('bytes');
  const provider = await BenchProvider.start();
  try {
    const target = await startTarget('one', provider);
    try {
      await withQueries(databaseUrlOf(target.dataDir), async (query) => {
        provider.quote({ startMs: monoMs(), rate: quoteRate, count: quoteRate * 60 }).catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, settleMs));
        const from = await sizesOf(query);
        const measured = { rate, seconds: isQuick ? seconds.quick : seconds.whole };
        const report = await runLoad({ sessions: firmsOf(target, 3), warmUps, measured, limitMs });
        if (refusalsOf(report) !== '' || report.answered < report.sent)
          throw new Error(`${report.answered} of ${report.sent} orders filled; ${refusalsOf(report)}`);
        await projected(query);
        const to = await sizesOf(query);
        const orders = report.sent + rate * warmUps[0]!.seconds;
        const journal = (to.journal - from.journal) / orders;
        const conditions =
          `${orders} market orders of three firms, filled at once, ${rate}/s; ` +
          'indexes and toast included';
        add(figures, 'journal an order', journal, before.journal, conditions);
        const views = journal + (to.views - from.views) / orders;
        add(figures, 'journal and tables an order', views, before.withViews, conditions);
      });
    } finally {
      await target.stop();
    }
  } finally {
    await provider.stop();
  }
  return figures;
}

function add(figures: Figures, name: string, value: number, was: number, conditions: string): void {
  const floor = { atMost: was / 2 };
  figures.add({ name, unit: 'B', value: Math.round(value), floor, conditions });
}

/** A table that is partitioned has its bytes in its parts, whose names begin with its own. */
async function sizesOf(query: Query): Promise<Sizes> {
  const rows = await query<{ name: string; bytes: string }>(
    `SELECT relname AS name, pg_total_relation_size(oid) AS bytes FROM pg_class
     WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
  );
  const sum = (pattern: RegExp): number =>
    rows.filter(({ name }) => pattern.test(name)).reduce((bytes, row) => bytes + Number(row.bytes), 0);
  return { journal: sum(/^journal/), views: sum(/_view(_|$)/) };
}
