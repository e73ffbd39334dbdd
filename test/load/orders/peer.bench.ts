/**
 * `npm run bench -- peer`: what durability, risk and routing cost. The same client and pace against QuickFIX
 * C++ that fills every order at once and keeps nothing, against our own session that does the same, and
 * through the platform with its journal.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Figures } from '../figures.ts';
import { QuickFix } from '../fix/quickfix.ts';
import { BenchProvider, measureOrders, type Target } from '../journeys.ts';
import type { Latencies } from '../measure.ts';
import { startTarget } from '../targets.ts';

const rate = 500;
const percentiles = [50, 99, 99.9] as const;
const peer = 'QuickFIX C++ executor, -O2, memory store';

export async function benchPeer(seconds: number): Promise<Figures> {
  const figures = new Figures('peer');
  const quickFix = await ofQuickFix(seconds);
  const bare = await ofBareSession(seconds);
  const platform = await ofPlatform(seconds);
  const conditions =
    `${rate} market orders/s, New and fill over loopback, from due times; ` + `${seconds} s after warm-up`;
  const add = (name: string, measured: Latencies, more: string): void => {
    for (const percent of percentiles)
      figures.add({
        name: `${name} p${percent}`,
        unit: 'ms',
        value: measured.percentile(percent),
        peer: { name: peer, value: quickFix.percentile(percent) },
        conditions: `${conditions}${more}`,
      });
  };
  add('bare session, order to fill', bare, '; memory store, survives nothing');
  add('platform, order to fill', platform, '; journal on PostgreSQL with fsync');
  return figures;
}

async function ofQuickFix(seconds: number): Promise<Latencies> {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-bench-peer-'));
  try {
    const executor = await new QuickFix(folder).accept('memory', 'executor');
    try {
      const endpoint = { port: executor.port, senderCompId: 'CLIENT-ONE', targetCompId: 'TIDEGATE' };
      return await measureOrders(bareTarget(endpoint), rate, seconds);
    } finally {
      await executor.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function ofBareSession(seconds: number): Promise<Latencies> {
  const provider = await BenchProvider.start();
  try {
    return await measureOrders(provider.asTarget(), rate, seconds);
  } finally {
    await provider.stop();
  }
}

async function ofPlatform(seconds: number): Promise<Latencies> {
  const provider = await BenchProvider.start();
  try {
    const target = await startTarget('one', provider);
    try {
      return await measureOrders(target, rate, seconds, provider);
    } finally {
      await target.stop();
    }
  } finally {
    await provider.stop();
  }
}

const bareTarget = (endpoint: Target['orders']): Target => ({
  quotes: endpoint,
  orders: endpoint,
  markupPoints: 0,
  stop: () => Promise.resolve(),
});
