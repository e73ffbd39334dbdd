/**
 * Order management in two processes on a real NATS and PostgreSQL, with orders that never stop: what owns
 * what, and whether what was answered is what the journal has, once and in the order of epochs.
 */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Commands } from '@tidegate/platform/bus/commands';
import { NatsBus } from '@tidegate/platform/bus/bus.nats';
import { PostgresJournal } from '@tidegate/platform/journal/journal.postgres';
import type { JournalRecord } from '@tidegate/platform/journal/journal';
import type { LeaseRow } from '@tidegate/platform/lease/lease';
import { PostgresLeases } from '@tidegate/platform/lease/lease.postgres';
import { silentLog } from '@tidegate/platform/testing/database';
import { startNats, startPostgres } from '@tidegate/platform/testing/servers';
import type { Moved } from '@tidegate/wire/instances';
import type { CommandReply, RecordedEvent } from '@tidegate/wire/commands';
import { headTopic } from '@tidegate/wire/topics';
import { adminPassword, eventually, startPlatform, temporaryFolder, type Platform } from '../platform.ts';

export const leaseMs = 1_000;
export const instances = ['oms-1', 'oms-2'] as const;
export type Instance = (typeof instances)[number];
export const firms = ['demo1', 'demo2', 'demo3'] as const;

export const becomes = (what: string, isSo: () => boolean | Promise<boolean>): Promise<unknown> =>
  eventually(async () => ((await isSo()) ? true : undefined), what, 60_000);

const program = fileURLToPath(new URL('../../services/dist/tidegate.js', import.meta.url));
const execute = promisify(execFile);

/** What `tidegate drain` keeps. */
export interface DrainEvidence {
  readonly instance: string;
  readonly reason: string;
  readonly state: string;
  readonly moved: readonly Moved[];
}

interface Sent {
  readonly firm: string;
  readonly clOrdId: string;
  readonly reply: CommandReply;
}

export class Replicas {
  readonly processes = new Map<Instance, Platform>();
  /** Heads of an older epoch than one that was heard before: by whom is not to be told. */
  readonly oldHeads: string[] = [];
  readonly answered: Sent[] = [];
  readonly failed: unknown[] = [];
  readonly #undo: (() => unknown)[];
  readonly #environment: Readonly<Record<string, string>>;
  readonly #folder: string;
  readonly #journal: PostgresJournal;
  readonly #leases: PostgresLeases;
  readonly #commands: Commands;
  #sending: Promise<unknown> | undefined;
  #isSending = false;
  #count = 0;

  private constructor(
    undo: (() => unknown)[],
    folder: string,
    environment: Readonly<Record<string, string>>,
    parts: { readonly journal: PostgresJournal; readonly leases: PostgresLeases; readonly bus: NatsBus },
  ) {
    this.#undo = undo;
    this.#folder = folder;
    this.#environment = environment;
    this.#journal = parts.journal;
    this.#leases = parts.leases;
    this.#commands = new Commands({ bus: parts.bus });
    const epochs = new Map<string, number>();
    parts.bus.subscribe(headTopic(), ({ partition, epoch }) => {
      const newest = epochs.get(partition) ?? 0;
      if (epoch < newest) this.oldHeads.push(`${partition}: ${epoch} after ${newest}`);
      epochs.set(partition, Math.max(epoch, newest));
    });
  }

  static async start(): Promise<Replicas> {
    const folder = temporaryFolder('replicas');
    const undo: (() => unknown)[] = [() => folder.remove()];
    try {
      const [postgres, nats] = await Promise.all([startPostgres(), startNats()]);
      undo.push(() => Promise.all([postgres.stop(), nats.stop()]));
      const environment = {
        DATABASE_URL: postgres.url,
        NATS_URL: nats.url,
        SERVICES: 'api,oms,projector,monitor',
        LEASE_MS: String(leaseMs),
      };
      // The first one brings the schema.
      const first = await startPlatform(`${folder.path}/${instances[0]}`, {
        ...environment,
        INSTANCE: instances[0],
      });
      undo.push(() => first.kill());
      const bus = await NatsBus.connect({
        url: nats.url,
        name: 'test',
        onHandlerError: () => undefined,
      });
      undo.push(() => bus.close());
      const journal = await PostgresJournal.connect({ url: postgres.url, log: silentLog });
      undo.push(() => journal.close());
      const leases = new PostgresLeases({ url: postgres.url, log: silentLog, timeoutMs: 10_000 });
      undo.push(() => leases.close());
      const replicas = new Replicas(undo, folder.path, environment, { journal, leases, bus });
      replicas.processes.set(instances[0], first);
      await replicas.begin(instances[1]);
      return replicas;
    } catch (error) {
      for (const one of undo.reverse()) await one();
      throw error;
    }
  }

