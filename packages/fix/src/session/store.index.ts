/**
 * Where the file store's message blocks lie: one row of typed arrays a block, ascending by MsgSeqNum, so that
 * a million messages cost some megabytes and no objects.
 */

const ROWS_AT_FIRST = 1_024;

export class BlockIndex {
  /** Rows `#from` … `#to` count; what is before them is dropped when it is half of the arrays. */
  #from = 0;
  #to = 0;
  #first = new Float64Array(ROWS_AT_FIRST);
  #last = new Float64Array(ROWS_AT_FIRST);
  #segment = new Uint32Array(ROWS_AT_FIRST);
  #start = new Uint32Array(ROWS_AT_FIRST);
  #end = new Uint32Array(ROWS_AT_FIRST);

  /** First and last MsgSeqNum of a block, the number of its segment, and where in it the block lies. */
  add(first: number, last: number, segment: number, start: number, end: number): void {
    if (this.#to === this.#first.length) this.#makeRoom();
    const row = this.#to++;
    this.#first[row] = first;
    this.#last[row] = last;
    this.#segment[row] = segment;
    this.#start[row] = start;
    this.#end[row] = end;
  }

  clear(): void {
    this.#from = 0;
    this.#to = 0;
  }

  /** Forgets the blocks of segments before this one. */
  dropBefore(segment: number): void {
    while (this.#from < this.#to && this.#segment[this.#from] < segment) this.#from += 1;
  }

  /** First row with a message ≥ `seqNum`; one behind the last row when there is none. */
  firstAtLeast(seqNum: number): number {
    let low = this.#from;
    let high = this.#to;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#last[middle] < seqNum) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Behind the last row that begins at or before `seqNum`. */
  endAtMost(seqNum: number): number {
    let low = this.#from;
    let high = this.#to;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#first[middle] <= seqNum) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  segment(row: number): number {
    return this.#segment[row];
  }

  start(row: number): number {
    return this.#start[row];
  }

  end(row: number): number {
    return this.#end[row];
  }

  #makeRoom(): void {
    const count = this.#to - this.#from;
    const size = count > this.#first.length / 2 ? 2 * this.#first.length : this.#first.length;
    const moved = <T extends Float64Array | Uint32Array>(from: T, to: T): T => {
      to.set(from.subarray(this.#from, this.#to));
      return to;
    };
    this.#first = moved(this.#first, new Float64Array(size));
    this.#last = moved(this.#last, new Float64Array(size));
    this.#segment = moved(this.#segment, new Uint32Array(size));
    this.#start = moved(this.#start, new Uint32Array(size));
    this.#end = moved(this.#end, new Uint32Array(size));
    this.#from = 0;
    this.#to = count;
  }
}
