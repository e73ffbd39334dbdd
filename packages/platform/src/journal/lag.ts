/**
 * How long a follower has been behind: the age of a mark that it has not reached yet. A follower under steady
 * load is always a few events behind, and one that stands still falls back by a second each second. Pure.
 */
export class Lag {
  private mark: { readonly sequence: number; readonly atMs: number } | undefined;

  /** `head`: the highest sequence there is; `handled`: how far the follower is. `nowMs` never goes back. */
  ageMs(head: number, handled: number, nowMs: number): number {
    if (this.mark !== undefined && handled >= this.mark.sequence) this.mark = undefined;
    if (this.mark === undefined && handled < head) this.mark = { sequence: head, atMs: nowMs };
    return this.mark === undefined ? 0 : nowMs - this.mark.atMs;
  }
}