  async begin(instance: Instance): Promise<void> {
    const environment = { ...this.#environment, INSTANCE: instance };
    const started = await startPlatform(`${this.#folder}/${instance}`, environment);
    this.#undo.push(() => started.kill());
    this.processes.set(instance, started);
  }

  /** By the command line, on the API of another; rejects with what it refuses. */
  async drain(leaving: Instance): Promise<DrainEvidence> {
    const { http } = this.processes.get(this.other(leaving))!.ready;
    const [session, password, evidence] = ['session', 'password', 'evidence'].map(
      (name) => `${this.#folder}/${name}`,
    ) as [string, string, string];
    writeFileSync(password, `${adminPassword}\n`);
    const tidegate = (...args: readonly string[]) =>
      execute(process.execPath, [program, ...args, '--session', session], { timeout: 60_000 });
    await tidegate('sign-in', '--url', http, '--user', 'admin', '--password-file', password);
    await tidegate('drain', leaving, '--reason', 'a new release', '--file', evidence);
    return JSON.parse(readFileSync(evidence, 'utf8')) as DrainEvidence;
  }

  async stop(): Promise<void> {
    await this.pause();
    this.#commands.stop();
    for (const { child } of this.processes.values()) child.kill('SIGCONT');
    for (const one of this.#undo.reverse()) await one();
  }

  async lease(kind: LeaseRow['kind'], resource: string): Promise<LeaseRow> {
    const rows = await this.#leases.list();
    return rows.find((row) => row.kind === kind && row.resource === resource)!;
  }

  async ownerOf(firm: string): Promise<Instance> {
    return (await this.lease('partition', firm)).instance as Instance;
  }

  /** Of all firms there are. */
  async owners(): Promise<ReadonlySet<string | undefined>> {
    const rows = await this.#leases.list();
    return new Set(rows.filter(({ kind }) => kind === 'partition').map((row) => row.instance));
  }

  other(instance: Instance): Instance {
    return instances.find((one) => one !== instance)!;
  }

  /** Orders, some at a time for each firm, until `pause`. */
  trade(): void {
    this.#isSending = true;
    const lines = firms.flatMap((firm) => Array.from({ length: 2 }, () => this.#send(firm)));
    this.#sending = Promise.all(lines);
  }

  /** Resolves when all that was sent is answered. */
  async pause(): Promise<void> {
    this.#isSending = false;
    await this.#sending;
  }

  async #send(firm: string): Promise<void> {
    while (this.#isSending) {
      const clOrdId = `K${(this.#count += 1)}`;
      try {
        const reply = await this.#commands.send(firm, {
          kind: 'submit',
          commandId: `test:${clOrdId}`,
          origin: { channel: 'rest', client: 'test' },
          account: firm,
          trader: 'test',
          clOrdId,
          instrument: 'EURUSD',
          side: 'buy',
          type: 'limit',
          quantity: 100,
          price: 100_000,
          timeInForce: 'day',
        });
        this.answered.push({ firm, clOrdId, reply });
      } catch (error) {
        this.failed.push(error);
      }
    }
  }

  async records(firm: string): Promise<readonly JournalRecord[]> {
    const all: JournalRecord[] = [];
    for (;;) {
      const some = await this.#journal.read(firm, all.length + 1, 1_000);
      all.push(...some);
      if (some.length < 1_000) return all;
    }
  }

  /** What does not agree between the answers, the journal and the epochs; empty when all is well. */
  async disagreements(): Promise<readonly string[]> {
    const found: string[] = this.failed.map((error) => `not answered: ${String(error)}`);
    for (const firm of firms) {
      const records = await this.records(firm);
      const decided = new Map<string, number>();
      for (const [index, { sequence, epoch, body }] of records.entries()) {
        if (sequence !== index + 1) found.push(`${firm}: ${sequence} after ${index}`);
        if (epoch < (records[index - 1]?.epoch ?? 0)) found.push(`${firm} ${sequence}: an old epoch`);
        const { type, ...event } = (body as RecordedEvent).event;
        const { clOrdId } = event as { readonly clOrdId?: string };
        if ((type !== 'orderAccepted' && type !== 'orderRefused') || clOrdId === undefined) continue;
        if (decided.has(clOrdId)) found.push(`${firm} ${clOrdId}: decided twice`);
        decided.set(clOrdId, sequence);
      }
      for (const { clOrdId, reply } of this.answered.filter((sent) => sent.firm === firm)) {
        if (reply.result !== 'done') found.push(`${firm} ${clOrdId}: ${reply.code}`);
        else if (decided.get(clOrdId) !== reply.sequence)
          found.push(`${firm} ${clOrdId}: answered ${reply.sequence}, journaled ${decided.get(clOrdId)}`);
      }
    }
    return [...found, ...this.oldHeads];
  }
}
