/**
 * `npm run bench -- commits`: appends to the journal beside pgbench with the same insert against the same
 * server, in turns: what the journal's code adds to what PostgreSQL allows.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JournalEvent } from '@tidegate/platform/journal/journal';
import { PostgresJournal } from '@tidegate/platform/journal/journal.postgres';
import { migrate } from '@tidegate/platform/sql/database';
import { withQueries } from '@tidegate/platform/testing/queries';
import { startPostgres } from '@tidegate/platform/testing/servers';
import { Figures, median } from '../figures.ts';
import { Latencies } from '../measure.ts';
import { silent } from './database.ts';
import { sampleAppends } from './history.process.ts';
import { partitionOf, pgbenchScript, transactionTimes } from './pgbench.ts';

/** Where Debian's postgresql-15 has it. */
const program = '/usr/lib/postgresql/15/bin/pgbench';
/** Of pgbench, and partitions that append at once: firms of a busy desk. */
const clientCounts = [1, 8] as const;
const secondsMax = 4;
const warmUpSeconds = 1;
/** Of pgbench's: commits at least, latency at most. */
const timesMax = 1.5;

interface Run {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

export async function benchCommits(rounds: number, wantedSeconds: number): Promise<Figures> {
  const figures = new Figures('commits');
  const seconds = Math.min(wantedSeconds, secondsMax);
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-bench-commits-'));
  const server = await startPostgres();
  try {
    await migrate(server.url);
    // The first append of an order: taken and routed.
    const { events } = (await sampleAppends())[0]!;
    const bench = new CommitBench(server.url, events, folder, seconds);
    for (const clients of clientCounts) {
      const ours: Run[] = [];
      const peers: Run[] = [];
      for (let round = 0; round < rounds; round += 1) {
        peers.push(await bench.pgbench(clients));
        ours.push(await bench.journal(clients));
      }
      add(figures, clients, ours, peers, conditionsOf(events, seconds, rounds));
    }
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  return figures;
}

function conditionsOf(events: readonly JournalEvent[], seconds: number, rounds: number): string {
  const bytes = events.reduce((sum, { body }) => sum + JSON.stringify(body).length, 0);
  return (
    `appends of ${events.length} events with ${bytes} bytes, PostgreSQL 15 with fsync over TCP, ` +
    `medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'} of ${seconds} s`
  );
}

function add(
  figures: Figures,
  clients: number,
  ours: readonly Run[],
  peers: readonly Run[],
  conditions: string,
): void {
  const of = clients === 1 ? '1 client' : `${clients} clients`;
  const beside = (pick: (run: Run) => number) => ({
    value: median(ours.map(pick)),
    peer: { name: `pgbench, the same insert, ${of}`, value: median(peers.map(pick)) },
    conditions,
  });
  figures.add({
    name: `appends durable, ${of}`,
    unit: 'commits/s',
    floor: { atLeast: Math.round(1_000 / timesMax) / 1_000, times: true },
    ...beside(({ perSecond }) => Math.round(perSecond)),
  });
  const floor = { atMost: timesMax, times: true } as const;
  for (const name of ['p50', 'p99'] as const)
    figures.add({
      name: `append to durable, ${of} ${name}`,
      unit: 'ms',
      floor,
      ...beside((run) => run[name]),
    });
}

class CommitBench {
  readonly #url: string;
  readonly #events: readonly JournalEvent[];
  readonly #folder: string;
  readonly #seconds: number;
  #runs = 0;

  constructor(url: string, events: readonly JournalEvent[], folder: string, seconds: number) {
    this.#url = url;
    this.#events = events;
    this.#folder = folder;
    this.#seconds = seconds;
  }

  async pgbench(clients: number): Promise<Run> {
    const run = (this.#runs += 1);
    const folder = join(this.#folder, `run-${run}`);
    mkdirSync(folder);
    writeFileSync(join(folder, 'append.sql'), pgbenchScript({ events: this.#events }));
    const names = Array.from({ length: clients }, (_, client) => partitionOf(run, client));
    return withQueries(this.#url, async (query) => {
      await query(
        `INSERT INTO partition_owner (partition, epoch, head, owner)
         SELECT name, 1, 0, 'pgbench' FROM unnest($1::text[]) AS name`,
        [names],
      );
      await this.#spawn(folder, clients, run);
      const times = readdirSync(folder)
        .filter((name) => name.startsWith('log.'))
        .flatMap((name) => transactionTimes(readFileSync(join(folder, name), 'utf8')));
      const [row] = await query<{ count: number }>(
        'SELECT count(*)::int AS count FROM journal WHERE partition = ANY ($1::text[])',
        [names],
      );
      // A statement that finds another head than it says appends nothing, and is fast.
      if (row!.count !== times.length * this.#events.length)
        throw new Error(`pgbench appended ${row!.count} events in ${times.length} transactions`);
      return this.#runOf(times, this.#seconds);
    });
  }

  async #spawn(folder: string, clients: number, run: number): Promise<void> {
    const { hostname, port, username, password, pathname } = new URL(this.#url);
    const child = spawn(
      program,
      [
        ...['-h', hostname, '-p', port, '-U', username, '-n', '-M', 'prepared', '-l', '--log-prefix=log'],
        ...['-f', 'append.sql', '-c', String(clients), '-j', '1', '-T', String(this.#seconds)],
        ...['-D', 'last=0', '-D', `run=${run}`, pathname.slice(1)],
      ],
      { cwd: folder, env: { PGPASSWORD: password }, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    const [code] = (await once(child, 'close')) as [number];
    if (code !== 0) throw new Error(`pgbench ended with ${code}: ${errors.slice(-2_000)}`);
  }

  /** As many partitions, each with its next append once the last is durable. */
  async journal(clients: number): Promise<Run> {
    const run = (this.#runs += 1);
    const journal = await PostgresJournal.connect({ url: this.#url, log: silent });
    try {
      const names = Array.from({ length: clients }, (_, client) => partitionOf(run, client));
      const writers = await Promise.all(
        names.map(async (partition) => ({
          partition,
          ...(await journal.claim(partition, 'bench')),
          next: 1,
        })),
      );
      const times: number[] = [];
      const work = async (writer: (typeof writers)[number], untilMs: number, isMeasured: boolean) => {
        while (performance.now() < untilMs) {
          const startedMs = performance.now();
          const { partition, epoch, next } = writer;
          writer.next += this.#events.length;
          await journal.append({ partition, epoch, firstSequence: next, events: this.#events });
          if (isMeasured) times.push(performance.now() - startedMs);
        }
      };
      for (const [seconds, isMeasured] of [
        [warmUpSeconds, false],
        [this.#seconds, true],
      ] as const) {
        const untilMs = performance.now() + seconds * 1_000;
        await Promise.all(writers.map((writer) => work(writer, untilMs, isMeasured)));
      }
      return this.#runOf(times, this.#seconds);
    } finally {
      await journal.close();
    }
  }

  #runOf(times: readonly number[], seconds: number): Run {
    const latencies = new Latencies();
    for (const time of times) latencies.add(time);
    return {
      perSecond: times.length / seconds,
      p50: latencies.percentile(50),
      p99: latencies.percentile(99),
    };
  }
}
