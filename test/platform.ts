/**
 * The built platform as processes under test: started with the settings that users have, on ports that the
 * system chooses, in a data folder of its own; stopped or killed by process id, and cleaned up.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const mainProgram = fileURLToPath(new URL('../services/dist/main.js', import.meta.url));
const simulatorProgram = fileURLToPath(new URL('../sim/dist/main.js', import.meta.url));

const readyLine = z.object({
  /** `started`: its configuration lacks something, `missing` says what. */
  event: z.enum(['ready', 'started']),
  missing: z.string().optional(),
  ms: z.number(),
  http: z.url(),
  ops: z.url(),
  /** Control address of the simulated providers; null: there are none. */
  simulator: z.url().nullable(),
  adminPasswordFile: z.string().nullable(),
  /** Of the demo's users trader and viewer. */
  usersPasswordFile: z.string().nullable(),
  pid: z.int(),
  fix: z.object({ host: z.string(), ports: z.record(z.string(), z.int()) }),
});
export type Ready = z.infer<typeof readyLine>;

export const adminPassword = 'a password for tests only';

export interface RunningProcess {
  readonly child: ChildProcess;
  /** What it wrote to standard error so far: shown when something goes wrong. */
  errors(): string;
  /** All of it, as far as it goes. */
  log(): string;
  /** SIGTERM, then waits for its end; gives the exit code. */
  stop(): Promise<number | null>;
  kill(): Promise<void>;
}

const logCharactersMax = 50_000_000;

function watch(child: ChildProcess): RunningProcess {
  let errors = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-logCharactersMax);
  });
  const exited = once(child, 'exit');
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
    return child.exitCode;
  };
  return {
    child,
    errors: () => errors.slice(-20_000),
    log: () => errors,
    stop: () => end('SIGTERM'),
    kill: async () => {
      await end('SIGKILL');
    },
  };
}

async function firstLine(running: RunningProcess): Promise<string> {
  const lines = createInterface({ input: running.child.stdout! });
  const exit = new AbortController();
  try {
    return await Promise.race([
      once(lines, 'line', { signal: exit.signal }).then(([line]) => line as string),
      once(running.child, 'exit', { signal: exit.signal }).then(([code]) => {
        throw new Error(`ended with ${String(code)} before it was ready:\n${running.errors()}`);
      }),
    ]);
  } finally {
    exit.abort();
    running.child.stdout!.resume();
  }
}

export interface Platform extends RunningProcess {
  readonly ready: Ready;
}

/** One process of the platform from its first moment, for those who want to kill it before it is ready. */
export function spawnPlatform(
  dataDir: string,
  environment: Readonly<Record<string, string>> = {},
): RunningProcess {
  return watch(
    spawn(process.execPath, [mainProgram, '--json'], {
      env: {
        PATH: process.env['PATH'],
        DATA_DIR: dataDir,
        HTTP_PORT: '0',
        OPS_PORT: '0',
        BLOOMBERG_PORT: '0',
        FIX_PORT_BASE: '0',
        LOG_LEVEL: 'warn',
        TIDEGATE_ADMIN_PASSWORD: adminPassword,
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
}

/** Starts one process of the platform. `environment` holds settings beyond those that every test needs. */
export async function startPlatform(
  dataDir: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Platform> {
  const running = spawnPlatform(dataDir, environment);
  return { ...running, ready: readyLine.parse(JSON.parse(await firstLine(running))) };
}

const simulatorLine = z.object({
  event: z.literal('ready'),
  control: z.url(),
  providers: z.array(z.object({ venue: z.string(), quotesPort: z.int(), ordersPort: z.int() })),
});

export interface SimulatorProcess extends RunningProcess {
  readonly control: string;
  readonly providers: z.infer<typeof simulatorLine>['providers'];
  /** One of the control server's commands, as JSON. Throws on a refusal. */
  post(path: string, body: object): Promise<unknown>;
  get(path: string): Promise<unknown>;
}

/** The simulated providers in their own process, so that they outlive a platform that is killed. */
export async function startSimulator(...args: readonly string[]): Promise<SimulatorProcess> {
  const running = watch(
    spawn(process.execPath, [simulatorProgram, ...args], { stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  const { control, providers } = simulatorLine.parse(JSON.parse(await firstLine(running)));
  const call = async (path: string, init?: RequestInit): Promise<unknown> => {
    const response = await fetch(new URL(path, control), init);
    const text = await response.text();
    if (!response.ok) throw new Error(`simulator ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  return {
    ...running,
    control,
    providers,
    get: (path) => call(path),
    post: (path, body) =>
      call(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
  };
}

/** A folder that is gone when `remove` returns, whatever account wrote into it. */
export function temporaryFolder(name: string): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), `tidegate-${name}-`));
  // Passable for the account that root lends the database, so that the cluster lives in here and goes too.
  chmodSync(path, 0o711);
  return {
    path,
    remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
}

/** A signed-in REST client. */
export async function signIn(http: string, user = 'admin', password = adminPassword): Promise<RestClient> {
  const response = await fetch(new URL('/api/v1/login', http), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user, password }),
  });
  if (!response.ok) throw new Error(`sign-in: ${response.status} ${await response.text()}`);
  const { token } = (await response.json()) as { token: string };
  return new RestClient(http, token);
}

export class RestClient {
  readonly http: string;
  readonly token: string;

  constructor(http: string, token: string) {
    this.http = http;
    this.token = token;
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ readonly status: number; readonly body: never }> {
    const response = await fetch(new URL(path, this.http), {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    // JSON lines of an export stay text.
    const isJson = /json(;|$)/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      body: (text === '' ? undefined : isJson ? JSON.parse(text) : text) as never,
    };
  }

  get(path: string) {
    return this.call('GET', path);
  }

  post(path: string, body: unknown = {}) {
    return this.call('POST', path, body);
  }
}

/**
 * Tries `check` until it gives a value; each try is a real question to a real process. Fails after
 * `withinMs`.
 */
export async function eventually<T>(
  check: () => Promise<T | undefined> | T | undefined,
  what: string,
  withinMs = 20_000,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = await check();
    if (value !== undefined) return value;
    if (performance.now() > deadline) throw new Error(`did not happen within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
