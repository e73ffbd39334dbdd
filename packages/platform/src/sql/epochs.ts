/**
 * Numbers that only grow, over restarts and whatever the clocks do: what is published under a newer one
 * replaces what came under an older one. Each process has a block from SQL and counts on in it.
 */
import { sql } from 'kysely';
import type { Database } from './database.ts';

export class Epochs {
  private last: number;

  constructor(first: number) {
    this.last = first - 1;
  }

  /** Higher than all before it, of this process and of earlier ones. */
  next(): number {
    return (this.last += 1);
  }
}

export async function openEpochs({ kysely }: Database): Promise<Epochs> {
  const { rows } = await sql<{ first: string }>`SELECT nextval('process_epoch') AS first`.execute(kysely);
  return new Epochs(Number(rows[0]!.first));
}
