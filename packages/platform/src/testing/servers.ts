/**
 * Real servers for tests: nats-server, redis-server and PostgreSQL of the machine, each on a free
 * loopback port with a folder of its own. Imported by tests only. A missing program is an error that names
 * the Debian packages, never a skip.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const startAttempts = 5;
const readyLimitMs = 30_000;
const stopLimitMs = 10_000;

export interface TestServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Ends the process and removes its folder. May be called twice. */
  stop(): Promise<void>;
  /** kill -9, keeping the folder until `stop`. */
  kill(): Promise<void>;
}

export interface TestServerOptions {
  /** The port of a server that has been stopped, to bring it back. Default: one that the system chooses. */
  readonly port?: number;
  readonly extraArguments?: readonly string[];
}

interface Program {
  readonly name: string;
  readonly package: string;
  find(): string | undefined;
}

const programs = {
  nats: { name: 'nats-server', package: 'nats-server', find: () => onPath('nats-server') },
  redis: { name: 'redis-server', package: 'redis-server', find: () => onPath('redis-server') },
  initdb: { name: 'initdb', package: 'postgresql', find: () => ofPostgres('initdb') },
  postgres: { name: 'postgres', package: 'postgresql', find: () => ofPostgres('postgres') },
} as const satisfies Record<string, Program>;

/** Starts nats-server without JetStream; give `-js` and `-sd` as extra arguments for it. */
export async function startNats(options: TestServerOptions = {}): Promise<TestServer> {
  const program = requireProgram('nats');
  return start(options, (port) => ({
    command: program,
    arguments: ['--addr', '127.0.0.1', '--port', String(port), ...(options.extraArguments ?? [])],
    readyText: 'Server is ready',
    url: `nats://127.0.0.1:${port}`,
  }));
}

export async function startRedis(options: TestServerOptions = {}): Promise<TestServer> {
  const program = requireProgram('redis');
  return start(options, (port) => ({
    command: program,
    arguments: [
      '--bind',
      '127.0.0.1',
      '--port',
      String(port),
      '--save',
      '',
      '--appendonly',
      'no',
      ...(options.extraArguments ?? []),
    ],
    readyText: 'Ready to accept connections',
    url: `redis://127.0.0.1:${port}`,
  }));
}

/** The machine's PostgreSQL with a superuser `tidegate`, a random password (in the URL), no data. */
export async function startPostgres(options: TestServerOptions = {}): Promise<TestServer> {
  const initdb = requireProgram('initdb');
  const postgres = requireProgram('postgres');
  const password = randomBytes(12).toString('hex');
  const identity = postgresIdentity();
  return start(options, (port, folder) => {
    const data = join(folder, 'data');
    if (!existsSync(data)) initialiseCluster(initdb, folder, data, password, identity);
    return {
      command: postgres,
      arguments: [
        '-D',
        data,
        '-h',
        '127.0.0.1',
        '-p',
        String(port),
        '-c',
        'unix_socket_directories=',
        '-c',
        'lc_messages=C',
        ...(options.extraArguments ?? []),
      ],
      readyText: 'database system is ready to accept connections',
      url: `postgresql://tidegate:${password}@127.0.0.1:${port}/postgres`,
      stopSignal: 'SIGINT',
      identity,
    };
  });
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', resolve);
  });
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port from the system');
  return address.port;
}

interface Launch {
  readonly command: string;
  readonly arguments: readonly string[];
  /** A line that holds this text says that connections are taken. */
  readonly readyText: string;
  readonly url: string;
  readonly stopSignal?: NodeJS.Signals;
  readonly identity?: Identity | undefined;
}

interface Identity {
  readonly uid: number;
  readonly gid: number;
}

