/**
 * What readers are told of, at most once a second: outcomes of one's own orders and notices, the newest
 * whole and the rest as a count. Prices are never told.
 */
import { Cell } from '../cell.ts';

const everyMs = 1_000;
const toldMax = 3;

export class Announcements {
  /** For the live region. */
  readonly text = new Cell('');
  readonly #later: (run: () => void, ms: number) => unknown;
  #waiting: string[] = [];
  #isResting = false;

  constructor(later: (run: () => void, ms: number) => unknown = (run, ms) => setTimeout(run, ms)) {
    this.#later = later;
  }

  tell(text: string): void {
    if (text === '' || this.#waiting.includes(text)) return;
    this.#waiting.push(text);
    if (!this.#isResting) this.#speak();
  }

  #speak(): void {
    const told = this.#waiting.slice(-toldMax);
    const more = this.#waiting.length - told.length;
    this.#waiting = [];
    const said = `${told.join('. ')}${more > 0 ? `. And ${more} more` : ''}`;
    // The same words again are heard only if the text changes.
    this.text.set(said === this.text.read() ? `${said}\u00a0` : said);
    this.#isResting = true;
    this.#later(() => {
      this.#isResting = false;
      if (this.#waiting.length > 0) this.#speak();
    }, everyMs);
  }
}
