/**
 * `npm run bench -- desk`: what the desk costs and how soon it shows, in Chromium over a whole platform.
 * Medians of five pages, each opened anew.
 */
import type { Page } from 'playwright-core';
import { by } from '../../e2e/desk.ts';
import { Figures, median, type Figure } from '../figures.ts';
import { firmsOf, runLoad } from '../orders/load.ts';
import { BrowserUsage, liveHeap, WireBytes } from './browser.usage.ts';
import { newPage, onStage, percentile, screen, signIn, watchFrames, type Stage } from './desk.stage.ts';

interface Length {
  readonly rounds: number;
  readonly shareSeconds: number;
  readonly frameSeconds: number;
  readonly heapSeconds: number;
  readonly rows: number;
}
const lengths: Readonly<Record<'whole' | 'quick', Length>> = {
  whole: { rounds: 5, shareSeconds: 20, frameSeconds: 60, heapSeconds: 300, rows: 10_000 },
  quick: { rounds: 1, shareSeconds: 6, frameSeconds: 6, heapSeconds: 10, rows: 2_000 },
};
const settleMs = 2_000;
/** Of a page's start and end, beyond what is measured on it. */
const roundSpareSeconds = 15;
const heapSamples = 10;
const wheelSteps = 120;
const wheelPixels = 400;
const inFlight = 200;
const orderMsMax = 60_000;

const floors = {
  demo: { share: 25, p95: 25, longest: 100 },
  wall: { share: 35, p95: 25, longest: 100 },
  paintedMs: 100,
  firstPageKilobytes: 380,
  firstPriceMs: 1_200,
  rowsMs: 33,
  heapMegabytes: 1,
} as const;

interface Round {
  readonly firstPriceMs: number;
  readonly kilobytes: number;
  readonly renderers: number;
  readonly browser: number;
  readonly p95: number;
  readonly longest: number;
  readonly painted: number;
  readonly carried: number;
}

export async function benchDesk(isQuick: boolean): Promise<Figures> {
  const figures = new Figures('desk');
  const length = lengths[isQuick ? 'quick' : 'whole'];
  const roundSeconds = length.shareSeconds + length.frameSeconds + roundSpareSeconds;
  const seconds = length.rounds * roundSeconds + length.heapSeconds + 4 * roundSpareSeconds;
  await onStage('demo', 300, seconds, async (stage) => {
    const rounds = await roundsOf(stage, length);
    const conditions = conditionsOf(stage, length);
    addRounds(figures, 'demo', rounds, conditions);
    addStart(figures, rounds, conditions);
    figures.add(await heapGrowth(stage, length, conditions));
    figures.add(await scrolledRows(stage, length));
  });
  await onStage('wall', 2_000, seconds, async (stage) => {
    addRounds(figures, 'wall', await roundsOf(stage, length), conditionsOf(stage, length));
  });
  return figures;
}

const conditionsOf = ({ instruments, rate }: Stage, { rounds, shareSeconds, frameSeconds }: Length): string =>
  `${instruments} instruments, ${rate} updates/s of 5 levels, headless Chromium without a GPU at ` +
  `${screen.width}×${screen.height}; ${rounds} pages, each ${shareSeconds} s for the share and ` +
  `${frameSeconds} s for frames`;

async function roundsOf(stage: Stage, length: Length): Promise<readonly Round[]> {
  const rounds: Round[] = [];
  for (let round = 0; round < length.rounds; round += 1) rounds.push(await roundOf(stage, length));
  return rounds;
}

async function roundOf({ browser, target }: Stage, length: Length): Promise<Round> {
  const { context, page } = await newPage(browser);
  try {
    const wire = await WireBytes.of(page);
    const firstPriceMs = await signIn(page, target.ready.http);
    await page.waitForTimeout(settleMs);
    const kilobytes = await wire.stop();
    const usage = await BrowserUsage.of(browser);
    await usage.begin();
    await page.waitForTimeout(length.shareSeconds * 1_000);
    const shares = await usage.shares();
    await usage.stop();
    const frames = await watchFrames(page, length.frameSeconds);
    return {
      firstPriceMs,
      kilobytes,
      renderers: shares.renderers,
      browser: shares.all,
      p95: frames.p95,
      longest: frames.longest,
      painted: percentile(frames.painted, 0.99),
      carried: percentile(frames.carried, 0.99),
    };
  } finally {
    await context.close();
  }
}

