/**
 * What the desk has to say in passing: one line in a bar of its own place (`NoticeBar.tsx`), never over
 * anything that can be pressed. The last ones are kept, newest first, for who wants to read back.
 */
import { Cell } from '../cell.ts';

export type NoticeTone = 'good' | 'info' | 'warn' | 'bad';

export interface Notice {
  readonly id: number;
  readonly tone: NoticeTone;
  readonly text: string;
  /** UTC milliseconds of the last time it was said. */
  readonly atMs: number;
  /** How often it was said in a row. */
  readonly times: number;
}

export const NOTICES_MAX = 50;

export class Notices {
  readonly list = new Cell<readonly Notice[]>([]);
  /** The bar shows the newest one until it is dismissed. */
  readonly shown = new Cell<Notice | null>(null);
  readonly #nowMs: () => number;
  #given = 0;

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  /** The same words again count up the line that is there. */
  tell(tone: NoticeTone, text: string): void {
    const [last, ...before] = this.list.read();
    const isSame = last !== undefined && last.tone === tone && last.text === text;
    const id = isSame ? last.id : (this.#given += 1);
    const notice = { id, tone, text, atMs: this.#nowMs(), times: isSame ? last.times + 1 : 1 };
    const older = isSame ? before : this.list.read();
    this.list.set([notice, ...older].slice(0, NOTICES_MAX));
    this.shown.set(notice);
  }

  dismiss(): void {
    this.shown.set(null);
  }
}
