/**
 * `npm run soak`: many days of trading through kills, each compared to the last fill. A day that could not
 * be traded to its end counts as a disagreement; the days after it are traded all the same.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { machineName } from './machine.ts';
import { Reconciliation, type DayPlan } from './reconciliation.ts';
import { readSoak, soakUsage, type Soak } from './soak.options.ts';
import { soakPage, type DayReport } from './soak.report.ts';

async function tradeDay(plan: DayPlan): Promise<DayReport> {
  const nothing = { databaseKills: 0, killsAtStart: 0, events: 0, fills: 0, changes: 0, reports: 0 };
  let traded: Reconciliation | undefined;
  try {
    traded = await Reconciliation.trade(plan);
    return await reportOf(traded);
  } catch (error) {
    const [text = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    console.error(error);
    return { ...plan, ...nothing, lateRoutes: 0, restartsMs: [], disagreements: [text] };
  } finally {
    await traded?.close();
  }
}

async function reportOf(traded: Reconciliation): Promise<DayReport> {
  const { plan, crashes, day, flow, replica } = traded;
  const clients = [...day.firms.map(({ client }) => client), day.dropCopy];
  return {
    ...plan,
    databaseKills: crashes.crashes.filter(({ withDatabase }) => withDatabase).length,
    killsAtStart: crashes.crashes.filter(({ killedAgainMs }) => killedAgainMs !== undefined).length,
    events: [...replica.events.values()].reduce((all, { length }) => all + length, 0),
    fills: traded.fills,
    changes: flow.changes.length,
    reports: clients.reduce((all, client) => all + client.reports().length, 0),
    lateRoutes: traded.lateRoutes,
    restartsMs: day.restartsMs,
    disagreements: [
      ...(await traded.providersDisagree()),
      ...traded.clientsDisagree(),
      ...traded.answersDisagree(),
      ...(await traded.viewsDisagree()),
      ...traded.wireDisagrees(),
    ],
  };
}

async function soak({ days, into }: Soak): Promise<number> {
  const startedAt = new Date().toISOString();
  const startedMs = performance.now();
  const machine = machineName();
  const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).stdout.trim();
  const reports: DayReport[] = [];
  for (const plan of days) {
    const report = await tradeDay(plan);
    reports.push(report);
    const tookMs = performance.now() - startedMs;
    mkdirSync(dirname(into), { recursive: true });
    // After each day: who stops it early has what was found until then.
    writeFileSync(into, soakPage({ days: reports, startedAt, tookMs, machine, commit }));
    console.log(
      `day ${reports.length} of ${days.length}, seed ${report.seed}: ${report.kills} kills, ` +
        `${report.orders} orders, ${report.fills} fills, ${report.disagreements.length} disagreements`,
    );
  }
  console.log(`written to ${into}`);
  return reports.every(({ disagreements }) => disagreements.length === 0) ? 0 : 1;
}

const options = readSoak(process.argv.slice(2), Date.now() % 1_000_000);
if (options.kind === 'soak') process.exitCode = await soak(options);
else if (options.kind === 'help') console.log(soakUsage);
else {
  console.error(`${options.text}\n\n${soakUsage}`);
  process.exitCode = 2;
}