function addRounds(
  figures: Figures,
  name: 'demo' | 'wall',
  rounds: readonly Round[],
  conditions: string,
): void {
  const of = (what: keyof Round): number => median(rounds.map((round) => round[what]));
  const before = name === 'demo' ? '' : 'wall, ';
  const add = (figure: Omit<Figure, 'conditions'>): void =>
    figures.add({ ...figure, name: `${before}${figure.name}`, conditions });
  const { share, p95, longest } = floors[name];
  add({ name: 'renderer of a core', unit: '%', value: of('renderers'), floor: { atMost: share } });
  add({ name: 'whole browser of a core', unit: '%', value: of('browser') });
  add({ name: 'frames p95', unit: 'ms', value: of('p95'), floor: { atMost: p95 } });
  add({ name: 'longest frame', unit: 'ms', value: of('longest'), floor: { atMost: longest } });
  const painted = of('painted');
  add({ name: 'received to painted p99', unit: 'ms', value: painted, floor: { atMost: floors.paintedMs } });
  add({ name: 'written by the platform to painted p99', unit: 'ms', value: of('carried') });
}

function addStart(figures: Figures, rounds: readonly Round[], conditions: string): void {
  figures.add({
    name: 'first page on the wire',
    unit: 'kB',
    value: median(rounds.map(({ kilobytes }) => kilobytes)),
    floor: { atMost: floors.firstPageKilobytes },
    conditions,
  });
  figures.add({
    name: 'sign-in pressed to first price',
    unit: 'ms',
    value: median(rounds.map(({ firstPriceMs }) => firstPriceMs)),
    floor: { atMost: floors.firstPriceMs },
    conditions,
  });
}

/** The last third of the time against the first: what is held while prices tick, and not let go. */
async function heapGrowth({ browser, target }: Stage, length: Length, conditions: string): Promise<Figure> {
  const { context, page } = await newPage(browser);
  try {
    await signIn(page, target.ready.http);
    await page.waitForTimeout(settleMs);
    const heaps: number[] = [];
    for (let sample = 0; sample < heapSamples; sample += 1) {
      heaps.push(await liveHeap(page));
      await page.waitForTimeout((length.heapSeconds * 1_000) / heapSamples);
    }
    const third = Math.floor(heapSamples / 3);
    const value = median(heaps.slice(-third)) - median(heaps.slice(0, third));
    const held = `${median(heaps).toFixed(1)} MB held`;
    return {
      name: `heap grown in ${length.heapSeconds} s of ticking`,
      unit: 'MB',
      value,
      floor: { atMost: floors.heapMegabytes },
      conditions: `${conditions}; ${held}`,
    };
  } finally {
    await context.close();
  }
}

/** As many orders as are asked for, then the blotter of all of them under the wheel. */
async function scrolledRows(stage: Stage, { rows }: Length): Promise<Figure> {
  const { browser, target } = stage;
  await runLoad({
    sessions: firmsOf(target, 3),
    warmUps: [],
    measured: { count: rows, inFlight },
    limitMs: orderMsMax,
  });
  const { context, page } = await newPage(browser);
  try {
    await signIn(page, target.ready.http);
    await by(page, 'nav-orders').click();
    const blotter = by(page, 'blotter-orders');
    await blotter.waitFor();
    await page.waitForTimeout(settleMs);
    const box = await blotter.boundingBox();
    if (box === null) throw new Error('the blotter has no place on the page');
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    const frames = watchFrames(page, wheelSeconds);
    await wheel(page);
    return {
      name: 'frames p95 while the wheel turns a blotter',
      unit: 'ms',
      value: (await frames).p95,
      floor: { atMost: floors.rowsMs },
      conditions: `${rows} orders of three firms, ${wheelSteps} turns of ${wheelPixels} pixels`,
    };
  } finally {
    await context.close();
  }
}

const wheelSeconds = 5;

async function wheel(page: Page): Promise<void> {
  const endMs = performance.now() + wheelSeconds * 1_000;
  for (let step = 0; performance.now() < endMs; step += 1)
    await page.mouse.wheel(0, step % wheelSteps < wheelSteps * 0.8 ? wheelPixels : -wheelPixels);
}
