/** Names of files say whose rows they have: firm, user, grid, filter and time. Pure. */
import { stampText } from '../time/time.text.ts';

export interface FileSubject {
  readonly firm: string;
  readonly user: string;
  readonly grid: string;
  readonly filters: readonly string[];
  readonly atMs: number;
}

const PART_MAX = 60;

/** Letters and digits of any text, so that it is the same name on every system. */
const part = (text: string): string =>
  text
    .replaceAll(/[^A-Za-z0-9.]+/g, '-')
    .slice(0, PART_MAX)
    .replaceAll(/^[-.]+|[-.]+$/g, '');

export function fileName({ firm, user, grid, filters, atMs }: FileSubject, extension: string): string {
  const filter = part(filters.join(' ')) || 'all';
  const parts = ['tidegate', part(firm), part(user), part(grid), filter, stampText(atMs)];
  return `${parts.filter((each) => each !== '').join('_')}.${extension}`;
}
