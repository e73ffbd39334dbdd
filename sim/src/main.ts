/**
 * The simulator as a process: `node sim/dist/main.js --seed 7 [--port 0] [--data DIR] [--providers
 * alpha,bravo,charlie] [--manual] [--rate N] [--fixed-ports BASE] [--password-file FILE] [--with-parent]`.
 *
 * Prints one JSON line when it is ready, and sends the same to a parent that forked it. Ends on SIGTERM,
 * SIGINT, POST /stop and, with --with-parent, when the parent is gone (IPC channel or standard input closed);
 * within two seconds.
 */
import { parseArgs } from 'node:util';
import { ControlServer } from './control.ts';
import { RATE_MAX } from './control.schema.ts';
import { personalities } from './personality.ts';
import { DEFAULT_RATE, Simulation } from './simulation.ts';

const STOP_MS_MAX = 1_500;

class UsageError extends Error {}

function readArguments(): ReturnType<typeof parse> {
  try {
    return parse();
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function parse() {
  const { values } = parseArgs({
    strict: true,
    options: {
      seed: { type: 'string', default: '1' },
      port: { type: 'string', default: '0' },
      data: { type: 'string' },
      providers: { type: 'string', default: [...personalities.keys()].join(',') },
      manual: { type: 'boolean', default: false },
      rate: { type: 'string', default: String(DEFAULT_RATE) },
      'fixed-ports': { type: 'string' },
      'password-file': { type: 'string' },
      'with-parent': { type: 'boolean', default: false },
    },
  });
  const venues = values.providers.split(',');
  if (new Set(venues).size !== venues.length) throw new UsageError('--providers: one is named twice');
  const chosen = venues.map((venue) => {
    const personality = personalities.get(venue);
    if (personality === undefined) {
      throw new UsageError(`--providers: ${venue} is none of ${[...personalities.keys()].join(', ')}`);
    }
    return personality;
  });
  const fixed = values['fixed-ports'];
  return {
    controlPort: integer('--port', values.port, 0, 65_535),
    withParent: values['with-parent'],
    simulation: {
      seed: integer('--seed', values.seed, 0, Number.MAX_SAFE_INTEGER),
      personalities: chosen,
      directory: values.data,
      manual: values.manual,
      rate: integer('--rate', values.rate, 0, RATE_MAX),
      passwordFile: values['password-file'],
      portBase:
        fixed === undefined ? undefined : integer('--fixed-ports', fixed, 1, 65_536 - chosen.length * 2),
    },
  };
}

function integer(option: string, text: string, least: number, most: number): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`${option}: not an integer from ${least} to ${most}`);
}

async function run(): Promise<void> {
  const options = readArguments();
  const simulation = new Simulation(options.simulation);
  const control = new ControlServer(simulation, () => stop());
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    // Sessions that do not answer the Logout in time are left to the end of the process.
    setTimeout(() => process.exit(0), STOP_MS_MAX);
    void Promise.allSettled([control.close(), simulation.stop()]).then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  if (options.withParent) {
    // With IPC the channel tells; standard input may be /dev/null then.
    if (process.channel !== undefined) process.on('disconnect', stop);
    else process.stdin.on('end', stop).on('close', stop).on('error', stop).resume();
  }
  await simulation.start();
  const url = await control.listen(options.controlPort);
  const ready = { event: 'ready', control: url, providers: simulation.providers };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  process.send?.(ready);
}

run().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof UsageError ? 2 : 1);
});
