/**
 * The demo profile with more instruments and more users than it has, put into a data folder before its
 * platform starts.
 */
import { MemoryBus } from '@tidegate/platform/bus/bus.memory';
import { Configuration } from '@tidegate/platform/configuration/configuration';
import { hashPassword } from '@tidegate/platform/identity/credentials';
import { connectDatabase } from '@tidegate/platform/sql/database';
import { demoDocuments, demoFixPassword } from '@tidegate/services/start/demo';
import type { DocumentKind, DocumentOf, InstrumentDocument } from '@tidegate/wire/configuration';
import { adminPassword } from '../../platform.ts';
import { silent, withStoppedPlatform } from '../journal/database.ts';
import { scaleOf } from '../ticks.ts';

type Seed = { [K in DocumentKind]: { readonly kind: K; readonly body: DocumentOf<K> } }[DocumentKind];

export interface More {
  /** Beyond those of the demo profile. */
  readonly symbols: readonly string[];
  /** Users who only look, all with the administrator's password. */
  readonly viewers: number;
}

export const viewerId = (index: number): string => `viewer-${index + 1}`;
export const idOf = (symbol: string): string => symbol.replace('/', '');

export async function configureDemo(dataDir: string, { symbols, viewers }: More): Promise<void> {
  const [fix, web] = await Promise.all([hashPassword(demoFixPassword), hashPassword(adminPassword)]);
  const documents = demoDocuments(fix, web);
  const { body: pattern } = documents.find(({ kind }) => kind === 'instrument') as {
    readonly body: InstrumentDocument;
  };
  const added = symbols.map((symbol): Seed => {
    const [baseCurrency, quoteCurrency] = symbol.split('/') as [string, string];
    const priceScale = scaleOf(symbol);
    const own = {
      id: idOf(symbol),
      symbol,
      baseCurrency,
      quoteCurrency,
      priceScale,
      pipScale: priceScale - 1,
    };
    return { kind: 'instrument', body: { ...pattern, ...own } };
  });
  const users = Array.from({ length: viewers }, (_, index): Seed => {
    const account = { firm: 'demo1', account: 'demo1-main' };
    const own = { id: viewerId(index), name: `Viewer ${index + 1}`, passwordHash: web };
    return {
      kind: 'user',
      body: { ...own, ...account, role: 'viewer', disabled: false, tokensValidFromMs: 0 },
    };
  });
  await withStoppedPlatform(dataDir, (url) => store(url, [...documents, ...added, ...users]));
}

async function store(url: string, documents: readonly Seed[]): Promise<void> {
  const database = connectDatabase({ url, log: silent });
  const bus = new MemoryBus();
  const configuration = await Configuration.open({ database, bus, log: silent });
  try {
    const changes = documents.map(({ kind, body }) => ({ kind, id: body.id, body, expectedVersion: 0 }));
    const result = await configuration.apply(changes, 'bench');
    if (result.result === 'refused') throw new Error(`configuration refused: ${result.code}: ${result.text}`);
  } finally {
    configuration.stop();
    await bus.close();
    await database.close();
  }
}
