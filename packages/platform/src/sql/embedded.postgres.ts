/**
 * The embedded database: a real PostgreSQL from npm's package, on disk, listening on a private unix socket
 * only. Starts a cluster or adopts the server that a killed platform left running, starts it again when it
 * dies, and stops it in order. `embedded.place.ts` says where the cluster lives and whose account runs it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  mkdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import { DataDirectoryError, lockDataDirectory, processStartTicks } from './data.directory.lock.ts';
import { locateBinaries, type PostgresBinaries } from './embedded.binaries.ts';
import { placeCluster, type ClusterPlace } from './embedded.place.ts';

const superuser = 'tidegate';
const database = 'tidegate';
const pollMs = 20;
const pollMsMax = 250;
const superviseMs = 500;
const initdbMsMax = 120_000;
const fastStopMsMax = 15_000;
const immediateStopMsMax = 5_000;
/** After a killed server its last processes may hold memory and sockets for a moment. */
const startRetriesMax = 40;
const startRetryMs = 250;

export interface EmbeddedPostgresOptions {
  /** The platform's data directory; created when absent. */
  readonly dataDir: string;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Crash recovery after a power loss may take minutes; progress is logged. Default 10 minutes. */
  readonly startTimeoutMs?: number;
  /** Gives the start up, at whatever point it is: what it started has ended when the promise rejects. */
  readonly signal?: AbortSignal;
}

export interface EmbeddedPostgres {
  /**
   * For `pg`, Kysely and psql: `postgresql://…@localhost/tidegate?host=<socket folder>`. Holds the
   * password: never log it.
   */
  readonly url: string;
  /** True when a server that was already running was taken over. */
  readonly adopted: boolean;
  /** Of the server now; changes when it had to be started again. */
  readonly pid: number;
  /** Fast shutdown, bounded in time, then immediate. Releases the data directory. */
  stop(): Promise<void>;
  /** For a process that must end this moment: tells the server to stop at once, and does not wait. */
  abandon(): void;
}

/** Throws DataDirectoryError; `code` is DATA_DIR_IN_USE while another platform runs on this directory. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  // For root, the account that runs the server must be able to pass through; what lies inside is private by
  // its own modes.
  mkdirSync(options.dataDir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
  const lock = await lockDataDirectory(realpathSync(options.dataDir), options.signal);
  try {
    const { server, adopted } = await startServer(options);
    server.supervise();
    return {
      url: server.url(database),
      adopted,
      get pid() {
        return server.pid;
      },
      async stop() {
        try {
          await server.stop();
        } finally {
          lock.release();
        }
      },
      abandon: () => server.abandon(),
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Of the server that another process runs on this directory; holds the password as well. */
export function embeddedUrl(dataDir: string): string {
  const { password, cluster, socketFolder } = placeCluster(dataDir);
  const pidFile = join(cluster, 'postmaster.pid');
  const lines = existsSync(pidFile) ? readFileSync(pidFile, 'utf8').split('\n') : [];
  return urlOf(database, password, lines[4] === undefined || lines[4] === '' ? socketFolder : lines[4]);
}

const urlOf = (name: string, password: string, socketFolder: string): string =>
  `postgresql://${superuser}:${password}@localhost/${name}` +
  `?host=${encodeURIComponent(socketFolder)}&port=5432`;

/** A server that did not get so far as to be used is not left behind, whatever the cause. */
async function startServer(
  options: EmbeddedPostgresOptions,
): Promise<{ readonly server: EmbeddedServer; readonly adopted: boolean }> {
  const { log, signal } = options;
  const place = placeCluster(options.dataDir);
  const binaries = await locateBinaries(place.account, place.binariesFolder);
  signal?.throwIfAborted();
  await ensureCluster(place, binaries, log, signal);
  const server = new EmbeddedServer(place, binaries, options);
  const interrupt = (): void => server.interrupt();
  signal?.addEventListener('abort', interrupt);
  try {
    const adopted = await server.start();
    await ensureDatabase(server);
    signal?.throwIfAborted();
    return { server, adopted };
  } catch (error) {
    await server.stop();
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', interrupt);
  }
}