async function start(
  options: TestServerOptions,
  launchAt: (port: number, folder: string) => Launch,
): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-server-'));
  // The server may run under another uid, which has to reach its own folder below this one.
  chmodSync(folder, 0o755);
  try {
    for (let attempt = 1; ; attempt += 1) {
      const port = options.port ?? (await freePort());
      const launch = launchAt(port, folder);
      const child = spawn(launch.command, launch.arguments, {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
        ...launch.identity,
      });
      const outcome = await ready(child, launch.readyText);
      if (outcome.isReady) return running(child, launch, port, folder);
      const isTaken = /address already in use/i.test(outcome.output);
      if (!isTaken || attempt >= startAttempts) {
        const { output } = outcome;
        const shown = output.length > 2_000 ? `${output.slice(0, 500)} … ${output.slice(-1_500)}` : output;
        throw new Error(`${launch.command} did not start: ${shown}`);
      }
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

function ready(child: ChildProcess, text: string): Promise<{ isReady: boolean; output: string }> {
  return new Promise((resolve) => {
    let output = '';
    let isSettled = false;
    const settle = (isReady: boolean): void => {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(timer);
      if (!isReady) child.kill('SIGKILL');
      resolve({ isReady, output });
    };
    const timer = setTimeout(() => settle(false), readyLimitMs);
    const read = (chunk: Buffer): void => {
      if (isSettled) return;
      output += chunk.toString();
      if (output.includes(text)) settle(true);
    };
    // Read on after that, or a full pipe would stop the server.
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', (error) => {
      output += error.message;
      settle(false);
    });
    child.once('close', () => settle(false));
  });
}

function running(child: ChildProcess, launch: Launch, port: number, folder: string): TestServer {
  const exited = new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });
  const guard = guardAgainstOurDeath(child.pid!, folder);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
    await exited;
    clearTimeout(timer);
  };
  return {
    url: launch.url,
    port,
    pid: child.pid!,
    kill: () => end('SIGKILL'),
    stop: async () => {
      guard.kill('SIGKILL');
      await end(launch.stopSignal ?? 'SIGTERM');
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}

/**
 * Ends the server and removes its folder when this process is gone, however it went: its end of the pipe
 * closes then.
 */
function guardAgainstOurDeath(pid: number, folder: string): ChildProcess {
  const script = 'cat > /dev/null; kill -9 "$1"; rm -rf "$2"';
  const guard = spawn('sh', ['-c', script, 'sh', String(pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.unref();
  (guard.stdin as Socket).unref();
  return guard;
}

function initialiseCluster(
  initdb: string,
  folder: string,
  data: string,
  password: string,
  identity: Identity | undefined,
): void {
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  mkdirSync(data, { mode: 0o700 });
  if (identity) for (const path of [passwordFile, data]) chownSync(path, identity.uid, identity.gid);
  const result = spawnSync(
    initdb,
    [
      '-D',
      data,
      '-U',
      'tidegate',
      '--pwfile',
      passwordFile,
      '--auth',
      'scram-sha-256',
      '--encoding',
      'UTF8',
      '--locale',
      'C',
      '--no-sync',
    ],
    { cwd: folder, encoding: 'utf8', ...identity },
  );
  if (result.status !== 0) throw new Error(`initdb failed: ${result.error?.message ?? ''} ${result.stderr}`);
}

/** PostgreSQL refuses to run as root, so root lends it the user `postgres` or, without one, `nobody`. */
function postgresIdentity(): Identity | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const user = users.find((fields) => fields[0] === name);
    if (user) return { uid: Number(user[2]), gid: Number(user[3]) };
  }
  throw new Error('PostgreSQL can not run as root and there is neither a user postgres nor a user nobody');
}

function requireProgram(wanted: keyof typeof programs): string {
  const path = programs[wanted].find();
  if (path !== undefined) return path;
  const missing = Object.values(programs).filter((program) => program.find() === undefined);
  const packages = [...new Set(missing.map((program) => program.package))];
  throw new Error(
    `Tests need ${missing.map((program) => program.name).join(', ')}. On Debian: ` +
      `apt-get install ${packages.join(' ')}`,
  );
}

/** Debian puts daemons into sbin, which is not on everybody's PATH. */
function onPath(name: string): string | undefined {
  const found = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name], { encoding: 'utf8' }).stdout.trim();
  if (found !== '') return found;
  return ['/usr/local/bin', '/usr/bin', '/usr/local/sbin', '/usr/sbin']
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
}

/** Debian's own layout first, newest version first: what is on PATH may be a client-only wrapper. */
function ofPostgres(name: string): string | undefined {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const paths = versions
    .map((version) => join(root, version, 'bin', name))
    .filter((path) => existsSync(path));
  return paths[0] ?? onPath(name);
}
