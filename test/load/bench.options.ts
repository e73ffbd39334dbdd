/**
 * The command line of `npm run bench`, read: which parts, for how long, into which file; or two files to
 * compare. What it does not know it refuses, so that a mistyped option never costs a quarter of an hour.
 */
import { parseArgs } from 'node:util';

interface Part {
  readonly about: string;
  /** Names of Debian packages, as in tools/run/debian.mjs. */
  readonly packages: readonly string[];
}

export const parts = {
  one: { about: 'ticks and orders through one process, beside a session without a platform', packages: [] },
  four: {
    about: 'the same through four processes on NATS, PostgreSQL and Redis',
    packages: ['postgresql-15', 'nats-server', 'redis-server'],
  },
  throughput: {
    about: 'orders filled a second that one process sustains, of three firms and of one',
    packages: [],
  },
  quotes: { about: 'quotes a second that one process takes while orders keep their time', packages: [] },
  stream: {
    about: '1,000 WebSocket clients with 20 instruments each, and one that reads nothing',
    packages: [],
  },
  path: { about: "where an order's time goes: the trace of its hops, and what tracing costs", packages: [] },
  peer: {
    about: 'what durability costs: QuickFIX C++ filling orders beside the platform',
    packages: ['libquickfix-dev', 'g++'],
  },
  memory: { about: 'one process after 300,000 orders: resident, and growth a closed order', packages: [] },
  start: { about: 'start to ready with 1,000,000 journal events and 2,000 open orders', packages: [] },
  commits: {
    about: 'appends to the journal, beside pgbench with the same insert',
    packages: ['postgresql-15'],
  },
  bytes: { about: 'bytes that an order leaves in the journal and the tables', packages: [] },
  fix: {
    about: 'the FIX engine beside QuickFIX C++: codec, round trips, 1,000 sessions, allocation',
    packages: ['libquickfix-dev', 'g++'],
  },
  desk: {
    about: 'the desk in Chromium: what it costs, how soon it paints, its first page, its heap',
    packages: ['chromium'],
  },
  blpapi: {
    about: 'the Bloomberg binding and service over the emulator, beside direct FFI calls',
    packages: ['g++', 'make'],
  },
} as const satisfies Readonly<Record<string, Part>>;
export type PartName = keyof typeof parts;

export interface Run {
  readonly kind: 'run';
  readonly parts: readonly PartName[];
  /** Of each latency measurement. */
  readonly seconds: number;
  /** Of each comparison in turns; floors are stated for medians of 7. */
  readonly rounds: number;
  /** A quick run says what is broken, not how fast it is: it is written only where `into` says. */
  readonly isQuick: boolean;
  readonly into?: string;
  /** Of `memory`, in place of its own number. */
  readonly orders?: number;
  /** Of `start`, in place of its own number. */
  readonly events?: number;
}

export type BenchOptions =
  | Run
  | { readonly kind: 'compare'; readonly before: string; readonly after: string }
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly text: string };

export const usage = `npm run bench -- [part …] [--quick] [--seconds N] [--into FILE]
npm run bench -- compare BEFORE AFTER

Parts (all when none is named):
${Object.entries(parts)
  .map(([name, { about }]) => `  ${name.padEnd(10)} ${about}`)
  .join('\n')}

  --quick      shorter measurements, about a minute a part; kept nowhere unless --into says where
  --seconds N  length of each latency measurement, 1 to 600 (10, quick 3)
  --orders N   orders of memory, up to 10,000,000 (300,000, quick 20,000)
  --events N   journal events of start, up to 100,000,000 (1,000,000, quick 100,000)
  --into FILE  writes the figures there instead of bench/results.json
  compare      two files of figures: what changed by more than the noise between runs
`;

const options = {
  help: { type: 'boolean', short: 'h' },
  quick: { type: 'boolean' },
  seconds: { type: 'string' },
  into: { type: 'string' },
  orders: { type: 'string' },
  events: { type: 'string' },
} as const;

const countMin = 1_000;
const countsMax = { orders: 10_000_000, events: 100_000_000 } as const;

export function readOptions(args: readonly string[]): BenchOptions {
  const refused = (text: string): BenchOptions => ({ kind: 'refused', text: `${text}\n\n${usage}` });
  let parsed;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    return refused((error as Error).message);
  }
  const { values, positionals } = parsed;
  if (values.help === true) return { kind: 'help' };
  if (positionals[0] === 'compare') {
    const [, before, after, ...more] = positionals;
    if (before === undefined || after === undefined || more.length > 0)
      return refused('compare takes two files');
    return { kind: 'compare', before, after };
  }
  const unknown = positionals.find((name) => !Object.hasOwn(parts, name));
  if (unknown !== undefined) return refused(`There is no benchmark '${unknown}'.`);
  const isQuick = values.quick === true;
  const seconds = Number(values.seconds ?? (isQuick ? 3 : 10));
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 600)
    return refused(`--seconds must be a whole number from 1 to 600, not ${values.seconds}`);
  const counts: { orders?: number; events?: number } = {};
  for (const name of ['orders', 'events'] as const) {
    const text = values[name];
    if (text === undefined) continue;
    const count = Number(text);
    if (!Number.isInteger(count) || count < countMin || count > countsMax[name])
      return refused(`--${name} must be a whole number from ${countMin} to ${countsMax[name]}, not ${text}`);
    counts[name] = count;
  }
  const all = Object.keys(parts) as PartName[];
  return {
    kind: 'run',
    parts: positionals.length === 0 ? all : all.filter((name) => positionals.includes(name)),
    seconds,
    rounds: isQuick ? 1 : 7,
    isQuick,
    ...(values.into === undefined ? {} : { into: values.into }),
    ...counts,
  };
}
