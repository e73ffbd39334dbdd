/**
 * What a browser's processes cost: processor time of its renderers, of all of them together, and the live
 * heap of a page.
 */
import type { Browser, CDPSession, Page } from 'playwright-core';

interface Times {
  readonly renderers: number;
  readonly all: number;
}

/** Shares of one core, in percent; over 100 with several threads. */
export class BrowserUsage {
  private readonly session: CDPSession;
  private before: Times = { renderers: 0, all: 0 };
  private startedMs = 0;

  private constructor(session: CDPSession) {
    this.session = session;
  }

  static async of(browser: Browser): Promise<BrowserUsage> {
    return new BrowserUsage(await browser.newBrowserCDPSession());
  }

  async begin(): Promise<void> {
    this.before = await this.read();
    this.startedMs = performance.now();
  }

  async shares(): Promise<Times> {
    const now = await this.read();
    const seconds = (performance.now() - this.startedMs) / 1_000;
    return {
      renderers: ((now.renderers - this.before.renderers) / seconds) * 100,
      all: ((now.all - this.before.all) / seconds) * 100,
    };
  }

  async stop(): Promise<void> {
    await this.session.detach();
  }

  private async read(): Promise<Times> {
    const { processInfo } = await this.session.send('SystemInfo.getProcessInfo');
    const sum = (chosen: typeof processInfo): number =>
      chosen.reduce((seconds, { cpuTime }) => seconds + cpuTime, 0);
    return { renderers: sum(processInfo.filter(({ type }) => type === 'renderer')), all: sum(processInfo) };
  }
}

/** Megabytes that are in use after everything unused was collected. */
export async function liveHeap(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  try {
    await session.send('HeapProfiler.enable');
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    return usedSize / 1_048_576;
  } finally {
    await session.detach();
  }
}

/** Kilobytes that came over the wire for files until now, as the browser's network counted them. */
export class WireBytes {
  private readonly session: CDPSession;
  private bytes = 0;

  private constructor(session: CDPSession) {
    this.session = session;
    session.on('Network.loadingFinished', ({ encodedDataLength }) => (this.bytes += encodedDataLength));
  }

  static async of(page: Page): Promise<WireBytes> {
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    return new WireBytes(session);
  }

  async stop(): Promise<number> {
    await this.session.detach();
    return this.bytes / 1_000;
  }
}