/** initdb into a folder beside, then one rename: a cluster is there whole or not at all. */
async function ensureCluster(
  place: ClusterPlace,
  binaries: PostgresBinaries,
  log: EmbeddedPostgresOptions['log'],
  signal: AbortSignal | undefined,
) {
  const versionPath = join(place.cluster, 'PG_VERSION');
  if (existsSync(versionPath)) {
    const version = readFileSync(versionPath, 'utf8').trim();
    if (version !== binaries.majorVersion) {
      throw new DataDirectoryError(
        'CLUSTER_VERSION',
        `cluster ${place.cluster} is of PostgreSQL ${version}, the binaries are ` +
          `of ${binaries.majorVersion}: migrate it with pg_upgrade or dump and restore, ` +
          'or use an external database',
      );
    }
    if (!place.isInitialised) place.markInitialised();
    return;
  }
  const startedMs = performance.now();
  const unfinished = `${place.cluster}.new`;
  const passwordFile = join(place.home, 'initdb.password');
  rmSync(unfinished, { recursive: true, force: true });
  rmSync(passwordFile, { force: true });
  writeFileSync(passwordFile, `${place.password}\n`, { flag: 'wx', mode: 0o600 });
  if (place.account.uid !== undefined) chownSync(passwordFile, place.account.uid, place.account.gid ?? 0);
  const options = [
    ['-D', unfinished],
    ['--username', superuser],
    ['--pwfile', passwordFile],
    ['--auth=scram-sha-256', '--encoding=UTF8', '--data-checksums'],
    ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'],
  ].flat();
  try {
    await initialise(binaries.initdb, options, place, signal);
  } catch (cause) {
    signal?.throwIfAborted();
    throw new DataDirectoryError('SERVER_FAILED', `initdb failed: ${messageOf(cause)}`, { cause });
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(unfinished, place.cluster);
  place.markInitialised();
  log.info(
    { cluster: place.cluster, tookMs: Math.round(performance.now() - startedMs) },
    'embedded cluster created',
  );
}

/** Resolves or rejects when initdb and what it started have ended. */
async function initialise(
  program: string,
  options: readonly string[],
  { account }: ClusterPlace,
  signal: AbortSignal | undefined,
): Promise<void> {
  const child = spawn(program, options, {
    ...account,
    cwd: '/',
    env: serverEnvironment,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  // It takes away what it has made, and its servers end with it.
  const end = (): void => void child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), initdbMsMax);
  signal?.addEventListener('abort', end);
  if (signal?.aborted === true) end();
  try {
    const [code, by] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    signal?.throwIfAborted();
    if (code !== 0) throw new Error(errors.trim() || `it ended with ${code ?? by}`);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
  }
}

async function ensureDatabase(server: EmbeddedServer): Promise<void> {
  const client = new pg.Client({ connectionString: server.url('postgres') });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${database}`);
  } finally {
    await client.end();
  }
}

const serverEnvironment = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' };

/** A line of postmaster.pid each: pid, data directory, start, port, socket folder. */
interface PidFile {
  readonly pid: number;
  readonly socketFolder: string;
  readonly port: string;
}

class EmbeddedServer {
  readonly #place: ClusterPlace;
  readonly #binaries: PostgresBinaries;
  readonly #log: EmbeddedPostgresOptions['log'];
  readonly #startTimeoutMs: number;
  #pid = 0;
  /** The server, when it is a child of ours: its pid can't be somebody else's before it has been reaped. */
  #child: ChildProcess | undefined;
  #socketFolder: string;
  #supervisor: NodeJS.Timeout | undefined;
  #restarting: Promise<void> | undefined;
  #isStopping = false;
  #stopped: Promise<void> | undefined;

  constructor(place: ClusterPlace, binaries: PostgresBinaries, options: EmbeddedPostgresOptions) {
    this.#place = place;
    this.#binaries = binaries;
    this.#log = options.log;
    this.#startTimeoutMs = options.startTimeoutMs ?? 600_000;
    this.#socketFolder = place.socketFolder;
  }

  get pid(): number {
    return this.#pid;
  }

  url(name: string): string {
    return urlOf(name, this.#place.password, this.#socketFolder);
  }

  /** True when a running server was adopted. */
  async start(): Promise<boolean> {
    if (await this.#adopt()) return true;
    await this.#launch();
    return false;
  }

  /** Starts the server again whenever it dies while the platform runs. */
  supervise(): void {
    this.#supervisor = setInterval(() => {
      if (this.#isStopping || this.#restarting !== undefined || this.#isOurs(this.#pid)) return;
      this.#log.error({ pid: this.#pid }, 'embedded PostgreSQL died; starting it again');
      this.#restarting = this.start()
        .then(
          () => this.#log.info({ pid: this.#pid }, 'embedded PostgreSQL is back'),
          (error: unknown) =>
            this.#log.error({ err: error }, 'embedded PostgreSQL could not be started again'),
        )
        .finally(() => {
          this.#restarting = undefined;
        });
    }, superviseMs).unref();
  }

  /** Whoever waits for it to be ready waits no longer. */
  interrupt(): void {
    this.#isStopping = true;
  }

  abandon(): void {
    if (this.#isOurs(this.#pid)) signalProcess(this.#pid, 'SIGQUIT');
  }

  stop(): Promise<void> {
    this.interrupt();
    return (this.#stopped ??= (async () => {
      clearInterval(this.#supervisor);
      await this.#restarting;
      await this.#shutDown(this.#pid);
    })());
  }

  async #adopt(): Promise<boolean> {
    const found = this.#readPidFile();
    if (found === undefined) return false;
    if (!this.#isOurs(found.pid)) {
      this.#log.info({ pid: found.pid }, 'removing the pid file of a server that is gone');
      rmSync(join(this.#place.cluster, 'postmaster.pid'), { force: true });
      return false;
    }
    this.#pid = found.pid;
    if (found.socketFolder !== '') this.#socketFolder = found.socketFolder;
    const hasSocket = existsSync(join(this.#socketFolder, '.s.PGSQL.5432'));
    if (hasSocket && (await this.#becomesReady()) === 'ready') {
      this.#log.info({ pid: this.#pid }, 'adopted the PostgreSQL server that was left running');
      return true;
    }
    // Shutting down, or its socket was swept away: see it off and start afresh.
    await this.#shutDown(found.pid);
    this.#socketFolder = this.#place.socketFolder;
    return false;
  }

  async #launch(): Promise<void> {
    const startedMs = performance.now();
    for (let attempt = 1; ; attempt++) {
      this.#spawn();
      if ((await this.#becomesReady()) === 'ready') break;
      const reason = this.#startLog();
      const mayPass = /shared memory block|postmaster\.pid|already in use|Is another/i.test(reason);
      if (!mayPass || attempt === startRetriesMax || this.#isStopping) {
        throw new DataDirectoryError('SERVER_FAILED', `PostgreSQL did not start: ${reason}`);
      }
      await delay(startRetryMs);
    }
    this.#log.info(
      { pid: this.#pid, tookMs: Math.round(performance.now() - startedMs) },
      'embedded PostgreSQL started',
    );
  }

  #spawn(): void {
    for (const name of readdirSync(this.#socketFolder)) {
      if (name.startsWith('.s.PGSQL.')) rmSync(join(this.#socketFolder, name), { force: true });
    }
    const settings = {
      listen_addresses: '',
      port: '5432',
      unix_socket_directories: this.#socketFolder,
      unix_socket_permissions: '0700',
      fsync: 'on',
      full_page_writes: 'on',
      synchronous_commit: 'on',
      max_connections: '200',
      shared_buffers: '128MB',
      timezone: 'UTC',
      log_timezone: 'UTC',
      logging_collector: 'on',
      log_directory: this.#place.logFolder,
      log_filename: 'postgres-%a.log',
      log_truncate_on_rotation: 'on',
      log_rotation_age: '1d',
      log_rotation_size: '0',
      log_checkpoints: 'off',
      log_line_prefix: '%m [%p] ',
    };
    const output = openSync(this.#startLogPath(), 'w', 0o600);
    try {
      // A session of its own: Ctrl-C in a terminal must not shut the database down before the platform has
      // drained.
      const child = spawn(
        this.#binaries.postgres,
        [
          '-D',
          this.#place.cluster,
          ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
        ],
        {
          ...this.#place.account,
          cwd: '/',
          env: serverEnvironment,
          detached: true,
          stdio: ['ignore', output, output],
        },
      );
      child.on('error', (error) => this.#log.error({ err: error }, 'PostgreSQL could not be spawned'));
      child.unref();
      this.#child = child;
      this.#pid = child.pid ?? 0;
    } finally {
      closeSync(output);
    }
  }

  #startLogPath(): string {
    return join(this.#place.home, 'start.log');
  }

  #startLog(): string {
    const text = readFileSync(this.#startLogPath(), 'utf8').trim();
    return text === '' ? 'no output' : text.slice(-2_000);
  }

  async #becomesReady(): Promise<'ready' | 'gone'> {
    const startedMs = performance.now();
    let nextWordMs = startedMs + 2_000;
    for (let waitMs = pollMs; ; waitMs = Math.min(1.5 * waitMs, pollMsMax)) {
      if (this.#isStopping || !this.#runs(this.#pid)) return 'gone';
      const state = await this.#ask();
      if (state === 'ready') return 'ready';
      if (state === 'stopping') return 'gone';
      const nowMs = performance.now();
      if (nowMs - startedMs > this.#startTimeoutMs) {
        throw new DataDirectoryError(
          'SERVER_TIMEOUT',
          `PostgreSQL was not ready in ${this.#startTimeoutMs} ms`,
        );
      }
      if (nowMs > nextWordMs) {
        this.#log.info(
          { state, waitedMs: Math.round(nowMs - startedMs) },
          'waiting for PostgreSQL (crash recovery)',
        );
        nextWordMs = nowMs + 2_000;
      }
      await delay(waitMs);
    }
  }

  async #ask(): Promise<'ready' | 'starting' | 'stopping'> {
    const client = new pg.Client({ connectionString: this.url('postgres'), connectionTimeoutMillis: 5_000 });
    client.on('error', () => {
      /* the connection breaks when the server goes: seen by the next question */
    });
    try {
      await client.connect();
      return 'ready';
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      if (code === '28P01' || code === '28000') {
        throw new DataDirectoryError(
          'CLUSTER_PASSWORD',
          `the embedded cluster refuses its password: ${message}`,
        );
      }
      return code === '57P03' && message.includes('shutting down') ? 'stopping' : 'starting';
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  async #shutDown(pid: number): Promise<void> {
    const startTicks = processStartTicks(pid);
    // SIGINT: fast (sessions are cut, a checkpoint is written); SIGQUIT: immediate (recovery at the next
    // start).
    for (const [signal, waitMs] of [
      ['SIGINT', fastStopMsMax],
      ['SIGQUIT', immediateStopMsMax],
      ['SIGKILL', immediateStopMsMax],
    ] as const) {
      if (!this.#isOurs(pid)) return;
      if (signal !== 'SIGINT') this.#log.warn({ pid, signal }, 'PostgreSQL does not stop; insisting');
      signalProcess(pid, signal);
      const deadline = performance.now() + waitMs;
      // By its start and not by its folder, which a process gives up a moment before it is gone.
      while (performance.now() < deadline && processStartTicks(pid) === startTicks) await delay(pollMs);
    }
  }

  /**
   * A child of ours, which is not in the cluster's folder from its first moment, or a process that lives and
   * works there, as every postmaster does; a reused pid does not.
   */
  #isOurs(pid: number): boolean {
    if (!this.#runs(pid)) return false;
    const child = this.#child;
    if (child?.pid === pid && child.exitCode === null && child.signalCode === null) return true;
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(this.#place.cluster);
    } catch {
      return false;
    }
  }

  #runs(pid: number): boolean {
    return pid > 0 && processStartTicks(pid) !== undefined;
  }

  #readPidFile(): PidFile | undefined {
    const path = join(this.#place.cluster, 'postmaster.pid');
    if (!existsSync(path)) return undefined;
    const lines = readFileSync(path, 'utf8').split('\n');
    // Standalone backends write a negative pid.
    return {
      pid: Math.abs(Number(lines[0]) || 0),
      port: lines[3] ?? '',
      socketFolder: lines[4]?.trim() ?? '',
    };
  }
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function messageOf(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string };
  return (stderr?.trim() || message) ?? String(error);
}
